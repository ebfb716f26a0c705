import { capabilitiesOf, headerExtensions, parametersOfCodecs } from "./rtpParameters";
import type { TransceiverCore } from "./transceiverCore";
import type { DtlsTransport } from "./transports";

/** W3C WebRTC, section 5.3. */
export class RtpReceiver {
  /** The engine sets its own playout delay; a wish is kept and not followed. */
  jitterBufferTarget: number | null = null;
  readonly #core: TransceiverCore;

  constructor(core: TransceiverCore) {
    this.#core = core;
  }

  static getCapabilities(kind: string): RTCRtpCapabilities | null {
    return capabilitiesOf(kind);
  }

  get track(): MediaStreamTrack {
    return this.#core.remote.track;
  }

  get transport(): DtlsTransport | null {
    return this.#core.owner.transportOf(this.#core);
  }

  getParameters(): RTCRtpReceiveParameters {
    const core = this.#core;
    return {
      codecs: parametersOfCodecs(core),
      headerExtensions: headerExtensions(core),
      rtcp: { cname: "", reducedSize: true },
    };
  }

  /** Mixed sources are not told apart. */
  getContributingSources(): RTCRtpContributingSource[] {
    return [];
  }

  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    return [];
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#core.owner.stats(this.#core, "receiver");
  }
}
