import type { Page } from "@playwright/test";

/** A stage of a call, as the page marked it (User Timing). */
export interface Mark {
  /** A call phase, or `firstFrame`. */
  readonly stage: string;
  /** Milliseconds since 1970, so that the marks of two pages can be compared. */
  readonly at: number;
}

export async function marks(page: Page): Promise<Mark[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType("mark")
      .filter((mark) => mark.name.startsWith("ringdove:"))
      .map((mark) => ({
        stage: mark.name.slice("ringdove:".length),
        at: performance.timeOrigin + mark.startTime,
      })),
  );
}

/** When the latest call reached a stage. Waits for it, up to `limit` milliseconds. */
export async function reached(
  page: Page,
  stage: string,
  since: number,
  limit = 10_000,
): Promise<number> {
  const found = await page.waitForFunction(
    ([name, from]) => {
      const at = performance
        .getEntriesByName(name)
        .map((mark) => performance.timeOrigin + mark.startTime)
        .find((time) => time >= from);
      return at ?? false;
    },
    [`ringdove:${stage}`, since] as const,
    { timeout: limit, polling: 20 },
  );
  return Number(await found.jsonValue());
}
