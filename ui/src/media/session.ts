import type { MediaAction, MediaCommand, MediaReport } from "../generated/app";
import type { CallId, Media } from "../generated/protocol";
import { CallSession, type Start } from "./callSession";
import type { MediaEngine, MediaState } from "./media";

/** Makes the media engine of this webview; `report` goes to the core, `usable` can be sent. */
export function createMediaEngine(
  report: (report: MediaReport) => void,
  usable: Media,
): MediaEngine {
  return new Engine(report, usable);
}

/** Carries out the core's orders, with one session at a time. */
class Engine implements MediaEngine {
  readonly supported: boolean;
  readonly #report: (report: MediaReport) => void;
  readonly #usable: Media;
  readonly #listeners = new Set<(state: MediaState) => void>();
  #callId: CallId | null = null;
  #session: CallSession | null = null;
  #state: MediaState = IDLE;

  constructor(report: (report: MediaReport) => void, usable: Media) {
    this.supported = isSupported() && (usable.audio || usable.video);
    this.#report = report;
    this.#usable = usable;
  }

  handle({ callId, action }: MediaCommand): void {
    if (action.kind === "start") {
      if (callId !== this.#callId) this.#start(callId, action);
    } else if (callId === this.#callId) {
      this.#carryOut(action);
    }
    // An order for another call comes too late.
  }

  subscribe(listener: (state: MediaState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  setSending(media: Media): void {
    this.#session?.setSending(media);
  }

  #start(callId: CallId, start: Start): void {
    this.#stop();
    this.#callId = callId;
    const unsupported = (): void => {
      this.#report({ callId, event: { kind: "deviceFailed", failure: "unsupported" } });
      this.#publish(UNSUPPORTED);
    };
    if (!this.supported) {
      unsupported();
      return;
    }
    try {
      const session: CallSession = new CallSession(start, this.#usable, {
        report: (event) => {
          this.#report({ callId, event });
        },
        changed: () => {
          if (this.#session === session) this.#publish(session.state);
        },
      });
      this.#session = session;
      this.#publish(session.state);
    } catch {
      // Servers of a form that this webview does not know.
      unsupported();
    }
  }

  #carryOut(action: Exclude<MediaAction, Start>): void {
    switch (action.kind) {
      case "hangUp":
        this.#session?.hangUp();
        return;
      case "restartIce":
        this.#session?.restartIce();
        return;
      case "signal":
        this.#session?.receive(action.signal);
        return;
      case "stop":
        this.#stop();
        return;
    }
  }

  #stop(): void {
    const session = this.#session;
    this.#session = null;
    this.#callId = null;
    session?.close();
    this.#publish(IDLE);
  }

  #publish(state: MediaState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

const NOTHING: Media = { audio: false, video: false };

const IDLE: MediaState = {
  local: null,
  remote: null,
  open: NOTHING,
  sending: NOTHING,
  problem: { audio: null, video: null },
};

const UNSUPPORTED: MediaState = {
  ...IDLE,
  problem: { audio: "unsupported", video: "unsupported" },
};

/** `mediaDevices` is missing outside of a secure context, whatever its type says. */
function isSupported(): boolean {
  const media: Partial<Navigator> = navigator;
  return "RTCPeerConnection" in window && typeof media.mediaDevices?.getUserMedia === "function";
}
