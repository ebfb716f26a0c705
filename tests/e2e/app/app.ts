import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countReceived, type Received, rememberPeers } from "../support/peers.ts";
import { built } from "../support/project.ts";
import type { Desktop } from "./desktop.ts";
import { freePort, Process } from "./processes.ts";
import { until } from "./until.ts";
import { Session } from "./webdriver.ts";

/** Where an app runs, if not beside the test. */
export interface Place {
  /** Runs the program and arguments that follow there. */
  readonly prefix: readonly [string, ...string[]];
  /** The address there that the test reaches the driver at. */
  readonly address: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The real app of one person, with a data folder of its own. */
export class App {
  readonly name: string;
  readonly session: Session;
  readonly #pidFile: string;

  private constructor(name: string, session: Session, pidFile: string) {
    this.name = name;
    this.session = session;
    this.#pidFile = pidFile;
  }

  /** `folder` keeps what the app remembers; the same folder again is the same device. */
  static async start(
    desktop: Desktop,
    name: string,
    folder: string,
    args: readonly string[],
    place?: Place,
  ): Promise<App> {
    mkdirSync(folder, { recursive: true });
    const pidFile = join(folder, "pid");
    const log = join(desktop.results, `${name}.log`);
    // The driver throws away what the app prints, and does not tell its process id.
    const binary = join(folder, "start.sh");
    const command = `exec '${built("ringdove")}' "$@" 2>>'${log}'`;
    writeFileSync(binary, `#!/bin/sh\necho $$ >'${pidFile}'\n${command}\n`, { mode: 0o755 });
    const env = {
      ...desktop.env,
      TAURI_WEBVIEW_AUTOMATION: "true",
      RINGDOVE_LOG: "debug",
      ...place?.env,
    };
    const port = await freePort();
    const host = place?.address ?? "127.0.0.1";
    const [program, ...rest] = [
      ...(place?.prefix ?? []),
      "WebKitWebDriver",
      `--host=${host}`,
      `--port=${port}`,
    ] as [string, ...string[]];
    const driver = new Process(program, rest, env, log);
    const all = ["--data-dir", join(folder, "data"), ...args];
    const session = await Session.open(driver, `http://${host}:${port}`, binary, all);
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

  async signIn(): Promise<void> {
    await this.session.fill("Your name", this.name);
    await this.session.press("Sign in");
    await this.session.untilText(/Online/);
  }

  async call(name: string): Promise<void> {
    await this.session.press(`Call ${name} with video`);
  }

  /** Presses Answer in the window that says who is calling. */
  async answer(from: string): Promise<void> {
    await this.session.window("prompt.html");
    await this.session.untilText(new RegExp(`${from} is calling`));
    await this.session.press("Answer");
    await this.session.window("index.html");
  }

  async hangUp(): Promise<void> {
    await this.session.press("Hang up");
  }

  async received(): Promise<Received> {
    return (await this.session.run(countReceived)) as Received;
  }

  /** When the latest call reached a stage, in milliseconds since 1970. */
  async reached(stage: string, since: number, deadlineMs?: number): Promise<number> {
    const script = `return performance.getEntriesByName(${JSON.stringify(`ringdove:${stage}`)})
      .map((mark) => performance.timeOrigin + mark.startTime).find((at) => at >= ${since})`;
    return until(
      `${this.name} reaches ${stage}`,
      async () => {
        const at = await this.session.execute(script);
        return typeof at === "number" ? at : undefined;
      },
      deadlineMs,
    );
  }

  /** Takes the person back to where a call can be made. */
  async dismiss(): Promise<void> {
    await this.session.press("Close");
    await until("the ended call is out of sight", async () => {
      return (await this.session.find("button", "Close")) === undefined;
    });
  }
}
