/** Payload types, their formats and their feedback, offered and agreed on. */

import type { CodecCapability, Kind } from "../media/plane";

/** A payload type of an m-line. */
export interface RtpCodec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** "" where there is none. */
  readonly fmtp: string;
  readonly feedback: readonly string[];
  /** The payload type of its retransmissions (RFC 4588). */
  readonly rtx: number | null;
}

/** A header extension (RFC 8285). */
export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
}

const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";
const ABSOLUTE_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const TRANSPORT_WIDE_CC =
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/** With the ids that libwebrtc offers them under. */
const EXTENSIONS: Readonly<Record<Kind, readonly HeaderExtension[]>> = {
  audio: [
    { id: 1, uri: AUDIO_LEVEL },
    { id: 2, uri: ABSOLUTE_SEND_TIME },
    { id: 3, uri: TRANSPORT_WIDE_CC },
    { id: 4, uri: MID },
  ],
  video: [
    { id: 2, uri: ABSOLUTE_SEND_TIME },
    { id: 3, uri: TRANSPORT_WIDE_CC },
    { id: 4, uri: MID },
  ],
};

export function extensionUris(kind: Kind): string[] {
  return EXTENSIONS[kind].map(({ uri }) => uri);
}

/**
 * Payload types and extension ids of one connection. All m-lines are bundled, so a number means
 * one thing (RFC 8843, section 9.1), and what the other end once gave it stays.
 */
export class NumberTable {
  readonly #payloadTypes = new Map<string, { payloadType: number; rtx: number | null }>();
  readonly #extensions = new Map<string, number>();
  /** Numbers that the other end uses, for whatever. */
  readonly #theirs = new Set<number>();
  readonly #known = new Set<string>();

