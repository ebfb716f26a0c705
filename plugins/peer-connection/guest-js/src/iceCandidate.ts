/** W3C WebRTC, section 4.8.1; the grammar is that of RFC 8839, section 5.1. */
export class IceCandidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
  readonly usernameFragment: string | null;
  readonly foundation: string | null;
  readonly component: RTCIceComponent | null;
  readonly priority: number | null;
  readonly protocol: RTCIceProtocol | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly type: RTCIceCandidateType | null;
  readonly tcpType: RTCIceTcpCandidateType | null;
  readonly relatedAddress: string | null;
  readonly relatedPort: number | null;
  readonly relayProtocol: string | null = null;
  readonly url: string | null = null;

  constructor(init: RTCIceCandidateInit = {}) {
    const sdpMid = init.sdpMid ?? null;
    const sdpMLineIndex = init.sdpMLineIndex ?? null;
    if (sdpMid === null && sdpMLineIndex === null) {
      throw new TypeError("sdpMid and sdpMLineIndex are both null");
    }
    this.candidate = init.candidate ?? "";
    this.sdpMid = sdpMid;
    this.sdpMLineIndex = sdpMLineIndex;
    const parsed = parseCandidate(this.candidate);
    this.usernameFragment = init.usernameFragment ?? parsed?.ufrag ?? null;
    this.foundation = parsed?.foundation ?? null;
    this.component = parsed ? (parsed.component === 2 ? "rtcp" : "rtp") : null;
    this.priority = parsed?.priority ?? null;
    this.protocol = parsed?.protocol ?? null;
    this.address = parsed?.address ?? null;
    this.port = parsed?.port ?? null;
    this.type = parsed?.type ?? null;
    this.tcpType = parsed?.tcpType ?? null;
    this.relatedAddress = parsed?.relatedAddress ?? null;
    this.relatedPort = parsed?.relatedPort ?? null;
  }

  toJSON(): RTCIceCandidateInit {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = this;
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
  }
}

export interface ParsedCandidate {
  readonly foundation: string;
  readonly component: number;
  readonly protocol: RTCIceProtocol;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  readonly type: RTCIceCandidateType;
  readonly tcpType: RTCIceTcpCandidateType | null;
  readonly relatedAddress: string | null;
  readonly relatedPort: number | null;
  readonly ufrag: string | null;
}

/** Null where it is no candidate. */
export function parseCandidate(text: string): ParsedCandidate | null {
  const match = CANDIDATE.exec(text.trim());
  if (!match) return null;
  const [, foundation, component, protocol, priority, address, port, type, rest] = match;
  const words = (rest ?? "").trim().split(/ +/);
  const extension = (name: string): string | null => {
    const index = words.findIndex((word, at) => at % 2 === 0 && word === name);
    return index < 0 ? null : (words[index + 1] ?? null);
  };
  const relatedPort = extension("rport");
  return {
    foundation: foundation ?? "",
    component: Number(component),
    protocol: protocol?.toLowerCase() === "tcp" ? "tcp" : "udp",
    priority: Number(priority),
    address: address ?? "",
    port: Number(port),
    type: type as RTCIceCandidateType,
    tcpType: extension("tcptype") as RTCIceTcpCandidateType | null,
    relatedAddress: extension("raddr"),
    relatedPort: relatedPort === null ? null : Number(relatedPort),
    ufrag: extension("ufrag"),
  };
}

const CANDIDATE =
  /^(?:a=)?candidate:(\S{1,32}) (\d{1,5}) (\w+) (\d{1,10}) (\S+) (\d{1,5}) typ (host|srflx|prflx|relay)((?: \S+)*)$/i;
