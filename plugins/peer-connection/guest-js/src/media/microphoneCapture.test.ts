import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { MicrophoneCapture } from "./microphoneCapture";
import type { PlanePort, Speaking } from "./plane";
import { watchTracks } from "./trackChanges";

class Track extends EventTarget {
  readonly label = "Desk microphone";
  readyState: MediaStreamTrackState = "live";
  #enabled = true;

  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(value: boolean) {
    this.#enabled = value;
  }

  stop(): void {
    this.readyState = "ended";
  }
}

const told: (Speaking | null)[] = [];
let answer: Promise<void>;
const port = {
  microphone: (line: number, speaking: Speaking | null) => {
    expect(line).toBe(3);
    told.push(speaking);
    return answer;
  },
} as Partial<PlanePort> as PlanePort;

beforeAll(() => {
  vi.stubGlobal("MediaStreamTrack", Track);
  watchTracks();
});

beforeEach(() => {
  told.length = 0;
  answer = Promise.resolve();
});

function capture(fail: () => void): { track: MediaStreamTrack; microphone: MicrophoneCapture } {
  const track = new Track() as unknown as MediaStreamTrack;
  return { track, microphone: new MicrophoneCapture(port, 3, track, fail) };
}

test("the engine hears at once what the page does with the track, until the end", () => {
  const { track, microphone } = capture(vi.fn());
  track.enabled = false;
  track.enabled = true;
  track.stop();
  microphone.end();
  track.enabled = false;
  const { label } = track;
  expect(told).toEqual([
    { label, muted: false },
    { label, muted: true },
    { label, muted: false },
    { label, muted: true },
    null,
  ]);
});

test("a track whose device ended by itself is silent", () => {
  const { track } = capture(vi.fn());
  Object.assign(track, { readyState: "ended" });
  track.dispatchEvent(new Event("ended"));
  expect(told.at(-1)?.muted).toBe(true);
});

test("an engine without such a microphone is told of once", async () => {
  answer = Promise.reject(new Error("no microphone"));
  const fail = vi.fn();
  const { track } = capture(fail);
  track.enabled = false;
  await Promise.resolve();
  expect(fail).toHaveBeenCalledOnce();
  const asked = told.length;
  track.enabled = true;
  expect(told, "the track is sent in another way now").toHaveLength(asked);
});
