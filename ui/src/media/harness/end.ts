import type { MediaAction, MediaEvent, MediaReport } from "../../generated/app";
import type { Role, Signal } from "../../generated/protocol";
import type { MediaEngine, MediaState } from "../media";
import { createMediaEngine } from "../session";
import { received, type Probe, type Received } from "./probe";

/** All that a test wants to know of one end. */
export interface EndView extends Received {
  /** What the engine reported, in order; signals by what they hold, as in `offer`. */
  readonly events: readonly string[];
  readonly connection: RTCPeerConnectionState | null;
  readonly signaling: RTCSignalingState | null;
  readonly open: MediaState["open"];
  readonly sending: MediaState["sending"];
  readonly problem: MediaState["problem"];
  readonly local: readonly string[];
  readonly remote: readonly string[] | null;
  /** Whether there was a preview when the first offer was sent. */
  readonly previewAtOffer: boolean;
  /** How far the element that plays the remote stream is. */
  readonly playedSeconds: number;
  /** How wide the picture on that element is; 0 without a picture. */
  readonly pictureWidth: number;
  /** Milliseconds from the start to the first remote picture on an element; null before. */
  readonly shownAfter: number | null;
  /** Milliseconds from the start to the report of it; null before. */
  readonly firstFrameAfter: number | null;
  /** Milliseconds from the start to each kind of report, the first time. */
  readonly after: Readonly<Record<string, number>>;
}

/** An engine with what stands around it in the app: an element for the remote stream, and a core. */
export class End {
  readonly engine: MediaEngine;
  readonly #probe: Probe;
  readonly #callId: string;
  readonly #onSignal: (signal: Signal) => void;
  readonly #onReport: (event: string) => void;
  readonly #video = document.createElement("video");
  readonly #unsubscribe: () => void;
  readonly #after: Record<string, number> = {};
  readonly events: string[] = [];
  connection: RTCPeerConnection | undefined;
  #state: MediaState | undefined;
  #startedAt = 0;
  #shownAfter: number | null = null;
  #previewAtOffer = false;

  constructor(
    probe: Probe,
    callId: string,
    onSignal: (signal: Signal) => void,
    onReport: (event: string) => void,
  ) {
    this.#probe = probe;
    this.#callId = callId;
    this.#onSignal = onSignal;
    this.#onReport = onReport;
    this.#video.autoplay = true;
    document.body.append(this.#video);
    const report = (heard: MediaReport): void => {
      this.#heard(heard);
    };
    this.engine = createMediaEngine(report, { audio: true, video: true });
    this.#unsubscribe = this.engine.subscribe((state) => {
      this.#state = state;
      if (this.#video.srcObject !== state.remote) this.#video.srcObject = state.remote;
    });
  }

  start(role: Role, media: MediaState["open"]): void {
    this.#startedAt = performance.now();
    this.#video.requestVideoFrameCallback(() => {
      this.#shownAfter = performance.now() - this.#startedAt;
    });
    this.order({ kind: "start", role, iceServers: [], media });
    this.connection = this.#probe.newest;
  }

  order(action: MediaAction): void {
    this.engine.handle({ callId: this.#callId, action });
  }

  dispose(): void {
    this.order({ kind: "stop" });
    this.#unsubscribe();
    this.#video.srcObject = null;
    this.#video.remove();
  }

  async view(): Promise<EndView> {
    const state = this.#state;
    if (!state) throw new Error("the engine does not call its listeners at once");
    return {
      ...(await received(this.connection)),
      events: this.events,
      connection: this.connection?.connectionState ?? null,
      signaling: this.connection?.signalingState ?? null,
      open: state.open,
      sending: state.sending,
      problem: state.problem,
      local: kinds(state.local) ?? [],
      remote: kinds(state.remote),
      previewAtOffer: this.#previewAtOffer,
      playedSeconds: this.#video.currentTime,
      pictureWidth: this.#video.videoWidth,
      shownAfter: this.#shownAfter,
      firstFrameAfter: this.#after["firstFrame"] ?? null,
      after: this.#after,
    };
  }

  #heard({ callId, event }: MediaReport): void {
    if (callId !== this.#callId) throw new Error("a report of another call");
    const name = nameOf(event);
    if (name === "offer" && !this.events.includes(name)) {
      this.#previewAtOffer = this.#state?.local?.active ?? false;
    }
    this.events.push(name);
    this.#after[name] ??= performance.now() - this.#startedAt;
    if (event.kind === "signal") this.#onSignal(event.signal);
    this.#onReport(name);
  }
}

function nameOf(event: MediaEvent): string {
  if (event.kind === "deviceFailed") return `${event.kind} ${event.failure}`;
  if (event.kind !== "signal") return event.kind;
  const { signal } = event;
  switch (signal.kind) {
    case "candidate":
      return signal.candidate ? "candidate" : "end of candidates";
    case "description":
      return signal.description.type;
    case "media":
      return `media ${JSON.stringify(signal.media)}`;
    case "restart":
      return `restart ${signal.run}`;
  }
}

function kinds(stream: MediaStream | null): string[] | null {
  return stream?.getTracks().map((track) => track.kind) ?? null;
}
