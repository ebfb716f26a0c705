import { test as base, type Browser, chromium, expect, type Page } from "@playwright/test";
import { serveHarness } from "../../../ui/media-harness.config.ts";
import type { EndView } from "../../../ui/src/media/harness/end.ts";
import type { CallOptions } from "../../../ui/src/media/harness/pair.ts";
// For `window.harness`.
import type {} from "../../../ui/src/media/harness/index.ts";
import { executable } from "../support/chromium.ts";

const FAKE_DEVICES = "--use-fake-device-for-media-stream";

const ARGUMENTS = [
  "--allow-loopback-in-peer-connection",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-sandbox",
];

interface Fixtures {
  /** The harness, in a browser that lets it have a camera and a microphone. */
  readonly harness: Page;
  /** The harness, in a browser of its own. */
  readonly harnessWith: (options: { devices: string[]; granted: boolean }) => Promise<Page>;
}

interface WorkerFixtures {
  /** Where the harness is served. */
  readonly address: string;
  readonly chromiumWithDevices: Browser;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  address: [
    async ({}, use) => {
      const served = await serveHarness();
      await use(served.address);
      await served.close();
    },
    { scope: "worker" },
  ],
  chromiumWithDevices: [
    async ({}, use) => {
      const browser = await launch([FAKE_DEVICES]);
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  harness: async ({ chromiumWithDevices, address }, use) => {
    const page = await open(chromiumWithDevices, address, true);
    await use(page);
    await page.context().close();
  },
  harnessWith: async ({ address }, use) => {
    const browsers: Browser[] = [];
    await use(async ({ devices, granted }) => {
      const browser = await launch(devices);
      browsers.push(browser);
      return open(browser, address, granted);
    });
    for (const browser of browsers) await browser.close();
  },
});

export { expect };

/** What both ends look like now. */
export async function view(page: Page): Promise<Record<"caller" | "callee", EndView>> {
  return page.evaluate(() => window.harness.view());
}

/** Waits until both ends look so. */
export async function until(
  page: Page,
  holds: (ends: Record<"caller" | "callee", EndView>) => boolean,
  limit = 10_000,
): Promise<void> {
  await expect
    .poll(async () => holds(await view(page)), { timeout: limit, intervals: [50] })
    .toBe(true);
}

/** Waits until both ends have decoded more pictures than now, and received more sound. */
export async function mediaGoesOn(page: Page, wanted = { video: true }): Promise<void> {
  const before = await view(page);
  await until(page, ({ caller, callee }) =>
    [
      [caller, before.caller],
      [callee, before.callee],
    ].every(([now, then]) => {
      if (!now || !then) return false;
      return now.packets > then.packets + 5 && (!wanted.video || now.frames > then.frames + 5);
    }),
  );
}

/** Starts a call and waits until it is connected. */
export async function call(page: Page, options: CallOptions = {}): Promise<void> {
  await page.evaluate((given) => {
    window.harness.call(given);
  }, options);
  await until(page, ({ caller, callee }) =>
    [caller, callee].every((end) => end.connection === "connected"),
  );
}

async function launch(devices: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: [...ARGUMENTS, ...devices] });
}

async function open(browser: Browser, address: string, granted: boolean): Promise<Page> {
  const permissions = granted ? ["camera", "microphone"] : [];
  const context = await browser.newContext({ permissions });
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => "harness" in window);
  return page;
}
