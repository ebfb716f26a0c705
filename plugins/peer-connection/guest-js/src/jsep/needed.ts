/** Whether a negotiation is needed (W3C WebRTC, section 4.7.3, "check if negotiation is needed"). */

import { answerTo, reverse, sends, type Direction } from "./direction";
import type { DescriptionView } from "./view";

export interface NeedInput {
  readonly local: DescriptionView | null;
  readonly localType: "offer" | "answer" | null;
  readonly remote: DescriptionView | null;
  readonly restartIce: boolean;
  readonly wantsData: boolean;
  readonly transceivers: readonly NeedTransceiver[];
}

export interface NeedTransceiver {
  readonly line: number | null;
  readonly direction: Direction;
  readonly stopping: boolean;
  readonly stopped: boolean;
  readonly streams: readonly string[];
}

export function isNegotiationNeeded(input: NeedInput): boolean {
  const { local, remote, restartIce, wantsData } = input;
  if (restartIce && local) return true;
  const hasData = local?.media.some((media) => media.kind === "application" && !media.rejected);
  if (wantsData && !hasData) return true;
  return input.transceivers.some((transceiver) => {
    const { line, stopping, stopped } = transceiver;
    if (stopping && !stopped) return true;
    const own = line === null ? undefined : local?.media[line];
    const theirs = line === null ? undefined : remote?.media[line];
    if (stopped) return own !== undefined && !own.rejected && theirs?.rejected === false;
    if (line === null || !own) return true;
    return differs(transceiver, input, line);
  });
}

function differs(
  { direction, streams }: NeedTransceiver,
  { local, localType, remote }: NeedInput,
  line: number,
): boolean {
  const own = local?.media[line];
  const theirs = remote?.media[line];
  if (!own || !localType) return true;
  if (sends(direction)) {
    const announced = own.msids.flatMap(({ stream }) => stream ?? []);
    if (own.msids.length === 0 || !sameMembers(announced, streams)) return true;
  }
  switch (localType) {
    case "offer":
      return own.direction !== direction && (!theirs || reverse(theirs.direction) !== direction);
    case "answer":
      return own.direction !== answerTo(theirs?.direction ?? "inactive", direction);
  }
}

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((member) => other.includes(member));
}
