/** Offers (RFC 8829, sections 5.2.1 and 5.2.2). */

import type { CodecCapability, Kind } from "../media/plane";
import type { NumberTable } from "./codecs";
import type { Direction } from "./direction";
import type { MediaText, SessionText } from "./sdp";
import {
  dataSection,
  MAX_MESSAGE_SIZE,
  mediaSection,
  rejectedSection,
  RTP,
  SCTP,
  session,
  sourceLines,
  type Origin,
  type SendPlan,
  type Transport,
} from "./sections";
import type { DescriptionView } from "./view";

/** A transceiver, as far as a description goes. */
export interface Source {
  readonly kind: Kind;
  readonly mid: string | null;
  readonly line: number | null;
  readonly direction: Direction;
  /** Stopped, or about to be. */
  readonly stopping: boolean;
  /** In the order of preference. */
  readonly codecs: readonly CodecCapability[];
  readonly send: SendPlan;
}

/** The m-line of the data channels. */
export interface DataLine {
  readonly mid: string;
  readonly line: number;
}

export interface OfferInput {
  readonly origin: Origin;
  readonly transport: Transport;
  readonly sources: readonly Source[];
  readonly data: DataLine | null;
  readonly wantsData: boolean;
  readonly local: DescriptionView | null;
  readonly remote: DescriptionView | null;
  readonly numbers: NumberTable;
  readonly newMid: () => string;
}

/** Which transceiver an m-line is for, as an index into the sources. */
export type LineUse =
  | { readonly use: "source"; readonly mid: string; readonly source: number }
  | { readonly use: "data"; readonly mid: string }
  | { readonly use: "none"; readonly mid: string };

export interface Offer {
  readonly text: SessionText;
  readonly lines: readonly LineUse[];
}

export function createOffer(input: OfferInput): Offer {
  const lines = assignLines(input);
  const media = lines.map((line, index) => writeLine(input, line, index));
  const bundled = lines.filter(({ use }) => use !== "none").map(({ mid }) => mid);
  const attributes = ["a=extmap-allow-mixed", "a=msid-semantic:WMS *"];
  return { text: session(input.origin, bundled, attributes, media), lines };
}

/** Each m-line keeps its place for ever; one that both ends know as ended is used again. */
function assignLines(input: OfferInput): LineUse[] {
  const { sources, data, local, remote, newMid } = input;
  const count = Math.max(
    local?.media.length ?? 0,
    remote?.media.length ?? 0,
    (data?.line ?? -1) + 1,
    ...sources.map(({ line }) => (line ?? -1) + 1),
  );
  const unplaced = sources.flatMap((source, index) =>
    source.line === null && !source.stopping ? [index] : [],
  );
  const place = (): LineUse | null => {
    const source = unplaced.shift();
    if (source === undefined) return null;
    return { use: "source", mid: sources[source]?.mid ?? newMid(), source };
  };
  const lines: LineUse[] = [];
  for (let line = 0; line < count; line += 1) {
    const source = sources.findIndex((each) => each.line === line && !each.stopping);
    const mid = sources[source]?.mid;
    if (mid !== undefined && mid !== null) {
      lines.push({ use: "source", mid, source });
    } else if (data?.line === line) {
      lines.push({ use: "data", mid: data.mid });
    } else {
      const isFree =
        local?.media[line]?.rejected === true || remote?.media[line]?.rejected === true;
      lines.push((isFree ? place() : null) ?? { use: "none", mid: midOf(input, line) });
    }
  }
  for (let next = place(); next; next = place()) lines.push(next);
  if (input.wantsData && !data) lines.push({ use: "data", mid: newMid() });
  return lines;
}

function writeLine(input: OfferInput, line: LineUse, index: number): MediaText {
  const { transport, numbers, sources } = input;
  switch (line.use) {
    case "data":
      return dataSection(line.mid, transport, MAX_MESSAGE_SIZE);
    case "none":
      return rejectedSection(likeOf(input, index), line.mid);
    case "source": {
      const source = sources[line.source];
      if (!source) return rejectedSection(likeOf(input, index), line.mid);
      const { kind, direction, send } = source;
      const codecs = numbers.codecs(source.codecs);
      const plan = {
        kind,
        mid: line.mid,
        direction,
        codecs,
        extensions: numbers.extensions(kind),
        sources: sourceLines(send, direction, codecs),
      };
      return mediaSection(plan, transport);
    }
  }
}

function midOf({ local, remote, sources }: OfferInput, line: number): string {
  const known = local?.media[line]?.mid ?? remote?.media[line]?.mid;
  return known ?? sources.find((source) => source.line === line)?.mid ?? `${line}`;
}

function likeOf(
  { local, remote, sources }: OfferInput,
  line: number,
): Pick<MediaText, "kind" | "protocol"> {
  const known = local?.text.media[line] ?? remote?.text.media[line];
  if (known) return known;
  const source = sources.find((each) => each.line === line);
  return source ? { kind: source.kind, protocol: RTP } : { kind: "application", protocol: SCTP };
}
