import { expect, test } from "vitest";
import { Pace } from "./pace";

/** How many of a second's pictures are taken. */
function taken(source: number, wanted: number, jitter = 0): number {
  const pace = new Pace();
  pace.setPeriod(1000 / wanted);
  let count = 0;
  for (let picture = 0; picture < source * 10; picture++) {
    const late = picture % 3 === 0 ? jitter : 0;
    count += pace.admits((picture * 1000) / source + late) ? 1 : 0;
  }
  return count / 10;
}

test("all are taken where as many are wanted, evenly or not", () => {
  expect(taken(30, 30)).toBe(30);
  expect(taken(30, 30, 7)).toBe(30);
  expect(taken(15, 30)).toBe(15);
});

test("of more, so many are taken as are wanted", () => {
  expect(taken(30, 20)).toBeCloseTo(20, 0);
  expect(taken(60, 30)).toBeCloseTo(30, 0);
  expect(taken(30, 10, 5)).toBeCloseTo(10, 0);
});

test("after a pause there is nothing to be made up for", () => {
  const pace = new Pace();
  pace.setPeriod(100);
  expect([0, 5000, 5010, 5100].map((now) => pace.admits(now))).toEqual([true, true, false, true]);
});

test("a restart takes the next picture", () => {
  const pace = new Pace();
  pace.setPeriod(100);
  expect(pace.admits(0)).toBe(true);
  pace.restart();
  expect(pace.admits(1)).toBe(true);
});
