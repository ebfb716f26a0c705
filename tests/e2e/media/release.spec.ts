import { figure } from "../support/figures.ts";
import { heap } from "../support/memory.ts";
import { call, expect, test, until, view } from "./fixtures.ts";

test("a stop releases everything", async ({ harness }) => {
  for (const hangUp of [undefined, "caller", "callee"] as const) {
    await call(harness);
    await until(harness, (ends) => Object.values(ends).every(({ channelOpen }) => channelOpen));
    const took = await harness.evaluate((name) => window.harness.stop(name), hangUp);
    figure(`stop of ${hangUp ?? "both"}, devices off`, took.tracks, 500);
    figure(`stop of ${hangUp ?? "both"}, connections closed`, took.connections, 500);
    const { caller, callee } = await view(harness);
    for (const end of [caller, callee]) {
      expect(end.open).toEqual({ audio: false, video: false });
      expect(end.local).toEqual([]);
      expect(end.remote).toBeNull();
    }
  }
});

test("whoever hangs up does not wait for an end that is gone", async ({ harness }) => {
  await call(harness);
  await until(harness, (ends) => Object.values(ends).every(({ channelOpen }) => channelOpen));
  const took = await harness.evaluate(() => window.harness.hangUpAndStop("caller"));
  figure("hang-up to an end that is gone, connection closed", took, 500);
});

for (const end of ["caller", "callee"] as const) {
  test(`a stop at any report of the ${end} leaves nothing behind`, async ({ harness }) => {
    // How many reports a call makes differs: addresses are found, or not, before the first frame.
    for (let report = 1; ; report += 1) {
      await harness.evaluate(
        ([name, nth]) => {
          window.harness.call({ stopAt: { end: name, report: nth }, delay: [0, 5] });
        },
        [end, report] as const,
      );
      const stoppedOrOver = (events: readonly string[]): boolean =>
        events.length >= report || events.includes("firstFrame");
      await until(harness, (ends) => stoppedOrOver(ends[end].events));
      const { events } = (await view(harness))[end];
      if (events.includes("firstFrame")) {
        expect(report, "there was something to stop").toBeGreaterThan(5);
        return;
      }
      await expectQuiet(harness);
      // The engine is fit for another call, and nothing comes after the stop.
      expect((await view(harness))[end].events.length).toBe(report);
    }
  });
}

test("a stop at any moment of the start leaves nothing behind", async ({ harness }) => {
  await harness.evaluate(() => {
    window.harness.fault({ delay: 60 });
  });
  for (const wait of [0, 0, 20, 40, 60, 80, 100, 120, 150, 180, 220]) {
    await harness.evaluate(async (milliseconds) => {
      window.harness.call();
      if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await window.harness.stop();
    }, wait);
    // The devices that were being opened come, and are closed, later.
    await harness.waitForTimeout(200);
    await expectQuiet(harness);
    expect((await view(harness)).caller.events).not.toContain("failed");
  }
});

test("a hundred calls leave the memory flat", async ({ harness }) => {
  test.setTimeout(240_000);
  const before: number[] = [];
  for (let index = 1; index <= 100; index += 1) {
    await call(harness);
    await harness.evaluate(() => window.harness.stop("caller"));
    if (index === 20 || index === 100) {
      await harness.evaluate(() => {
        window.harness.dispose();
      });
      before.push(await heap(harness));
    }
  }
  const [warm = 0, end = 0] = before;
  // MiB; 80 calls that each left a mere 10 KiB would show.
  expect(end - warm).toBeLessThan(0.8);
  await expectQuiet(harness);
});

async function expectQuiet(harness: Parameters<typeof view>[0]): Promise<void> {
  await expect
    .poll(
      () =>
        harness.evaluate(() => ({
          tracks: window.harness.liveTracks.length,
          connections: window.harness.openConnections,
        })),
      { timeout: 1_000, intervals: [20] },
    )
    .toEqual({ tracks: 0, connections: 0 });
}
