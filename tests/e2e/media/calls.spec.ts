import type { Page } from "@playwright/test";
import { expect, test, view } from "./fixtures.ts";

const AUDIO = { audio: true, video: false };

test("sound and picture go both ways", async ({ harness }) => {
  await harness.evaluate(() => window.harness.call());
  await framesGrow(harness);
  const ends = await view(harness);
  for (const end of [ends.caller, ends.callee]) {
    expect(end.connection).toBe("connected");
    expect(end.open).toEqual({ audio: true, video: true });
    expect(end.sending).toEqual({ audio: true, video: true });
    expect(end.problem).toEqual({ audio: null, video: null });
    expect(end.local.toSorted()).toEqual(["audio", "video"]);
    expect(end.remote?.toSorted()).toEqual(["audio", "video"]);
    expect(end.events.filter((event) => event === "connected")).toHaveLength(1);
    expect(end.events.filter((event) => event === "firstFrame")).toHaveLength(1);
    expect(end.packets).toBeGreaterThan(0);
  }
  expect(ends.caller.events.filter((event) => event === "offer")).toHaveLength(1);
  expect(ends.callee.events.filter((event) => event === "answer")).toHaveLength(1);
});

/** Both ends go on decoding pictures. */
async function framesGrow(page: Page): Promise<void> {
  const { caller, callee } = await view(page);
  await expect
    .poll(async () => {
      const now = await view(page);
      return now.caller.frames > caller.frames + 5 && now.callee.frames > callee.frames + 5;
    })
    .toBe(true);
}
