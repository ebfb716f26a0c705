import { eventTarget } from "./events";
import type { IceCandidate } from "./iceCandidate";

/** W3C WebRTC, section 5.6; one for each connection, since all m-lines are bundled. */
export class IceTransport extends eventTarget(
  "statechange",
  "gatheringstatechange",
  "selectedcandidatepairchange",
) {
  readonly component: RTCIceComponent = "rtp";
  role: RTCIceRole | "unknown" = "unknown";
  state: RTCIceTransportState = "new";
  gatheringState: RTCIceGathererState = "new";
  selectedPair: RTCIceCandidatePair | null = null;
  readonly localCandidates: IceCandidate[] = [];
  readonly remoteCandidates: IceCandidate[] = [];

  getLocalCandidates(): IceCandidate[] {
    return [...this.localCandidates];
  }

  getRemoteCandidates(): IceCandidate[] {
    return [...this.remoteCandidates];
  }

  getSelectedCandidatePair(): RTCIceCandidatePair | null {
    return this.selectedPair;
  }
}

/** W3C WebRTC, section 5.5. */
export class DtlsTransport extends eventTarget("statechange", "error") {
  readonly iceTransport: IceTransport;
  state: RTCDtlsTransportState = "new";

  constructor(iceTransport: IceTransport) {
    super();
    this.iceTransport = iceTransport;
  }

  /** The engine checks the other end's certificate and does not hand it out. */
  getRemoteCertificates(): ArrayBuffer[] {
    return [];
  }
}

/** W3C WebRTC, section 6.1. */
export class SctpTransport extends eventTarget("statechange") {
  readonly #transport: () => DtlsTransport | null;
  /** Known once the association is there. */
  maxChannels: number | null = null;
  state: RTCSctpTransportState = "connecting";
  maxMessageSize: number;

  constructor(transport: () => DtlsTransport | null, maxMessageSize: number) {
    super();
    this.#transport = transport;
    this.maxMessageSize = maxMessageSize;
  }

  get transport(): DtlsTransport | null {
    return this.#transport();
  }
}

/**
 * Which transport the m-lines use. There is one; until an answer has confirmed the bundle (RFC 8843,
 * section 7.2.1), the offer of another policy than `max-bundle` shows one for each m-line.
 */
export class TransportSet {
  /** The one that the engine has. */
  readonly main = new DtlsTransport(new IceTransport());
  readonly #isMaxBundle: boolean;
  #byLine = new Map<number, DtlsTransport>();
  #stable: ReadonlyMap<number, DtlsTransport> = new Map();
  #isAgreed = false;

  constructor(isMaxBundle: boolean) {
    this.#isMaxBundle = isMaxBundle;
  }

  of(line: number): DtlsTransport | null {
    return this.#byLine.get(line) ?? null;
  }

  /** Before the first description of a negotiation. */
  keepStable(): void {
    this.#stable = new Map(this.#byLine);
  }

  rollback(): void {
    this.#byLine = new Map(this.#stable);
  }

  /** A local offer was set; its m-lines that are not refused. */
  offered(lines: readonly number[]): void {
    for (const line of lines) {
      if (this.#byLine.has(line)) continue;
      const isShared = this.#isMaxBundle || this.#isAgreed || this.#byLine.size === 0;
      this.#byLine.set(line, isShared ? this.main : new DtlsTransport(new IceTransport()));
    }
  }

  /** An answer was set; the m-lines that it took. */
  agreed(lines: readonly number[]): void {
    const left = new Set(this.#byLine.values());
    this.#byLine = new Map(lines.map((line) => [line, this.main]));
    this.#isAgreed = lines.length > 0;
    left.delete(this.main);
    for (const transport of left) {
      transport.state = "closed";
      transport.iceTransport.state = "closed";
      transport.dispatchEvent(new Event("statechange"));
      transport.iceTransport.dispatchEvent(new Event("statechange"));
    }
  }

  close(): void {
    for (const transport of [this.main, ...this.#byLine.values()]) {
      transport.state = "closed";
      transport.iceTransport.state = "closed";
    }
  }
}
