import { readEncoding } from "./encodings";
import { codecsOf } from "./host";
import type { HeaderExtension, RtpCodec } from "./jsep/codecs";
import { sends, type Direction } from "./jsep/direction";
import type { NeedTransceiver } from "./jsep/needed";
import type { Source } from "./jsep/offer";
import type { SendPlan } from "./jsep/sections";
import type { CodecCapability, Kind, LocalSender, RemoteTrack } from "./media/plane";
import { RtpReceiver } from "./receiver";
import { RtpSender } from "./sender";
import { RtpTransceiver } from "./transceiver";
import { queueTask } from "./tasks";
import type { DtlsTransport } from "./transports";

/** What a transceiver needs of its connection. */
export interface TransceiverOwner {
  readonly cname: string;
  isClosed(): boolean;
  chain<T>(run: () => Promise<T>): Promise<T>;
  updateNegotiationNeeded(): void;
  newSource(): number;
  limitsChanged(): void;
  stats(core: TransceiverCore, part: "sender" | "receiver"): Promise<RTCStatsReport>;
  processAudioOf(track: MediaStreamTrack): void;
  transportOf(core: TransceiverCore): DtlsTransport | null;
  newSender(kind: Kind): LocalSender;
  newRemoteTrack(kind: Kind): RemoteTrack;
}

/** What a rollback brings back. */
interface Stable {
  readonly mid: string | null;
  readonly line: number | null;
  readonly firedDirection: Direction | null;
  readonly streams: readonly MediaStream[];
}

/** The slots of a transceiver with its sender and its receiver (W3C WebRTC, sections 5.2 to 5.4). */
export class TransceiverCore {
  readonly kind: Kind;
  readonly owner: TransceiverOwner;
  readonly local: LocalSender;
  readonly remote: RemoteTrack;
  readonly sender: RtpSender;
  readonly receiver: RtpReceiver;
  readonly transceiver: RtpTransceiver;
  mid: string | null = null;
  line: number | null = null;
  direction: Direction;
  currentDirection: Direction | null = null;
  firedDirection: Direction | null = null;
  stopping = false;
  stopped = false;
  /** An offer of the other end may take it over (RFC 8829, section 5.10). */
  addedByTrack = false;
  /** `addTrack` has put its track here: a rollback leaves it. */
  takenByTrack = false;
  /** Made for an offer of the other end that is not answered yet. */
  createdByOffer = false;
  hasSent = false;
  preferences: readonly CodecCapability[] | null = null;
  track: MediaStreamTrack | null = null;
  /** Ids of the streams that the other end is to see the track in. */
  streamIds: string[];
  /** Streams of the other end that hold the receiver's track. */
  remoteStreams: MediaStream[] = [];
  encoding: RTCRtpEncodingParameters;
  agreed: readonly RtpCodec[] = [];
  extensions: readonly HeaderExtension[] = [];
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly #trackId = crypto.randomUUID();
  #stable: Stable | null = null;

  constructor(
    owner: TransceiverOwner,
    kind: Kind,
    direction: Direction,
    streamIds: readonly string[],
    encoding = readEncoding(kind, {}),
  ) {
    this.owner = owner;
    this.kind = kind;
    this.direction = direction;
    this.streamIds = [...new Set(streamIds)];
    this.encoding = encoding;
    this.ssrc = owner.newSource();
    this.rtxSsrc = owner.newSource();
    this.local = owner.newSender(kind);
    this.remote = owner.newRemoteTrack(kind);
    this.sender = new RtpSender(this);
    this.receiver = new RtpReceiver(this);
    this.transceiver = new RtpTransceiver(this);
    this.applyLimits();
  }

  get source(): Source {
    const send: SendPlan = {
      cname: this.owner.cname,
      streams: this.streamIds,
      track: this.#trackId,
      ssrc: this.ssrc,
      rtxSsrc: this.rtxSsrc,
    };
    const { kind, mid, line, direction, stopping } = this;
    return { kind, mid, line, direction, stopping, codecs: this.capabilities, send };
  }

  get need(): NeedTransceiver {
    const { line, direction, stopping, stopped, streamIds } = this;
    return { line, direction, stopping, stopped, streams: streamIds };
  }

  get capabilities(): readonly CodecCapability[] {
    return this.preferences ?? codecsOf(this.kind);
  }

  setTrack(track: MediaStreamTrack | null): void {
    this.track = track;
    this.local.setTrack(track);
    if (track && this.kind === "audio") this.owner.processAudioOf(track);
  }

  applyLimits(): void {
    const { active, maxBitrate, maxFramerate, scaleResolutionDownBy } = this.encoding;
    this.local.setLimits({
      maxBitrate: maxBitrate ?? null,
      maxFramerate: maxFramerate ?? null,
      scaleResolutionDownBy: scaleResolutionDownBy ?? 1,
      active: active ?? true,
    });
  }

  /** Before the first description of a negotiation changes anything. */
  keepStable(): void {
    const { mid, line, firedDirection, remoteStreams } = this;
    this.#stable = { mid, line, firedDirection, streams: [...remoteStreams] };
  }

  get stable(): Stable {
    return this.#stable ?? { mid: null, line: null, firedDirection: null, streams: [] };
  }

  forgetStable(): void {
    this.#stable = null;
    this.createdByOffer = false;
  }

  get isSending(): boolean {
    return this.currentDirection !== null && sends(this.currentDirection) && !this.stopping;
  }

  /** "Stop sending and receiving": media ends now, the m-line with the next negotiation. */
  stopMedia(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.direction = "inactive";
    this.local.stop();
    this.remote.stop();
    queueTask(() => {
      this.remote.end();
    });
  }

  /** "Stop the RTCRtpTransceiver". */
  stop(): void {
    this.stopMedia();
    if (this.stopped) return;
    this.stopped = true;
    this.currentDirection = null;
    this.local.setTrack(null);
    this.local.close();
  }
}
