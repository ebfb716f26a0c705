import { expect, test } from "vitest";
import { Faults } from "./faults";
import { FLAG_GAP, FLAG_KEY, KeyFrameGate } from "./keyFrameGate";

test("nothing passes before the first key frame", () => {
  const { gate, requests } = counted();
  expect(gate.admits(0, 0)).toBe(false);
  expect(requests()).toBe(1);
  expect(gate.admits(FLAG_KEY, 10)).toBe(true);
  expect(gate.admits(0, 20)).toBe(true);
  expect(requests()).toBe(1);
});

test("after a gap, deltas wait for a key frame", () => {
  const { gate, requests } = counted();
  gate.admits(FLAG_KEY, 0);
  expect(gate.admits(FLAG_GAP, 1000)).toBe(false);
  expect(gate.admits(0, 1033)).toBe(false);
  expect(requests()).toBe(1);
  expect(gate.admits(FLAG_KEY | FLAG_GAP, 1066)).toBe(true);
  expect(gate.admits(0, 1100)).toBe(true);
});

test("key frames are asked for at most every 500 ms", () => {
  const { gate, requests } = counted();
  for (let now = 0; now < 2000; now += 33) {
    gate.admits(0, now);
    gate.broken(now);
  }
  expect(requests()).toBe(4);
});

test("a failed decoder needs a key frame", () => {
  const { gate, requests } = counted();
  gate.admits(FLAG_KEY, 0);
  gate.broken(700);
  expect(gate.waiting).toBe(true);
  expect(gate.admits(0, 733)).toBe(false);
  expect(requests()).toBe(1);
});

test("three faults in five seconds are allowed, the fourth is not", () => {
  const faults = new Faults();
  expect([0, 1000, 2000, 4999].map((now) => faults.add(now))).toEqual([false, false, false, true]);
  faults.clear();
  expect([0, 2000, 4000, 6000, 8000].some((now) => faults.add(now))).toBe(false);
});

function counted(): { gate: KeyFrameGate; requests: () => number } {
  let count = 0;
  const gate = new KeyFrameGate(() => {
    count += 1;
  });
  return { gate, requests: () => count };
}
