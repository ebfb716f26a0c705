import { expect, test, view } from "./fixtures.ts";

const CALLS = 20;

test(`the first picture comes, ${CALLS} times each`, async ({ harness }) => {
  for (const deviceDelay of [0, 500]) {
    const times: { shown: number; reported: number; connected: number }[] = [];
    await harness.evaluate((delay) => {
      window.harness.fault({ delay });
    }, deviceDelay);
    for (let call = 0; call < CALLS; call += 1) {
      await harness.evaluate(() => {
        window.harness.call();
      });
      await expect
        .poll(
          async () => {
            const ends = Object.values(await view(harness));
            return ends.every((end) => end.shownAfter !== null && end.firstFrameAfter !== null);
          },
          { intervals: [50] },
        )
        .toBe(true);
      const { caller, callee } = await view(harness);
      for (const end of [caller, callee]) {
        times.push({
          shown: end.shownAfter ?? NaN,
          reported: end.firstFrameAfter ?? NaN,
          connected: end.after["connected"] ?? NaN,
        });
      }
    }
    for (const what of ["connected", "shown", "reported"] as const) {
      const sorted = times.map((time) => time[what]).toSorted((a, b) => a - b);
      console.log(
        `devices ${deviceDelay} ms late, ${what}: median ${sorted[CALLS]?.toFixed(0)} ms, ` +
          `slowest ${sorted.at(-1)?.toFixed(0)} ms`,
      );
    }
  }
});
