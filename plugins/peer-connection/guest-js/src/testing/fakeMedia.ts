/** What a page has of media, for tests in an engine without any: tracks that never carry a thing. */

import type { Kind, LocalSender, MediaPlane, RemoteTrack } from "../media/plane";

export class FakeTrack extends EventTarget {
  readonly id = crypto.randomUUID();
  readonly kind: Kind;
  muted = false;
  enabled = true;
  readyState: MediaStreamTrackState = "live";

  constructor(kind: Kind) {
    super();
    this.kind = kind;
  }

  getConstraints(): MediaTrackConstraints {
    return {};
  }

  stop(): void {
    this.readyState = "ended";
  }
}

export class FakeStream extends EventTarget {
  readonly id = crypto.randomUUID();
  readonly #tracks = new Set<FakeTrack>();

  addTrack(track: FakeTrack): void {
    this.#tracks.add(track);
  }

  removeTrack(track: FakeTrack): void {
    this.#tracks.delete(track);
  }

  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }

  getVideoTracks(): FakeTrack[] {
    return this.getTracks().filter(({ kind }) => kind === "video");
  }
}

export class FakeStreamTrackEvent extends Event {
  readonly track: FakeTrack;

  constructor(type: string, { track }: { track: FakeTrack }) {
    super(type);
    this.track = track;
  }
}

export function fakeTrack(kind: Kind): MediaStreamTrack {
  return new FakeTrack(kind) as unknown as MediaStreamTrack;
}

export function fakeStream(): MediaStream {
  return new FakeStream() as unknown as MediaStream;
}

/** Notes which lines run. */
export class FakePlane implements MediaPlane {
  readonly sending = new Map<number, string>();
  readonly receiving = new Map<number, string>();

  sender(): LocalSender {
    let line: number | null = null;
    const stop = (): void => {
      if (line !== null) this.sending.delete(line);
      line = null;
    };
    return {
      setTrack: () => undefined,
      start: (at, codec) => {
        stop();
        line = at;
        this.sending.set(at, codec.name);
      },
      stop,
      setLimits: () => undefined,
      requestKeyFrame: () => undefined,
      connected: () => undefined,
      setBitrate: () => undefined,
      stats: () => ({
        framesEncoded: 0,
        keyFramesEncoded: 0,
        frameWidth: 0,
        frameHeight: 0,
        framesPerSecond: 0,
      }),
      close: stop,
    };
  }

  remoteTrack(kind: Kind): RemoteTrack {
    const track = new FakeTrack(kind);
    track.muted = true;
    let line: number | null = null;
    const stop = (): void => {
      if (line !== null) this.receiving.delete(line);
      line = null;
    };
    return {
      track: track as unknown as MediaStreamTrack,
      start: (at, codec) => {
        stop();
        line = at;
        this.receiving.set(at, codec.name);
      },
      stop,
      setMuted: (muted) => {
        if (track.muted === muted) return;
        track.muted = muted;
        track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
      },
      end: () => {
        track.stop();
      },
      stats: () => ({
        framesDecoded: 0,
        keyFramesDecoded: 0,
        framesDropped: 0,
        frameWidth: 0,
        frameHeight: 0,
        framesPerSecond: 0,
      }),
    };
  }

  frame(): void {
    // Nothing is played.
  }

  connected(): void {
    // Nothing waits for it.
  }

  close(): void {
    this.sending.clear();
    this.receiving.clear();
  }
}
