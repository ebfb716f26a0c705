/** W3C WebRTC, section 4.7.2. */
export class SessionDescription {
  type: RTCSdpType;
  sdp: string;

  constructor(init: RTCSessionDescriptionInit) {
    if (!isSdpType(init.type)) throw new TypeError(`not a type: ${String(init.type)}`);
    this.type = init.type;
    this.sdp = init.sdp ?? "";
  }

  toJSON(): RTCSessionDescriptionInit {
    return { type: this.type, sdp: this.sdp };
  }
}

export function isSdpType(type: unknown): type is RTCSdpType {
  return TYPES.some((each) => each === type);
}

const TYPES: readonly RTCSdpType[] = ["offer", "pranswer", "answer", "rollback"];