  /** Keeps the numbers of an m-line of the other end; own ones that nobody saw give way. */
  learn(codecs: readonly RtpCodec[], extensions: readonly HeaderExtension[]): void {
    const learned = new Set<string>();
    for (const codec of codecs) {
      const { payloadType, rtx } = codec;
      const key = keyOf(codec);
      this.#theirs.add(payloadType);
      if (rtx !== null) this.#theirs.add(rtx);
      if (!learned.has(key)) this.#payloadTypes.set(key, { payloadType, rtx });
      learned.add(key);
    }
    for (const [key, { payloadType, rtx }] of this.#payloadTypes) {
      const taken = this.#theirs.has(payloadType) || (rtx !== null && this.#theirs.has(rtx));
      if (taken && !learned.has(key) && !this.#known.has(key)) this.#payloadTypes.delete(key);
    }
    for (const key of learned) this.#known.add(key);
    for (const { id, uri } of extensions) {
      for (const [other, taken] of this.#extensions) {
        if (taken === id && other !== uri) this.#extensions.delete(other);
      }
      this.#extensions.set(uri, id);
    }
  }

  /** Gives codecs, in their order, the numbers under which they are offered. */
  codecs(capabilities: readonly CodecCapability[]): RtpCodec[] {
    return capabilities.map((capability) => {
      const known = this.#payloadTypes.get(keyOf(capability)) ?? this.#assign(capability);
      return {
        payloadType: known.payloadType,
        name: capability.name,
        clockRate: capability.clockRate,
        channels: capability.channels ?? 1,
        fmtp: capability.fmtp,
        feedback: capability.rtcpFeedback,
        rtx: known.rtx,
      };
    });
  }

  extensions(kind: Kind): HeaderExtension[] {
    return EXTENSIONS[kind].map(({ id, uri }) => {
      const known = this.#extensions.get(uri);
      if (known !== undefined) return { id: known, uri };
      const used = new Set(this.#extensions.values());
      let free = id;
      while (used.has(free)) free = (free % 14) + 1;
      this.#extensions.set(uri, free);
      return { id: free, uri };
    });
  }

  #assign(capability: CodecCapability): { payloadType: number; rtx: number | null } {
    const preferred = PREFERRED[capability.name.toLowerCase()] ?? 96;
    const payloadType = this.#free(preferred, []);
    const rtx = capability.kind === "video" ? this.#free(payloadType + 1, [payloadType]) : null;
    const assigned = { payloadType, rtx };
    this.#payloadTypes.set(keyOf(capability), assigned);
    return assigned;
  }

  /** The dynamic range (RFC 3551, section 6), upwards and then from its start. */
  #free(from: number, taken: number[]): number {
    const used = new Set([...taken, ...this.#theirs]);
    for (const { payloadType, rtx } of this.#payloadTypes.values()) {
      used.add(payloadType);
      if (rtx !== null) used.add(rtx);
    }
    let free = from;
    for (let tries = 0; tries < 32 && (used.has(free) || free > 127); tries += 1) {
      free = free >= 127 ? 96 : free + 1;
    }
    return free;
  }
}

/** The numbers that libwebrtc likes. */
const PREFERRED: Readonly<Record<string, number>> = { opus: 111, vp8: 96, h264: 108 };

/** What this end can of what was offered, in the order and with the numbers of the offer. */
export function agree(
  offered: readonly RtpCodec[],
  capabilities: readonly CodecCapability[],
): RtpCodec[] {
  const agreed: RtpCodec[] = [];
  const seen = new Set<CodecCapability>();
  for (const codec of offered) {
    const capability = capabilities.find((own) => matches(codec, own));
    // Firefox offers the same profile twice; one of it is enough.
    if (!capability || seen.has(capability)) continue;
    seen.add(capability);
    agreed.push({
      ...codec,
      name: capability.name,
      fmtp: capability.fmtp,
      feedback: capability.rtcpFeedback.filter((feedback) => codec.feedback.includes(feedback)),
    });
  }
  return agreed;
}

/** Orders what was agreed on by what this end prefers; without a preference as it is. */
export function prefer(
  codecs: readonly RtpCodec[],
  preferred: readonly CodecCapability[] | null,
): RtpCodec[] {
  if (!preferred) return [...codecs];
  const rank = (codec: RtpCodec): number => preferred.findIndex((own) => matches(codec, own));
  return codecs.filter((codec) => rank(codec) >= 0).sort((one, other) => rank(one) - rank(other));
}

export function agreeExtensions(
  offered: readonly HeaderExtension[],
  kind: Kind,
): HeaderExtension[] {
  const known = extensionUris(kind);
  return offered.filter(({ uri }) => known.includes(uri));
}

export function matches(codec: RtpCodec, capability: CodecCapability): boolean {
  return (
    codec.name.toLowerCase() === capability.name.toLowerCase() &&
    codec.clockRate === capability.clockRate &&
    codec.channels === (capability.channels ?? 1) &&
    (capability.name.toLowerCase() !== "h264" || sameH264(codec.fmtp, capability.fmtp))
  );
}

/** RFC 6184, section 8.2.2: the mode and the profile have to be the same, the level need not. */
function sameH264(one: string, other: string): boolean {
  const mode = (fmtp: string): string => fmtpValue(fmtp, "packetization-mode") ?? "0";
  return mode(one) === mode(other) && h264Profile(one) === h264Profile(other);
}

/** RFC 6184, section 8.1, table 5. */
function h264Profile(fmtp: string): string {
  const id = (fmtpValue(fmtp, "profile-level-id") ?? "420010").toLowerCase();
  const idc = id.slice(0, 2);
  const constraints = parseInt(id.slice(2, 4), 16);
  const constrained =
    (idc === "42" && (constraints & 0x4f) === 0x40) ||
    (idc === "4d" && (constraints & 0x8f) === 0x80) ||
    (idc === "58" && (constraints & 0xcf) === 0xc0);
  return constrained ? "constrained-baseline" : id.slice(0, 4);
}

export function fmtpValue(fmtp: string, name: string): string | null {
  for (const parameter of fmtp.split(";")) {
    const [key = "", value = ""] = parameter.trim().split("=");
    if (key.toLowerCase() === name) return value;
  }
  return null;
}

function keyOf(codec: { name: string; clockRate: number; fmtp: string }): string {
  const name = codec.name.toLowerCase();
  const format = name === "h264" ? h264Key(codec.fmtp) : "";
  return `${name}/${codec.clockRate}/${format}`;
}

function h264Key(fmtp: string): string {
  return `${fmtpValue(fmtp, "packetization-mode") ?? "0"}/${h264Profile(fmtp)}`;
}
