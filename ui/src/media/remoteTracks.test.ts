import { beforeEach, expect, test, vi } from "vitest";
import { RemoteTracks } from "./remoteTracks";

class Track extends EventTarget {
  readonly readyState = "live";
  muted = true;
  readonly kind: string;

  constructor(kind: string) {
    super();
    this.kind = kind;
  }

  mute(muted: boolean): void {
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }
}

class Stream {
  readonly tracks = new Set<Track>();

  getTracks(): Track[] {
    return [...this.tracks];
  }
  getAudioTracks(): Track[] {
    return this.getTracks().filter(({ kind }) => kind === "audio");
  }
  getVideoTracks(): Track[] {
    return this.getTracks().filter(({ kind }) => kind === "video");
  }
  addTrack(track: Track): void {
    this.tracks.add(track);
  }
  removeTrack(track: Track): void {
    this.tracks.delete(track);
  }
}

let sound: Track;
let picture: Track;
let remote: RemoteTracks;

beforeEach(() => {
  vi.stubGlobal("MediaStream", Stream);
  [sound, picture] = [new Track("audio"), new Track("video")];
  const connection = new EventTarget();
  const { signal } = new AbortController();
  remote = new RemoteTracks(connection as RTCPeerConnection, () => undefined, signal);
  for (const track of [sound, picture]) {
    connection.dispatchEvent(Object.assign(new Event("track"), { track }));
  }
});

test("nothing is shown before it comes", () => {
  expect(remote.stream).toBeNull();
});

test("a picture comes and goes without interrupting the sound", () => {
  sound.mute(false);
  const { stream } = remote;
  picture.mute(false);
  expect(remote.stream).toBe(stream);
  expect(kinds()).toEqual(["audio", "video"]);
  picture.mute(true);
  expect(remote.stream).toBe(stream);
  expect(kinds()).toEqual(["audio"]);
});

test("sound never comes or goes under a picture that is shown", () => {
  picture.mute(false);
  const first = remote.stream;
  sound.mute(false);
  const second = remote.stream;
  expect(second).not.toBe(first);
  expect(kinds(first)).toEqual(["video"]);
  expect(kinds()).toEqual(["audio", "video"]);
  sound.mute(true);
  expect(remote.stream).not.toBe(second);
  expect(kinds(second)).toEqual(["audio", "video"]);
  expect(kinds()).toEqual(["video"]);
});

function kinds(stream = remote.stream): string[] | undefined {
  return stream?.getTracks().map(({ kind }) => kind);
}
