import type { Candidate, Description, Signal } from "../generated/protocol";
import { HeldCandidates } from "./candidates";
import { TaskQueue } from "./queue";

/** What a negotiation needs of its session. */
export interface NegotiationPort {
  send(signal: Signal): void;
  /** An offer of the other end was applied: decide what the answer sends. */
  beforeAnswer(): Promise<void>;
  /** Both descriptions stand. */
  afterAnswer(): void;
  failed(error: unknown): void;
}

/**
 * Perfect negotiation (W3C WebRTC, section 10.7): either end may offer at any time; when both do
 * at once, the impolite one ignores the other's offer and the polite one takes its own back.
 *
 * What the other end says is handled strictly in order, each piece after the one before is done.
 * So, unlike in the standard's example, an offer never meets an answer that is still being applied.
 */
export class Negotiation {
  readonly #connection: RTCPeerConnection;
  readonly #polite: boolean;
  readonly #port: NegotiationPort;
  readonly #abort: AbortSignal;
  readonly #incoming: TaskQueue;
  readonly #held = new HeldCandidates();
  #makingOffer = false;
  #ignoringOffer = false;
  #offeredAt = 0;

  constructor(
    connection: RTCPeerConnection,
    polite: boolean,
    port: NegotiationPort,
    abort: AbortSignal,
  ) {
    this.#connection = connection;
    this.#polite = polite;
    this.#port = port;
    this.#abort = abort;
    this.#incoming = new TaskQueue(INCOMING_MAX, (error) => {
      if (!abort.aborted) port.failed(error);
    });
    const onNegotiationNeeded = (): void => {
      void this.#offer();
    };
    connection.addEventListener("negotiationneeded", onNegotiationNeeded, { signal: abort });
    const onIceCandidate = (event: RTCPeerConnectionIceEvent): void => {
      port.send({ kind: "candidate", candidate: event.candidate && toCandidate(event.candidate) });
    };
    connection.addEventListener("icecandidate", onIceCandidate, { signal: abort });
  }

  /** Takes what the other end said of descriptions and candidates. */
  receive(signal: Extract<Signal, { kind: "candidate" | "description" }>): void {
    const taken = this.#incoming.add(async () => {
      if (this.#abort.aborted) return;
      await (signal.kind === "description"
        ? this.#describe(signal.description)
        : this.#addCandidate(signal.candidate));
    });
    if (!taken) this.#port.failed(new Error("too many signals are waiting"));
  }

  /** Restarts ICE with a new offer. */
  restartIce(): void {
    const waiting = this.#connection.signalingState === "have-local-offer";
    if (waiting && performance.now() - this.#offeredAt > ANSWER_LIMIT_MS) {
      // The offer or its answer was lost with the link to the server, and no other offer can be
      // made before it is answered. An end that has answered it already answers again; of two
      // answers, only the first is taken.
      this.#sendDescription();
    } else {
      this.#connection.restartIce();
    }
  }

  // The event comes in the state `stable`, with no other operation under way, so that the call
  // below makes an offer and nothing else.
  async #offer(): Promise<void> {
    this.#makingOffer = true;
    try {
      await this.#connection.setLocalDescription();
      this.#offeredAt = performance.now();
      this.#sendDescription();
    } catch (error) {
      if (!this.#abort.aborted) this.#port.failed(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #describe(description: Description): Promise<void> {
    const connection = this.#connection;
    const { type, sdp } = description;
    if (type === "answer") {
      // A second answer, or one to an offer that was taken back.
      if (connection.signalingState !== "have-local-offer") return;
      await connection.setRemoteDescription({ type, sdp });
      this.#ignoringOffer = false;
    } else {
      const collides = this.#makingOffer || connection.signalingState !== "stable";
      this.#ignoringOffer = collides && !this.#polite;
      if (this.#ignoringOffer) return;
      // Takes an own offer back where there is one.
      await connection.setRemoteDescription({ type, sdp });
      await this.#port.beforeAnswer();
      if (this.#abort.aborted) return;
      await connection.setLocalDescription();
      this.#sendDescription();
    }
    this.#port.afterAnswer();
    for (const candidate of this.#held.take()) await this.#tryCandidate(candidate);
  }

  async #addCandidate(candidate: Candidate | null): Promise<void> {
    if (this.#connection.remoteDescription && (await this.#tryCandidate(candidate))) return;
    // It came before its description: the first one, or the one of an ICE restart.
    if (!this.#ignoringOffer) this.#held.hold(candidate);
  }

  async #tryCandidate(candidate: Candidate | null): Promise<boolean> {
    try {
      await this.#connection.addIceCandidate(candidate);
      return true;
    } catch {
      return false;
    }
  }

  #sendDescription(): void {
    const description = this.#connection.localDescription;
    if (this.#abort.aborted || !description) return;
    const { type, sdp } = description;
    if (type === "offer" || type === "answer") {
      this.#port.send({ kind: "description", description: { type, sdp } });
    }
  }
}

/** Far above what two honest ends have under way; a flood ends here. */
const INCOMING_MAX = 512;

/** An answer that takes longer is taken for lost. */
const ANSWER_LIMIT_MS = 5_000;

function toCandidate(candidate: RTCIceCandidate): Candidate {
  const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
  return { candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment };
}
