import { expect, test } from "vitest";
import { answerTo, DIRECTIONS, intersect, reverse, type Direction } from "./direction";

test.each<[Direction, Direction, Direction]>([
  ["sendrecv", "sendrecv", "sendrecv"],
  ["sendrecv", "sendonly", "sendonly"],
  ["sendrecv", "recvonly", "recvonly"],
  ["sendrecv", "inactive", "inactive"],
  ["sendonly", "sendrecv", "recvonly"],
  ["sendonly", "sendonly", "inactive"],
  ["sendonly", "recvonly", "recvonly"],
  ["recvonly", "sendrecv", "sendonly"],
  ["recvonly", "sendonly", "sendonly"],
  ["recvonly", "recvonly", "inactive"],
  ["inactive", "sendrecv", "inactive"],
])("an offer of %s and the wish for %s make %s", (offered, wanted, answer) => {
  expect(answerTo(offered, wanted)).toBe(answer);
});

test("what is turned around twice is as it was", () => {
  for (const direction of DIRECTIONS) expect(reverse(reverse(direction))).toBe(direction);
});

test("the order makes no difference to what both allow", () => {
  for (const one of DIRECTIONS) {
    for (const other of DIRECTIONS) expect(intersect(one, other)).toBe(intersect(other, one));
  }
});
