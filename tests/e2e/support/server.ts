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
}

const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 5_000;

/** A real `ringdove-server` with a data folder of its own, which is gone after `stop`. */
export class Server {
  readonly #data: string;
  readonly #host: string;
  readonly #args: readonly string[];
  #process: ChildProcess;
  #port: number;

  private constructor(data: string, host: string, args: readonly string[], running: Running) {
    this.#data = data;
    this.#host = host;
    this.#args = args;
    this.#process = running.process;
    this.#port = running.port;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const data = mkdtempSync(join(tmpdir(), "ringdove-server-"));
    const { host = "127.0.0.1", port = 0, args = [] } = options;
    return new Server(data, host, args, await launch(data, host, port, args));
  }

  get port(): number {
    return this.#port;
  }

  /** The web client's address. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** The address for an app. */
  get socketUrl(): string {
    return `ws://127.0.0.1:${this.#port}/`;
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
    const running = await launch(this.#data, this.#host, this.#port, this.#args);
    this.#process = running.process;
  }

  async stop(): Promise<void> {
    await end(this.#process, "SIGTERM");
    rmSync(this.#data, { recursive: true, force: true });
  }
}

interface Running {
  readonly process: ChildProcess;
  readonly port: number;
}

async function launch(
  data: string,
  host: string,
  port: number,
  args: readonly string[],
): Promise<Running> {
  const binary = built("ringdove-server");
  if (!existsSync(binary)) {
    throw new Error(`${binary} is missing; \`cargo build -p ringdove-server\` makes it`);
  }
  const process = spawn(
    binary,
    ["--listen", `${host}:${port}`, "--database", join(data, "ringdove.db"), ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log: string[] = [];
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
        if (log.length < 200) log.push(line);
        const listening = /listening.*?\d\.\d+:(\d+)/.exec(line);
        if (listening?.[1] === undefined) return;
        clearTimeout(limit);
        process.removeAllListeners("exit");
        resolve({ process, port: Number(listening[1]) });
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
