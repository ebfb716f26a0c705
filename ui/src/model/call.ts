import type { CallView, Security, Snapshot } from "../generated/app";
import type { CallId, Media } from "../generated/protocol";
import type { Host } from "../host/host";
import { Model } from "./model";

const TICK_MS = 200;

/** The call with running clocks. */
export interface CallScreen {
  readonly call: CallView;
  /** What is known of the other end; null before it has proved who it is. */
  readonly security: Security | null;
  readonly phaseSeconds: number;
  /** How long both ends have been talking; null before, and where it was not worth a word. */
  readonly talkSeconds: number | null;
}

/** The call, and what one can do about it. */
export class Call extends Model<CallScreen | null> {
  readonly #host: Host;
  readonly #marks: boolean;
  #call: CallView | null = null;
  #security: Security | null = null;
  #receivedAt = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;

  /** `marks`: whether the stages of a call become User Timing marks; one window of the app does it. */
  constructor(host: Host, marks: boolean) {
    super(null);
    this.#host = host;
    this.#marks = marks;
  }

  place(to: string, media: Media): void {
    this.#host.dispatch({ kind: "call", to, media });
  }

  accept(media: Media): void {
    this.#host.dispatch({ kind: "accept", media });
  }

  decline(): void {
    this.#host.dispatch({ kind: "decline" });
  }

  silence(): void {
    this.#host.dispatch({ kind: "silence" });
  }

  hangUp(): void {
    this.#host.dispatch({ kind: "hangUp" });
  }

  dismiss(): void {
    this.#host.dispatch({ kind: "dismissCall" });
  }

  /** Takes the other end's changed key for that person's new one. */
  trustKey(): void {
    this.#host.dispatch({ kind: "trustKey" });
  }

  apply({ call, security }: Pick<Snapshot, "call" | "security">): void {
    this.#markPhase(call);
    this.#call = call;
    this.#security = security;
    this.#receivedAt = performance.now();
    this.#update();
    const runs = call !== null && call.phase !== "ended";
    if (runs && this.#ticker === undefined) {
      this.#ticker = setInterval(() => {
        this.#tick();
      }, TICK_MS);
    } else if (!runs) {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    }
  }

  /** The first picture or sound of the other end is there. */
  markFirstFrame(callId: CallId): void {
    if (callId === this.#call?.callId) {
      this.#mark("firstFrame", callId);
    }
  }

  /** Marks each phase that is reached for the first time in a call; forgets those of the last call. */
  #markPhase(call: CallView | null): void {
    if (call === null) {
      return;
    }
    if (this.#marks && call.callId !== this.#call?.callId) {
      for (const entry of performance.getEntriesByType("mark")) {
        if (entry.name.startsWith("ringdove:")) {
          performance.clearMarks(entry.name);
        }
      }
    }
    this.#mark(call.phase, call.callId);
  }

  #mark(stage: string, callId: CallId): void {
    const name = `ringdove:${stage}`;
    if (this.#marks && performance.getEntriesByName(name, "mark").length === 0) {
      performance.mark(name, { detail: { callId } });
    }
  }

  #tick(): void {
    const { phaseSeconds, talkSeconds } = this.#seconds();
    if (phaseSeconds !== this.view?.phaseSeconds || talkSeconds !== this.view.talkSeconds) {
      this.#update();
    }
  }

  #update(): void {
    const [call, security] = [this.#call, this.#security];
    this.show(call === null ? null : { call, security, ...this.#seconds() });
  }

  #seconds(): { phaseSeconds: number; talkSeconds: number | null } {
    const call = this.#call;
    if (call === null) {
      return { phaseSeconds: 0, talkSeconds: null };
    }
    if (call.phase === "ended") {
      const talkSeconds = Math.floor((call.end?.talkMs ?? 0) / 1000);
      return { phaseSeconds: 0, talkSeconds: talkSeconds > 0 ? talkSeconds : null };
    }
    const since = performance.now() - this.#receivedAt;
    return {
      phaseSeconds: Math.floor((call.phaseElapsedMs + since) / 1000),
      talkSeconds:
        call.talkElapsedMs === null ? null : Math.floor((call.talkElapsedMs + since) / 1000),
    };
  }
}
