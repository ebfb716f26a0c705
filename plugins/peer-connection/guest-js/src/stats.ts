/** The counters of the engine and of the media plane, as W3C WebRTC Statistics names them. */

import type { Channels } from "./channels";
import { parseCandidate } from "./iceCandidate";
import type { RtpCodec } from "./jsep/codecs";
import type { Kind } from "./media/plane";
import { mimeType } from "./rtpParameters";
import type { ConnectionStates } from "./connectionStates";
import type { TransceiverCore } from "./transceiverCore";
import type { DtlsTransport } from "./transports";

/** What the engine counts; a member that it left out is not known. */
export interface EngineStats {
  readonly timestamp?: number;
  readonly peer?: {
    readonly bytesSent?: number;
    readonly bytesReceived?: number;
    readonly currentRoundTripTime?: number;
    readonly availableOutgoingBitrate?: number;
    readonly local?: string;
    readonly remote?: string;
  };
  readonly inbound?: readonly InboundCounters[];
  readonly outbound?: readonly OutboundCounters[];
}

interface InboundCounters {
  readonly line: number;
  readonly ssrc?: number;
  readonly packetsReceived?: number;
  readonly bytesReceived?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly nackCount?: number;
  readonly pliCount?: number;
  readonly framesReceived?: number;
  readonly concealedSamples?: number;
  readonly silentConcealedSamples?: number;
  readonly totalSamplesReceived?: number;
  readonly audioLevel?: number;
}

interface OutboundCounters {
  readonly line: number;
  readonly ssrc?: number;
  readonly packetsSent?: number;
  readonly bytesSent?: number;
  readonly nackCount?: number;
  readonly pliCount?: number;
  readonly retransmittedPacketsSent?: number;
  readonly roundTripTime?: number;
  readonly fractionLost?: number;
}

export interface StatsSource {
  readonly transceivers: readonly TransceiverCore[];
  readonly channels: Channels;
  readonly states: ConnectionStates;
  readonly transport: DtlsTransport;
  readonly isControlling: boolean | null;
}

/** One sender or receiver only, or the whole connection. */
export interface StatsSelection {
  readonly core: TransceiverCore;
  readonly part: "sender" | "receiver";
}

/** A read-only map. */
export class StatsReport extends Map<string, object> {}

type Members = Readonly<Record<string, unknown>>;

/** Samples of 48 kHz in one frame of the jitter buffer. */
const SAMPLE_RATE = 48_000;

export function buildStats(
  engine: EngineStats,
  source: StatsSource,
  selection: StatsSelection | null,
): StatsReport {
  const report = new StatsReport();
  const timestamp = performance.timeOrigin + performance.now();
  const add = (type: string, id: string, members: Members): void => {
    const known = Object.entries(members).filter(([, value]) => value !== undefined);
    report.set(id, { id, type, timestamp, ...Object.fromEntries(known) });
  };
  for (const core of source.transceivers) {
    if (selection && selection.core !== core) continue;
    const { line } = core;
    if (line === null || core.agreed.length === 0) continue;
    if (selection?.part !== "sender") {
      addInbound(
        add,
        core,
        engine.inbound?.find((each) => each.line === line),
      );
    }
    if (selection?.part !== "receiver") {
      addOutbound(
        add,
        core,
        engine.outbound?.find((each) => each.line === line),
      );
    }
  }
  addTransport(add, engine, source);
  if (!selection) {
    const { opened, closed } = source.channels.counts;
    add("peer-connection", "P", { dataChannelsOpened: opened, dataChannelsClosed: closed });
    for (const [index, channel] of source.channels.all.entries()) {
      const { label, protocol, id, readyState, counts } = channel;
      add("data-channel", `D${id ?? `-${index}`}`, {
        ...counts,
        label,
        protocol,
        dataChannelIdentifier: id ?? undefined,
        state: readyState,
      });
    }
  }
  return report;
}

/** The second name is an old one, which pages still ask for (the sample pages of WebRTC do). */
function kinds(kind: Kind): Members {
  return { kind, mediaType: kind };
}

type Add = (type: string, id: string, members: Members) => void;

function addInbound(add: Add, core: TransceiverCore, counters: InboundCounters | undefined): void {
  const { kind, line, mid } = core;
  // An entry stands for a stream of which something came (W3C WebRTC Statistics, section 8.3).
  if (!counters && core.remote.track.muted) return;
  const plane = core.remote.stats();
  const id = `I${line ?? ""}`;
  const codecId = addCodec(add, core, core.agreed[0]);
  const shared = {
    ...kinds(kind),
    mid,
    codecId,
    transportId: "T",
    trackIdentifier: core.remote.track.id,
    ssrc: counters?.ssrc,
    packetsReceived: counters?.packetsReceived ?? 0,
    bytesReceived: counters?.bytesReceived ?? 0,
    packetsLost: counters?.packetsLost ?? 0,
    jitter: counters?.jitter ?? 0,
    nackCount: counters?.nackCount,
    pliCount: counters?.pliCount,
  };
  const { framesDecoded, keyFramesDecoded, framesDropped } = plane;
  const { frameWidth, frameHeight, framesPerSecond } = plane;
  const { totalSamplesReceived = 0, audioLevel = 0 } = counters ?? {};
  switch (kind) {
    case "video":
      add("inbound-rtp", id, {
        ...shared,
        framesReceived: counters?.framesReceived ?? 0,
        framesDecoded,
        keyFramesDecoded,
        framesDropped,
        framesPerSecond,
        ...(framesDecoded > 0 ? { frameWidth, frameHeight } : {}),
      });
      return;
    case "audio":
      add("inbound-rtp", id, {
        ...shared,
        audioLevel,
        totalSamplesReceived,
        totalSamplesDuration: totalSamplesReceived / SAMPLE_RATE,
        concealedSamples: counters?.concealedSamples,
        silentConcealedSamples: counters?.silentConcealedSamples,
        // What is played has left the jitter buffer.
        jitterBufferEmittedCount: totalSamplesReceived,
      });
      return;
  }
}

