import { DtmfSender } from "./dtmf";
import { closed, invalidModification, invalidState } from "./errors";
import { readEncoding } from "./encodings";
import { capabilitiesOf, headerExtensions, parametersOfCodecs } from "./rtpParameters";
import { nextTask, queueTask } from "./tasks";
import type { TransceiverCore } from "./transceiverCore";
import type { DtlsTransport } from "./transports";

/** W3C WebRTC, section 5.2. */
export class RtpSender {
  readonly dtmf: DtmfSender | null;
  readonly #core: TransceiverCore;
  /** Of the last `getParameters()`, which `setParameters()` has to give back. */
  #parameters: RTCRtpSendParameters | null = null;

  constructor(core: TransceiverCore) {
    this.dtmf = core.kind === "audio" ? new DtmfSender() : null;
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
    return core.owner.chain(async () => {
      if (core.stopping) throw invalidState("The transceiver is stopped.");
      await nextTask();
      if (!core.owner.isClosed()) core.setTrack(track);
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
    queueTask(() => {
      if (this.#parameters === parameters) this.#parameters = null;
    });
    return structuredClone(parameters);
  }

  async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    const core = this.#core;
    const before = this.#parameters;
    for (const name of [
      "transactionId",
      "encodings",
      "codecs",
      "headerExtensions",
      "rtcp",
    ] as const) {
      if ((parameters as Partial<RTCRtpSendParameters>)[name] === undefined) {
        throw new TypeError(`${name} is missing.`);
      }
    }
    if (core.stopping) throw invalidState("The transceiver is stopped.");
    if (!before) throw invalidState("getParameters() was not called.");
    const [given, ...others] = parameters.encodings;
    if (!given || others.length > 0) throw invalidModification("There is one encoding.");
    if (given.rid !== core.encoding.rid || !isSameButEncodings(parameters, before)) {
      throw invalidModification("What can only be read was changed.");
    }
    const encoding = readEncoding(core.kind, given);
    this.#parameters = null;
    await nextTask();
    if (core.owner.isClosed()) return;
    core.encoding = encoding;
    core.applyLimits();
    core.owner.limitsChanged();
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#core.owner.stats(this.#core, "sender");
  }
}

function isSameButEncodings(one: RTCRtpSendParameters, other: RTCRtpSendParameters): boolean {
  const text = ({ transactionId, codecs, headerExtensions, rtcp }: RTCRtpSendParameters): string =>
    JSON.stringify([transactionId, codecs.map(sorted), headerExtensions.map(sorted), sorted(rtcp)]);
  return text(one) === text(other);
}

function sorted(members: object): [string, unknown][] {
  return Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1));
}
