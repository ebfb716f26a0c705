/**
 * What both ends agreed on, as the offer of the other end that the engine accepts: see "JSEP over
 * str0m" in the README.
 */

import type { CodecCapability, Kind } from "../media/plane";
import { agree, agreeExtensions, type RtpCodec } from "./codecs";
import { reverse, sends, type Direction } from "./direction";
import { writeSdp } from "./sdp";
import {
  dataSection,
  MAX_MESSAGE_SIZE,
  mediaSection,
  rejectedSection,
  RTP,
  SCTP,
  session,
  type Origin,
  type Transport,
} from "./sections";
import { bundleTag, type DescriptionView, type MediaView, type Setup } from "./view";

/** One m-line after offer and answer, from the point of view of this end. */
export interface AgreedLine {
  readonly line: number;
  readonly mid: string;
  readonly kind: Kind | "application";
  readonly rejected: boolean;
  readonly direction: Direction;
  /** In the order in which the answer prefers them; the first is sent. */
  readonly codecs: readonly RtpCodec[];
}

/** Compares the two descriptions of a negotiation, line by line. */
export function agreedLines(
  local: DescriptionView,
  remote: DescriptionView,
  answer: "local" | "remote",
  capabilities: readonly CodecCapability[],
): AgreedLine[] {
  return remote.media.map((theirs, line) => {
    const own = local.media[line];
    const rejected = theirs.rejected || !own || own.rejected;
    const kind = kindOf(theirs);
    const direction =
      answer === "local" ? (own?.direction ?? "inactive") : reverse(theirs.direction);
    const preferred = (answer === "local" ? own : theirs)?.codecs ?? [];
    return {
      line,
      mid: theirs.mid,
      kind: kind ?? "application",
      rejected: rejected || kind === null,
      direction: rejected ? "inactive" : direction,
      codecs: rejected ? [] : agree(preferred, capabilities),
    };
  });
}

export function syntheticOffer(
  origin: Origin,
  remote: DescriptionView,
  lines: readonly AgreedLine[],
  setup: Exclude<Setup, "actpass">,
): string | null {
  // The transport stands in the first m-line that both ends kept.
  const tag =
    lines.map(({ line, rejected }) => (rejected ? undefined : remote.media[line])).find(Boolean) ??
    bundleTag(remote)?.media;
  const { ice, fingerprint } = tag ?? {};
  if (!ice || !fingerprint) return null;
  const transport: Transport = { ice, fingerprint, setup };
  const media = lines.map((agreed) => {
    const theirs = remote.media[agreed.line];
    if (agreed.rejected || !theirs) {
      // Whatever was offered under whatever protocol: the engine only has to count it.
      const isData = agreed.kind === "application" && theirs?.kind === agreed.kind;
      const kind = isData ? "application" : agreed.kind === "video" ? "video" : "audio";
      return rejectedSection({ kind, protocol: isData ? SCTP : RTP }, agreed.mid);
    }
    if (agreed.kind === "application") {
      return dataSection(agreed.mid, transport, theirs.maxMessageSize ?? MAX_MESSAGE_SIZE);
    }
    const direction = reverse(agreed.direction);
    const plan = {
      kind: agreed.kind,
      mid: agreed.mid,
      direction,
      codecs: agreed.codecs,
      extensions: agreeExtensions(theirs.extensions, agreed.kind),
      sources: sends(direction) ? sourcesOf(theirs) : [],
    };
    return mediaSection(plan, transport);
  });
  const bundled = lines.filter(({ rejected }) => !rejected).map(({ mid }) => mid);
  const attributes = remote.iceLite ? ["a=ice-lite"] : [];
  return writeSdp(session(origin, bundled, attributes, media));
}

function sourcesOf(theirs: MediaView): string[] {
  const msid = theirs.msids[0];
  const msidLine = msid ? [`a=msid:${msid.stream ?? "-"} ${msid.track ?? theirs.mid}`] : [];
  return [...msidLine, ...theirs.sources];
}

function kindOf({ kind }: MediaView): Kind | "application" | null {
  return kind === "audio" || kind === "video" || kind === "application" ? kind : null;
}