function addOutbound(
  add: Add,
  core: TransceiverCore,
  counters: OutboundCounters | undefined,
): void {
  const { kind, line, mid, ssrc, hasSent } = core;
  if (!counters && !hasSent) return;
  const plane = core.local.stats();
  const id = `O${line ?? ""}`;
  const codecId = addCodec(add, core, core.agreed[0]);
  const { framesEncoded, keyFramesEncoded, frameWidth, frameHeight, framesPerSecond } = plane;
  const mediaSourceId = addSource(add, core);
  add("outbound-rtp", id, {
    ...kinds(kind),
    mid,
    codecId,
    mediaSourceId,
    remoteId: counters?.fractionLost === undefined ? undefined : `R${line ?? ""}`,
    transportId: "T",
    ssrc: counters?.ssrc ?? ssrc,
    active: core.encoding.active ?? true,
    packetsSent: counters?.packetsSent ?? 0,
    bytesSent: counters?.bytesSent ?? 0,
    nackCount: counters?.nackCount,
    pliCount: counters?.pliCount,
    retransmittedPacketsSent: counters?.retransmittedPacketsSent,
    ...(kind === "video"
      ? { framesEncoded, keyFramesEncoded, framesSent: framesEncoded, framesPerSecond }
      : {}),
    ...(kind === "video" && framesEncoded > 0 ? { frameWidth, frameHeight } : {}),
  });
  if (counters?.roundTripTime === undefined && counters?.fractionLost === undefined) return;
  add("remote-inbound-rtp", `R${line ?? ""}`, {
    ...kinds(kind),
    codecId,
    localId: id,
    transportId: "T",
    ssrc: counters.ssrc ?? ssrc,
    roundTripTime: counters.roundTripTime,
    fractionLost: counters.fractionLost,
  });
}

/** What the sender takes its media from, if it has a track. */
function addSource(add: Add, { kind, track, line, local }: TransceiverCore): string | undefined {
  if (!track) return undefined;
  const id = `S${line ?? ""}`;
  const shared = { kind, trackIdentifier: track.id };
  switch (kind) {
    case "audio":
      add("media-source", id, shared);
      return id;
    case "video": {
      const { width, height } = track.getSettings();
      const { framesPerSecond } = local.stats();
      add("media-source", id, { ...shared, width, height, framesPerSecond });
      return id;
    }
  }
}

function addCodec(
  add: Add,
  core: TransceiverCore,
  codec: RtpCodec | undefined,
): string | undefined {
  if (!codec) return undefined;
  const { payloadType, name, clockRate, channels, fmtp } = codec;
  const id = `C${payloadType}`;
  add("codec", id, {
    payloadType,
    transportId: "T",
    mimeType: mimeType(core.kind, name),
    clockRate,
    ...(channels > 1 ? { channels } : {}),
    ...(fmtp === "" ? {} : { sdpFmtpLine: fmtp }),
  });
  return id;
}

function addTransport(add: Add, { peer }: EngineStats, source: StatsSource): void {
  const { iceTransport, state } = source.transport;
  if (source.isControlling === null) return;
  const hasPair = peer?.local !== undefined && peer.remote !== undefined;
  const { bytesSent, bytesReceived, currentRoundTripTime, availableOutgoingBitrate } = peer ?? {};
  add("transport", "T", {
    bytesSent: bytesSent ?? 0,
    bytesReceived: bytesReceived ?? 0,
    dtlsState: state,
    iceState: iceTransport.state,
    iceRole: source.isControlling ? "controlling" : "controlled",
    selectedCandidatePairId: hasPair ? "CP" : undefined,
  });
  for (const [index, { candidate }] of iceTransport.localCandidates.entries()) {
    if (candidate !== peer?.local) addCandidate(add, "local-candidate", `L${index}`, candidate);
  }
  for (const [index, { candidate }] of iceTransport.remoteCandidates.entries()) {
    if (candidate !== peer?.remote) addCandidate(add, "remote-candidate", `M${index}`, candidate);
  }
  if (!hasPair) return;
  addCandidate(add, "local-candidate", "L", peer.local);
  addCandidate(add, "remote-candidate", "M", peer.remote);
  const isConnected = source.states.iceConnection === "connected";
  add("candidate-pair", "CP", {
    transportId: "T",
    localCandidateId: "L",
    remoteCandidateId: "M",
    state: isConnected ? "succeeded" : "in-progress",
    nominated: isConnected,
    bytesSent: bytesSent ?? 0,
    bytesReceived: bytesReceived ?? 0,
    currentRoundTripTime,
    availableOutgoingBitrate,
  });
}

function addCandidate(
  add: Add,
  type: "local-candidate" | "remote-candidate",
  id: string,
  text: string | undefined,
): void {
  const candidate = parseCandidate(text ?? "");
  add(type, id, {
    transportId: "T",
    address: candidate?.address,
    port: candidate?.port,
    protocol: candidate?.protocol,
    candidateType: candidate?.type,
    priority: candidate?.priority,
    foundation: candidate?.foundation,
    relatedAddress: candidate?.relatedAddress ?? undefined,
    relatedPort: candidate?.relatedPort ?? undefined,
    usernameFragment: candidate?.ufrag ?? undefined,
  });
}
