/** Writes the parts of a description (RFC 8829, section 5.2.1). */

import type { Kind } from "../media/plane";
import type { HeaderExtension, RtpCodec } from "./codecs";
import { sends, type Direction } from "./direction";
import type { MediaText, SessionText } from "./sdp";
import type { IceCredentials, Setup } from "./view";

/** Names a series of descriptions of one end. */
export interface Origin {
  readonly id: string;
  readonly version: number;
}

/** The one transport, as each m-line repeats it. */
export interface Transport {
  readonly ice: IceCredentials;
  /** "sha-256 AB:CD:…". */
  readonly fingerprint: string;
  readonly setup: Setup;
  readonly iceLite?: boolean;
}

/** How a sender is announced. */
export interface SendPlan {
  readonly cname: string;
  readonly streams: readonly string[];
  readonly track: string;
  readonly ssrc: number;
  readonly rtxSsrc: number;
}

export interface MediaPlan {
  readonly kind: Kind;
  readonly mid: string;
  readonly direction: Direction;
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly HeaderExtension[];
  /** `a=msid`, `a=ssrc` and `a=ssrc-group` lines. */
  readonly sources: readonly string[];
}

/** The largest message that this end takes and sends on a data channel. */
export const MAX_MESSAGE_SIZE = 262_144;

export function session(
  origin: Origin,
  bundled: readonly string[] | null,
  attributes: readonly string[],
  media: MediaText[],
): SessionText {
  const lines = [
    "v=0",
    `o=- ${origin.id} ${origin.version} IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    ...(bundled ? [["a=group:BUNDLE", ...bundled].join(" ")] : []),
    ...attributes,
  ];
  return { lines, media };
}

export function mediaSection(plan: MediaPlan, transport: Transport): MediaText {
  const formats = plan.codecs.flatMap(({ payloadType, rtx }) =>
    rtx === null ? [payloadType] : [payloadType, rtx],
  );
  return {
    kind: plan.kind,
    port: 9,
    protocol: RTP,
    formats: formats.map(String),
    lines: [
      "c=IN IP4 0.0.0.0",
      "a=rtcp:9 IN IP4 0.0.0.0",
      ...transportLines(transport),
      `a=mid:${plan.mid}`,
      ...plan.extensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
      `a=${plan.direction}`,
      ...plan.sources.filter((line) => line.startsWith("a=msid:")),
      "a=rtcp-mux",
      "a=rtcp-rsize",
      ...plan.codecs.flatMap(codecLines),
      ...plan.sources.filter((line) => !line.startsWith("a=msid:")),
    ],
  };
}

export function dataSection(mid: string, transport: Transport, maxMessageSize: number): MediaText {
  return {
    kind: "application",
    port: 9,
    protocol: SCTP,
    formats: ["webrtc-datachannel"],
    lines: [
      "c=IN IP4 0.0.0.0",
      ...transportLines(transport),
      `a=mid:${mid}`,
      "a=sctp-port:5000",
      `a=max-message-size:${maxMessageSize}`,
    ],
  };
}

/** Port 0: the m-line is refused, or was ended. */
export function rejectedSection(
  like: Pick<MediaText, "kind" | "protocol">,
  mid: string,
): MediaText {
  const isRtp = like.protocol.includes("RTP");
  return {
    kind: like.kind,
    port: 0,
    protocol: like.protocol,
    // An m-line has to name a format, and a static payload type needs no other line for it.
    formats: [isRtp ? "0" : "webrtc-datachannel"],
    lines: [
      "c=IN IP4 0.0.0.0",
      `a=mid:${mid}`,
      ...(isRtp ? ["a=inactive", "a=rtpmap:0 PCMU/8000"] : []),
    ],
  };
}

export const RTP = "UDP/TLS/RTP/SAVPF";
export const SCTP = "UDP/DTLS/SCTP";

/**
 * What an m-line says of the sender; nothing where its transceiver is not to send. Whether the
 * other end wants it makes no difference, or a negotiation would always be needed once more.
 */
export function sourceLines(
  plan: SendPlan,
  direction: Direction,
  codecs: readonly RtpCodec[],
): string[] {
  if (!sends(direction)) return [];
  const { cname, ssrc, rtxSsrc, track } = plan;
  const streams = plan.streams.length > 0 ? plan.streams : ["-"];
  const hasRtx = codecs.some(({ rtx }) => rtx !== null);
  const msid = `msid:${streams[0] ?? "-"} ${track}`;
  return [
    ...streams.map((stream) => `a=msid:${stream} ${track}`),
    ...(hasRtx ? [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`] : []),
    ...(hasRtx ? [ssrc, rtxSsrc] : [ssrc]).flatMap((source) => [
      `a=ssrc:${source} cname:${cname}`,
      `a=ssrc:${source} ${msid}`,
    ]),
  ];
}

function transportLines({ ice, fingerprint, setup }: Transport): string[] {
  return [
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    "a=ice-options:trickle",
    `a=fingerprint:${fingerprint}`,
    `a=setup:${setup}`,
  ];
}

function codecLines(codec: RtpCodec): string[] {
  const { payloadType, name, clockRate, channels, feedback, fmtp, rtx } = codec;
  const suffix = channels > 1 ? `/${channels}` : "";
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${suffix}`,
    ...feedback.map((value) => `a=rtcp-fb:${payloadType} ${value}`),
    ...(fmtp === "" ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    ...(rtx === null
      ? []
      : [`a=rtpmap:${rtx} rtx/${clockRate}`, `a=fmtp:${rtx} apt=${payloadType}`]),
  ];
}
