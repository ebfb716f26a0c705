import { closed, invalidModification, invalidState } from "./errors";
import { capabilitiesOf, headerExtensions, parametersOfCodecs } from "./rtpParameters";
import type { TransceiverCore } from "./transceiverCore";
import type { DtlsTransport } from "./transports";

/** W3C WebRTC, section 5.2. */
export class RtpSender {
  readonly dtmf = null;
  readonly #core: TransceiverCore;
  /** Of the last `getParameters()`, which `setParameters()` has to give back. */
  #parameters: RTCRtpSendParameters | null = null;

  constructor(core: TransceiverCore) {
    this.#core = core;
  }

  static getCapabilities(kind: string): RTCRtpCapabilities | null {
    return capabilitiesOf(kind);
  }

  get track(): MediaStreamTrack | null {
    return this.#core.track;
  }

  get transport(): DtlsTransport | null {
    return this.#core.owner.transportOf(this.#core);
  }

  replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    const core = this.#core;
    if (track && track.kind !== core.kind) {
      return Promise.reject(new TypeError(`The track is not of the kind ${core.kind}.`));
    }
    return core.owner.chain(() => {
      if (core.stopping) return Promise.reject(invalidState("The transceiver is stopped."));
      core.setTrack(track);
      return Promise.resolve();
    });
  }

  setStreams(...streams: MediaStream[]): void {
    const core = this.#core;
    if (core.owner.isClosed()) throw closed();
    core.streamIds = [...new Set(streams.map(({ id }) => id))];
    core.owner.updateNegotiationNeeded();
  }

  getParameters(): RTCRtpSendParameters {
    const core = this.#core;
    this.#parameters ??= {
      transactionId: crypto.randomUUID(),
      encodings: [{ ...core.encoding }],
      codecs: parametersOfCodecs(core),
      headerExtensions: headerExtensions(core),
      rtcp: { cname: core.owner.cname, reducedSize: true },
    };
    const parameters = this.#parameters;
    // The standard forgets them with the next task; like libwebrtc, this gives a page some time.
    setTimeout(() => {
      if (this.#parameters === parameters) this.#parameters = null;
    }, PARAMETERS_MS);
    return { ...parameters, encodings: parameters.encodings.map((each) => ({ ...each })) };
  }

  setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    const core = this.#core;
    const before = this.#parameters;
    const encoding = parameters.encodings[0];
    if (core.stopping) return Promise.reject(invalidState("The transceiver is stopped."));
    if (!before) return Promise.reject(invalidState("getParameters() was not called."));
    if (parameters.transactionId !== before.transactionId) {
      return Promise.reject(invalidModification("These are not the last parameters."));
    }
    if (!encoding || parameters.encodings.length !== 1 || encoding.rid !== core.encoding.rid) {
      return Promise.reject(invalidModification("There is one encoding."));
    }
    const problem = encodingProblem(encoding);
    if (problem) return Promise.reject(problem);
    this.#parameters = null;
    core.encoding = { active: true, ...encoding };
    core.applyLimits();
    core.owner.limitsChanged();
    return Promise.resolve();
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#core.owner.stats(this.#core, "sender");
  }
}

const PARAMETERS_MS = 1_000;

/** Null for an encoding that can be used. */
export function encodingProblem(encoding: RTCRtpEncodingParameters): Error | null {
  if ((encoding.scaleResolutionDownBy ?? 1) < 1) {
    return new RangeError("scaleResolutionDownBy is smaller than 1.");
  }
  if ((encoding.maxFramerate ?? 0) < 0) return new RangeError("maxFramerate is negative.");
  return null;
}
