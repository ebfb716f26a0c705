import type { CodecCapability } from "./media/plane";
import { closed, invalidModification, invalidState } from "./errors";
import { codecsOf } from "./host";
import { DIRECTIONS } from "./jsep/direction";
import type { RtpReceiver } from "./receiver";
import type { RtpSender } from "./sender";
import type { TransceiverCore } from "./transceiverCore";

/** W3C WebRTC, section 5.4. */
export class RtpTransceiver {
  readonly #core: TransceiverCore;

  constructor(core: TransceiverCore) {
    this.#core = core;
  }

  get mid(): string | null {
    return this.#core.mid;
  }

  get sender(): RtpSender {
    return this.#core.sender;
  }

  get receiver(): RtpReceiver {
    return this.#core.receiver;
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.#core.stopping ? "stopped" : this.#core.direction;
  }

  set direction(value: RTCRtpTransceiverDirection) {
    const core = this.#core;
    const direction = DIRECTIONS.find((each) => each === value);
    if (core.owner.isClosed()) throw closed();
    if (core.stopping) throw invalidState("The transceiver is stopped.");
    if (!direction) {
      if (value === "stopped") throw new TypeError("A transceiver is stopped by stop().");
      return;
    }
    if (direction === core.direction) return;
    core.direction = direction;
    core.owner.updateNegotiationNeeded();
  }

  /** Of older drafts. */
  get stopped(): boolean {
    return this.#core.stopped;
  }

  get currentDirection(): RTCRtpTransceiverDirection | null {
    return this.#core.stopped ? "stopped" : this.#core.currentDirection;
  }

  stop(): void {
    const core = this.#core;
    if (core.owner.isClosed()) throw closed();
    if (core.stopping) return;
    core.stopMedia();
    core.owner.updateNegotiationNeeded();
  }

  setCodecPreferences(codecs: readonly RTCRtpCodec[]): void {
    const core = this.#core;
    if (codecs.length === 0) {
      core.preferences = null;
      return;
    }
    const preferences: CodecCapability[] = [];
    let hasOther = false;
    for (const codec of codecs) {
      const capability = codecsOf(core.kind).find((each) => isSame(codec, each));
      if (capability && !preferences.includes(capability)) preferences.push(capability);
      // Retransmission goes with each codec of its own accord.
      const isRtx = codec.mimeType.toLowerCase() === "video/rtx";
      if (!capability && !isRtx) hasOther = true;
    }
    if (hasOther || preferences.length === 0) {
      throw invalidModification("A codec is not one that this end has.");
    }
    core.preferences = preferences;
  }
}

function isSame(codec: RTCRtpCodec, capability: CodecCapability): boolean {
  const { kind, name, clockRate, channels, fmtp } = capability;
  return (
    codec.mimeType.toLowerCase() === `${kind}/${name}`.toLowerCase() &&
    codec.clockRate === clockRate &&
    (codec.channels ?? 1) === (channels ?? 1) &&
    (codec.sdpFmtpLine ?? "") === fmtp
  );
}
