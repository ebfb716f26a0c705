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
}

export function launchOptions(options: ChromiumOptions): LaunchOptions {
  const args = [
    // Both ends of a call are on this machine, which may have no other network address.
    "--allow-loopback-in-peer-connection",
  ];
  if (options.fakeDevices ?? true) args.push("--use-fake-device-for-media-stream");
  return { executablePath: executable(), headless: options.headless, args };
}

export async function launch(options: ChromiumOptions): Promise<Browser> {
  return chromium.launch(launchOptions(options));
}

/** Whether this machine has a camera and a microphone; taken for granted where one cannot look. */
export function hasDevices(): boolean {
  if (process.platform !== "linux") return true;
  const video = readdirSync("/dev").some((name) => name.startsWith("video"));
  const sound =
    existsSync("/dev/snd") && readdirSync("/dev/snd").some((name) => name.endsWith("c"));
  return video && sound;
}
