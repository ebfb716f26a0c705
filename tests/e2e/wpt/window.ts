/** A window that shows one file of tests after the other, and is started anew where it got stuck. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Process } from "../app/processes.ts";
import { executable } from "../support/chromium.ts";
import { built } from "../support/project.ts";
import { type Report, TestServer } from "./server.ts";

export type Browser = "app" | "chromium";

/** Beyond the time that the harness gives itself. */
const GRACE_MS = 10_000;
const NORMAL_MS = 20_000;
const LONG_MS = 60_000;

export class TestWindow {
  readonly #browser: Browser;
  readonly #server: TestServer;
  readonly #env: NodeJS.ProcessEnv;
  readonly #log: string;
  readonly #profile = mkdtempSync(join(tmpdir(), "ringdove-wpt-"));
  #process: Process | null = null;

  constructor(browser: Browser, server: TestServer, env: NodeJS.ProcessEnv, log: string) {
    this.#browser = browser;
    this.#server = server;
    // What the app remembers of a page goes with the profile.
    this.#env = { ...env, XDG_DATA_HOME: this.#profile };
    this.#log = log;
  }

  /**
   * Shows a file and gives what it reported, or that nothing came. What the pages before have left
   * in the webview can be the reason for that: the file gets a fresh window then.
   */
  async run(file: string, isLong: boolean): Promise<Report> {
    const wasUsed = this.#process !== null;
    const report = await this.#show(file, isLong);
    return wasUsed && report.subtests.length === 0 ? this.#show(file, isLong) : report;
  }

  async #show(file: string, isLong: boolean): Promise<Report> {
    const report = this.#server.report(file);
    // Chromium counts the connections of all pages that one process has shown, and refuses more.
    const isReusable = this.#browser === "app" && this.#process?.running === true;
    if (!isReusable || !this.#server.send(file)) {
      await this.#stop();
      this.#process = this.#start(this.#server.url(file));
    }
    const limit = new AbortController();
    const patience = new Promise<null>((resolve) => {
      const timer = setTimeout(resolve, (isLong ? LONG_MS : NORMAL_MS) + GRACE_MS, null);
      limit.signal.addEventListener("abort", () => {
        clearTimeout(timer);
      });
    });
    const outcome = await Promise.race([report, patience]);
    limit.abort();
    if (outcome) return outcome;
    const status = this.#process?.running === true ? "HUNG" : "CRASH";
    await this.#stop();
    return { file: `/${file}`, status, message: null, subtests: [] };
  }

  async close(): Promise<void> {
    await this.#stop();
    this.#server.close();
    // Its processes may still be writing for a moment.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #start(url: string): Process {
    switch (this.#browser) {
      case "app":
        return new Process(
          built("peer-connection-example"),
          [url, "--test-devices"],
          this.#env,
          this.#log,
        );
      case "chromium": {
        const folder = join(this.#profile, "chromium");
        mkdirSync(folder, { recursive: true });
        const options = [...CHROMIUM, `--user-data-dir=${folder}`];
        return new Process(executable(), [...options, url], this.#env, this.#log);
      }
    }
  }

  async #stop(): Promise<void> {
    this.#server.forget();
    await this.#process?.stop();
    this.#process = null;
  }
}

const CHROMIUM = [
  "--headless=new",
  "--no-sandbox",
  "--no-first-run",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
];
