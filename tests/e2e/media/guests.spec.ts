import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

for (const guest of ["text", "companion"] as const) {
  for (const caller of ["engine", "guest"] as const) {
    test(`a ${guest} guest, called by the ${caller}, sees and hears, and is seen and heard`, async ({
      harness,
    }) => {
      for (const seed of [1, 2, 3]) {
        await harness.evaluate(
          (options) => {
            window.harness.callGuest(options);
          },
          { guest, caller, seed, delay: [0, 60] } as const,
        );
        await untilGuest(harness, ({ end, guest }) => {
          const both = end.frames > 5 && guest.frames > 5;
          return both && end.pictureWidth > 0 && end.packets > 5 && guest.packets > 5;
        });
        const seen = await viewGuest(harness);
        expect(seen.guest.playedSeconds).toBeGreaterThan(0);
        expect(seen.guest.shown.toSorted()).toEqual(["audio", "video"]);
        expect(seen.end.remote?.toSorted()).toEqual(["audio", "video"]);
        expect(seen.end.events).toContain("firstFrame");
        expect(seen.guest.errors).toEqual([]);
        expect(seen.connections).toBe(1);
      }
    });

    test(`a ${guest} guest, called by the ${caller}, hears an end without a camera`, async ({
      harness,
    }) => {
      // Not wanted, or wanted but in use, which shows only after an offer has come.
      for (const video of [false, true]) {
        await harness.evaluate(
          (options) => {
            window.harness.fault({ delay: 100, fail: { video: "NotReadableError" } });
            window.harness.callGuest(options);
          },
          { guest, caller, media: { audio: true, video } },
        );
        await untilGuest(harness, ({ end, guest }) => end.frames > 5 && guest.packets > 5);
        await untilGuest(harness, ({ guest }) => guest.playedSeconds > 0);
        const seen = await viewGuest(harness);
        expect(seen.guest.errors).toEqual([]);
        expect(seen.connections).toBe(1);
      }
    });
  }
}

type Views = Awaited<ReturnType<typeof viewGuest>>;

async function viewGuest(page: Page) {
  return page.evaluate(() => window.harness.viewGuest());
}

async function untilGuest(page: Page, holds: (views: Views) => boolean): Promise<void> {
  await expect.poll(async () => holds(await viewGuest(page)), { intervals: [50] }).toBe(true);
}
