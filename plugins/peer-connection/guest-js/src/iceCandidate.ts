/** W3C WebRTC, section 4.8.1; the grammar is that of RFC 8839, section 5.1. */
export class IceCandidate {
  readonly relayProtocol: string | null = null;
  readonly url: string | null = null;
  readonly #init: Required<RTCIceCandidateInit>;
  readonly #parsed: ParsedCandidate | null;

  constructor(init: RTCIceCandidateInit = {}) {
    const { sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = init;
    const { candidate = "" } = init as { readonly candidate?: unknown };
    if (sdpMid === null && sdpMLineIndex === null) {
      throw new TypeError("sdpMid and sdpMLineIndex are both null");
    }
    // Not nullable in Web IDL: null is a text too.
    this.#init = { candidate: String(candidate), sdpMid, sdpMLineIndex, usernameFragment };
    this.#parsed = parseCandidate(this.#init.candidate);
  }

  get candidate(): string {
    return this.#init.candidate;
  }

  get sdpMid(): string | null {
    return this.#init.sdpMid;
  }

  get sdpMLineIndex(): number | null {
    return this.#init.sdpMLineIndex;
  }

  get usernameFragment(): string | null {
    return this.#init.usernameFragment;
  }

  get foundation(): string | null {
    return this.#parsed?.foundation ?? null;
  }

  get component(): RTCIceComponent | null {
    if (!this.#parsed) return null;
    return this.#parsed.component === 2 ? "rtcp" : "rtp";
  }

  get priority(): number | null {
    return this.#parsed?.priority ?? null;
  }

  get protocol(): RTCIceProtocol | null {
    return this.#parsed?.protocol ?? null;
  }

  get address(): string | null {
    return this.#parsed?.address ?? null;
  }

  get port(): number | null {
    return this.#parsed?.port ?? null;
  }

  get type(): RTCIceCandidateType | null {
    return this.#parsed?.type ?? null;
  }

  get tcpType(): RTCIceTcpCandidateType | null {
    return this.#parsed?.tcpType ?? null;
  }

  get relatedAddress(): string | null {
    return this.#parsed?.relatedAddress ?? null;
  }

  get relatedPort(): number | null {
    return this.#parsed?.relatedPort ?? null;
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
