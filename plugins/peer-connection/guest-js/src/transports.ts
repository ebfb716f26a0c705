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
  readonly transport: DtlsTransport;
  readonly maxChannels: number | null = 65_535;
  state: RTCSctpTransportState = "connecting";
  maxMessageSize: number;

  constructor(transport: DtlsTransport, maxMessageSize: number) {
    super();
    this.transport = transport;
    this.maxMessageSize = maxMessageSize;
  }
}
