/**
 * What a page may change in a description of this end before it sets it. RFC 8829 (section 5.4)
 * allows nothing, browsers take nearly everything, and published code counts on that: it takes
 * `trickle` away, puts another codec first or drops one, holds a medium, and writes limits and
 * parameters. That much harms nothing. What the transport, the m-lines and the senders are stays as
 * it was made.
 */
import { DIRECTIONS, intersect, type Direction } from "./direction";
import { hasFlag, parseSdp, SdpError, type SessionText } from "./sdp";

/** Whether `edited` is `made` with no changes but those. */
export function isHarmlessEdit(edited: string, made: string): boolean {
  const before = parseSdp(made);
  const after = read(edited);
  if (after?.media.length !== before.media.length) return false;
  if (!areHarmless(before.lines, after.lines, [])) return false;
  return after.media.every((media, line) => {
    const like = before.media[line];
    return (
      like?.kind === media.kind &&
      like.port === media.port &&
      like.protocol === media.protocol &&
      media.formats.every((format) => like.formats.includes(format)) &&
      isWithin(directionOf(media.lines), directionOf(like.lines)) &&
      areHarmless(like.lines, media.lines, media.formats)
    );
  });
}

/** `formats` are those that are left. */
function areHarmless(
  before: readonly string[],
  after: readonly string[],
  formats: readonly string[],
): boolean {
  const isFixed = (line: string): boolean => {
    const format = OF_FORMAT.exec(line)?.[1];
    const isDropped = format !== undefined && !formats.includes(format);
    return !isDropped && !ADDABLE.test(line) && !line.startsWith(REMOVABLE);
  };
  const fixed = (lines: readonly string[]): string => lines.filter(isFixed).join("\n");
  const isKnown = (line: string): boolean => ADDABLE.test(line) || before.includes(line);
  return fixed(before) === fixed(after) && after.every(isKnown);
}

function directionOf(lines: readonly string[]): Direction {
  return DIRECTIONS.find((direction) => hasFlag(lines, direction)) ?? "sendrecv";
}

function isWithin(direction: Direction, limit: Direction): boolean {
  return intersect(direction, limit) === direction;
}

function read(sdp: string): SessionText | null {
  try {
    return parseSdp(sdp);
  } catch (error) {
    if (error instanceof SdpError) return null;
    throw error;
  }
}

const OF_FORMAT = /^a=(?:rtpmap|rtcp-fb):(\d+) /;
const DIRECTION = "sendrecv|sendonly|recvonly|inactive";
const ADDABLE = new RegExp(`^(?:b=|a=(?:fmtp|ptime|maxptime):|a=(?:${DIRECTION})$)`);
const REMOVABLE = "a=ice-options:";
