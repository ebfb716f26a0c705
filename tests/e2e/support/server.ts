import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { built } from "./project.ts";

/** How a server is started. */
export interface ServerOptions {
  /** Where it listens; everywhere with 0.0.0.0. */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port?: number;
  /** More arguments of `ringdove-server`. */
  readonly args?: readonly string[];
  /** A folder for its data that outlives `stop`. */
  readonly data?: string;
  /** Of the environment what is this server's alone. */
  readonly env?: NodeJS.ProcessEnv;
}

const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 5_000;
const LOG_LINES = 200;

/** A real `ringdove-server` with a data folder of its own, which is gone after `stop`. */
export class Server {
  /** The newest lines that it has printed, 200 at most. */
  readonly log: string[];
  readonly #options: Required<ServerOptions>;
  readonly #keepsData: boolean;
  #process: ChildProcess;

  private constructor(options: Required<ServerOptions>, keepsData: boolean, running: Running) {
    this.log = running.log;
    this.#options = { ...options, port: running.port };
    this.#keepsData = keepsData;
    this.#process = running.process;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), "ringdove-server-"));
    const all = { host: "127.0.0.1", port: 0, args: [], env: {}, ...options, data };
    return new Server(all, options.data !== undefined, await launch(all, []));
  }

  get port(): number {
    return this.#options.port;
  }

  /** The web client's address. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** The address for an app. */
  get socketUrl(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error("the server is not running");
    return this.#process.pid;
  }

  /** Ends the process at once, as a power cut would. */
  async kill(): Promise<void> {
    await end(this.#process, "SIGKILL");
  }

  /** Starts it anew after `kill`: same port, same data. Resolves when it listens. */
  async restart(): Promise<void> {
    this.#process = (await launch(this.#options, this.log)).process;
  }

  async stop(): Promise<void> {
    await end(this.#process, "SIGTERM");
    if (!this.#keepsData) rmSync(this.#options.data, { recursive: true, force: true });
  }
}

interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly log: string[];
}

async function launch(
  { data, host, port, args, env }: Required<ServerOptions>,
  log: string[],
): Promise<Running> {
  const binary = built("ringdove-server");
  if (!existsSync(binary)) {
    throw new Error(`${binary} is missing; \`cargo build -p ringdove-server\` makes it`);
  }
  const process = spawn(
    binary,
    ["--listen", `${host}:${port}`, "--database", join(data, "ringdove.db"), ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...globalThis.process.env, ...env } },
  );
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      process.kill("SIGKILL");
      reject(new Error(`the server ${why}; its log:\n${log.join("\n")}`));
    };
    const limit = setTimeout(() => {
      fail("did not listen in time");
    }, START_LIMIT_MS);
    process.once("exit", () => {
      clearTimeout(limit);
      fail("ended");
    });
    process.once("error", (error) => {
      fail(error.message);
    });
    for (const stream of [process.stdout, process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        log.push(line);
        if (log.length > LOG_LINES) log.shift();
        const listening = /listening.*?\d\.\d+:(\d+)/.exec(line);
        if (listening?.[1] === undefined) return;
        clearTimeout(limit);
        process.removeAllListeners("exit");
        resolve({ process, port: Number(listening[1]), log });
      });
    }
  });
}

/** Asks a process to end, makes it end if it does not, and waits until it has. */
export async function end(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = new Promise<void>((resolve) =>
    process.once("exit", () => {
      resolve();
    }),
  );
  process.kill(signal);
  const force = setTimeout(() => process.kill("SIGKILL"), STOP_LIMIT_MS);
  await gone;
  clearTimeout(force);
}
