import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DrivenPerson } from "../support/drivenPerson.ts";
import { rememberPeers } from "../support/peers.ts";
import { built } from "../support/project.ts";
import type { Desktop } from "./desktop.ts";
import { freePort, Process } from "./processes.ts";
import { Session } from "./webdriver.ts";

/** Where an app runs, if not simply beside the test. */
export interface Place {
  /** Runs the program and arguments that follow there. */
  readonly prefix?: readonly string[];
  /** The address there that the test reaches the driver at. */
  readonly address?: string;
  /** Of the environment what is this person's alone. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The real app of one person, with a data folder of its own. */
export class App extends DrivenPerson<Session> {
  readonly #pidFile: string;

  private constructor(name: string, session: Session, pidFile: string) {
    super(name, session);
    this.#pidFile = pidFile;
  }

  /**
   * `folder` keeps what the app remembers; the same folder again is the same device.
   */
  static async start(
    desktop: Desktop,
    name: string,
    folder: string,
    args: readonly string[],
    { prefix = [], address = "127.0.0.1", env: own = {} }: Place = {},
  ): Promise<App> {
    mkdirSync(folder, { recursive: true });
    const pidFile = join(folder, "pid");
    const log = join(desktop.results, `${name}.log`);
    // The driver throws away what the app prints, and does not tell its process id.
    const binary = join(folder, "start.sh");
    const start = `exec '${built("ringdove")}' "$@" 2>>'${log}'`;
    writeFileSync(binary, `#!/bin/sh\necho $$ >'${pidFile}'\n${start}\n`, { mode: 0o755 });
    const env = {
      ...desktop.env,
      ...own,
      TAURI_WEBVIEW_AUTOMATION: "true",
      RINGDOVE_LOG: process.env["RINGDOVE_LOG"] ?? "debug",
    };
    const port = await freePort();
    const command = [...prefix, "WebKitWebDriver", `--host=${address}`, `--port=${port}`];
    const driver = new Process("env", command, env, log);
    const all = ["--data-dir", join(folder, "data"), ...args];
    const session = await Session.open(driver, `http://${address}:${port}`, binary, all);
    await session.window("index.html");
    await session.run(rememberPeers);
    return new App(name, session, pidFile);
  }

  get pid(): number {
    return Number(readFileSync(this.#pidFile, "utf8"));
  }

  get running(): boolean {
    try {
      return process.kill(this.pid, 0);
    } catch {
      return false;
    }
  }

  /** Presses Answer in the window that says who is calling. */
  override async answer(from: string): Promise<void> {
    await this.session.window("prompt.html");
    await super.answer(from);
    await this.session.window("index.html");
  }
}
