/** What a description says, whoever wrote it: libwebrtc, Firefox or this end. */

import type { HeaderExtension, RtpCodec } from "./codecs";
import { DIRECTIONS, type Direction } from "./direction";
import {
  attribute,
  attributes,
  hasFlag,
  parseSdp,
  SdpError,
  type MediaText,
  type SessionText,
} from "./sdp";

/** Which end starts the DTLS handshake (RFC 8842). */
export type Setup = "actpass" | "active" | "passive";

export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** A track of the other end, as its m-line names it (RFC 8830). */
export interface Msid {
  /** Null where the track is in no stream. */
  readonly stream: string | null;
  readonly track: string | null;
}

export interface MediaView {
  readonly kind: string;
  readonly mid: string;
  /** Port 0, and not merely bundled with another (RFC 8843, section 6). */
  readonly rejected: boolean;
  readonly bundled: boolean;
  readonly direction: Direction;
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly HeaderExtension[];
  readonly msids: readonly Msid[];
  /** `a=ssrc` and `a=ssrc-group` lines as they came. */
  readonly sources: readonly string[];
  readonly ice: IceCredentials | null;
  readonly fingerprint: string | null;
  readonly setup: Setup | null;
  readonly rtcpMux: boolean;
  readonly sctpPort: number | null;
  readonly maxMessageSize: number | null;
  readonly candidates: readonly string[];
  readonly endOfCandidates: boolean;
}

export interface DescriptionView {
  readonly text: SessionText;
  readonly media: readonly MediaView[];
  readonly iceLite: boolean;
  readonly trickle: boolean;
}

/** Reads a description; throws an `SdpError`. */
export function readDescription(sdp: string): DescriptionView {
  const text = parseSdp(sdp);
  return viewOf(text);
}

export function viewOf(text: SessionText): DescriptionView {
  const group = attributes(text.lines, "group").find((value) => /^BUNDLE( |$)/.test(value));
  const bundle = group === undefined ? [] : group.split(/ +/).slice(1);
  const media = text.media.map((section, index) => viewMedia(section, index, text, bundle));
  const mids = new Set(media.map(({ mid }) => mid));
  if (mids.size !== media.length) throw new SdpError("two m-lines have the same mid");
  const options = [text.lines, ...text.media.map(({ lines }) => lines)].flatMap((lines) =>
    attributes(lines, "ice-options"),
  );
  return {
    text,
    media,
    iceLite: hasFlag(text.lines, "ice-lite"),
    trickle: options.some((value) => value.split(" ").includes("trickle")),
  };
}

/** The m-line whose transport all bundled ones share, or the first that is there. */
export function bundleTag(view: DescriptionView): { media: MediaView; index: number } | null {
  const index = view.media.findIndex(({ rejected }) => !rejected);
  const media = view.media[index];
  return media ? { media, index } : null;
}

/** The credentials of the one transport. */
export function iceOf(view: DescriptionView): IceCredentials | null {
  return bundleTag(view)?.media.ice ?? null;
}

function viewMedia(
  section: MediaText,
  index: number,
  session: SessionText,
  bundle: readonly string[],
): MediaView {
  const { lines } = section;
  const either = (name: string): string | null =>
    attribute(lines, name) ?? attribute(session.lines, name);
  const mid = attribute(lines, "mid") ?? `${index}`;
  const ufrag = either("ice-ufrag");
  const pwd = either("ice-pwd");
  const bundled = bundle.includes(mid);
  const bundleOnly = bundled && hasFlag(lines, "bundle-only");
  const codecs = readCodecs(section);
  const sctpPort = attribute(lines, "sctp-port");
  const maxMessageSize = attribute(lines, "max-message-size");
  return {
    kind: section.kind,
    mid,
    rejected: section.port === 0 && !bundleOnly,
    bundled,
    direction: readDirection(lines) ?? readDirection(session.lines) ?? "sendrecv",
    codecs,
    extensions: readExtensions(lines),
    msids: attributes(lines, "msid").map(readMsid),
    sources: lines.filter((line) => line.startsWith("a=ssrc")),
    ice: ufrag !== null && pwd !== null ? { ufrag, pwd } : null,
    fingerprint: readFingerprint(lines) ?? readFingerprint(session.lines),
    setup: readSetup(either("setup")),
    rtcpMux: hasFlag(lines, "rtcp-mux"),
    sctpPort: sctpPort === null ? null : Number(sctpPort),
    maxMessageSize: maxMessageSize === null ? null : Number(maxMessageSize),
    candidates: attributes(lines, "candidate").map((value) => `candidate:${value}`),
    endOfCandidates: hasFlag(lines, "end-of-candidates"),
  };
}

function readDirection(lines: readonly string[]): Direction | null {
  return DIRECTIONS.find((direction) => hasFlag(lines, direction)) ?? null;
}

function readSetup(value: string | null): Setup | null {
  return value === "actpass" || value === "active" || value === "passive" ? value : null;
}

/** SHA-256 where there is a choice: every end has it. */
function readFingerprint(lines: readonly string[]): string | null {
  const all = attributes(lines, "fingerprint");
  return all.find((value) => /^sha-256 /i.test(value)) ?? all[0] ?? null;
}

function readMsid(value: string): Msid {
  const [stream = "-", track = null] = value.split(" ");
  return { stream: stream === "-" ? null : stream, track };
}

function readExtensions(lines: readonly string[]): HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  for (const value of attributes(lines, "extmap")) {
    const match = /^(\d+)(?:\/\w+)? (\S+)/.exec(value);
    if (match?.[2]) extensions.push({ id: Number(match[1]), uri: match[2] });
  }
  return extensions;
}

/** In the order of the m-line, which is that of preference (RFC 8829, section 5.2.1). */
function readCodecs(section: MediaText): RtpCodec[] {
  const { lines } = section;
  const rtpmaps = new Map<number, RegExpExecArray>();
  for (const value of attributes(lines, "rtpmap")) {
    const match = /^(\d+) ([^/ ]+)\/(\d+)(?:\/(\d+))?/.exec(value);
    if (match) rtpmaps.set(Number(match[1]), match);
  }
  const formats = new Map<number, string>();
  for (const value of attributes(lines, "fmtp")) {
    const match = /^(\d+) (.*)$/.exec(value);
    if (match?.[2]) formats.set(Number(match[1]), match[2]);
  }
  const feedback = attributes(lines, "rtcp-fb").map((value) => /^(\d+|\*) (.*)$/.exec(value));
  const rtx = new Map<number, number>();
  for (const [payloadType, [, , name = ""]] of rtpmaps) {
    const apt = /(?:^|[; ])apt=(\d+)/.exec(formats.get(payloadType) ?? "");
    const isListed = section.formats.includes(`${payloadType}`);
    if (name.toLowerCase() === "rtx" && apt && isListed) rtx.set(Number(apt[1]), payloadType);
  }
  const codecs: RtpCodec[] = [];
  for (const format of section.formats) {
    const payloadType = Number(format);
    const [, , name = "", clockRate = "", channels = "1"] = rtpmaps.get(payloadType) ?? [];
    if (name === "" || name.toLowerCase() === "rtx") continue;
    codecs.push({
      payloadType,
      name,
      clockRate: Number(clockRate),
      channels: Number(channels),
      fmtp: formats.get(payloadType) ?? "",
      feedback: feedback
        .filter((match) => match?.[1] === "*" || match?.[1] === format)
        .flatMap((match) => match?.[2] ?? []),
      rtx: rtx.get(payloadType) ?? null,
    });
  }
  return codecs;
}
