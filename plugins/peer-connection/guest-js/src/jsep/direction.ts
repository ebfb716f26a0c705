/** Directions of an m-line (RFC 8829, sections 4.2.3 and 5.3.1). */

/** `stopped` is a state of a transceiver and never stands in a description. */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

export function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

export function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

export function fromParts(send: boolean, receive: boolean): Direction {
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

/** The same as the other end sees it. */
export function reverse(direction: Direction): Direction {
  return fromParts(receives(direction), sends(direction));
}

/** What both allow, from the same point of view. */
export function intersect(one: Direction, other: Direction): Direction {
  return fromParts(sends(one) && sends(other), receives(one) && receives(other));
}

/** What an end that wants `wanted` answers to an m-line that was offered as `offered`. */
export function answerTo(offered: Direction, wanted: Direction): Direction {
  return intersect(reverse(offered), wanted);
}
