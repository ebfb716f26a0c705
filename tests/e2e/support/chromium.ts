import { existsSync, readdirSync } from "node:fs";
import { type Browser, chromium, type LaunchOptions } from "@playwright/test";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where this machine's Chromium is; `RINGDOVE_CHROMIUM` names another one. */
export function executable(): string {
  const found = [process.env["RINGDOVE_CHROMIUM"], ...PLACES].find(
    (place) => place !== undefined && existsSync(place),
  );
  if (found === undefined) throw new Error("no Chromium found; RINGDOVE_CHROMIUM can name one");
  return found;
}

/** How Chromium is started. */
export interface ChromiumOptions {
  readonly headless: boolean;
  /** A moving test picture with beeps in place of camera and microphone. */
  readonly fakeDevices?: boolean;
  /** Of the test picture; 20 if nothing is said. */
  readonly framesPerSecond?: number;
  /** The environment, if it is not the test's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** A script that starts the browser somewhere else, in place of `executable()`. */
  readonly script?: string;
  /** An `http:` origin whose pages may have camera and microphone all the same. */
  readonly trusted?: string;
}

export function launchOptions(options: ChromiumOptions): LaunchOptions {
  const args = [
    // Both ends of a call are on this machine, which may have no other network address.
    "--allow-loopback-in-peer-connection",
  ];
  if (options.fakeDevices ?? true) {
    const { framesPerSecond: rate } = options;
    const devices = rate === undefined ? "" : `=fps=${rate}`;
    args.push(`--use-fake-device-for-media-stream${devices}`);
  }
  const { headless, env, script, trusted } = options;
  if (trusted !== undefined) args.push(`--unsafely-treat-insecure-origin-as-secure=${trusted}`);
  return { executablePath: script ?? executable(), headless, args, ...(env && { env }) };
}

export async function launch(options: ChromiumOptions): Promise<Browser> {
  return chromium.launch(launchOptions(options));
}

/** All processes of a browser. */
export async function processes(browser: Browser): Promise<number[]> {
  return (await processInfo(browser)).map((process) => process.id);
}

/** The process of a browser that started all its others. */
export async function mainProcess(browser: Browser): Promise<number> {
  const main = (await processInfo(browser)).find(({ type }) => type === "browser");
  if (main === undefined) throw new Error("the browser does not tell its own process");
  return main.id;
}

async function processInfo(browser: Browser): Promise<{ type: string; id: number }[]> {
  const session = await browser.newBrowserCDPSession();
  try {
    return (await session.send("SystemInfo.getProcessInfo")).processInfo;
  } finally {
    await session.detach();
  }
}

/** Whether this machine has a camera and a microphone; taken for granted where one cannot look. */
export function hasDevices(): boolean {
  if (process.platform !== "linux") return true;
  const video = readdirSync("/dev").some((name) => name.startsWith("video"));
  const sound =
    existsSync("/dev/snd") && readdirSync("/dev/snd").some((name) => name.endsWith("c"));
  return video && sound;
}
