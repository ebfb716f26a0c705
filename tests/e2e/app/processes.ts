import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A program that a test has started, and ends. */
export class Process {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  /** What the program prints goes to `log`. */
  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv, log: string) {
    const file = openSync(log, "a");
    this.#child = spawn(program, args, { env, stdio: ["ignore", file, file] });
    closeSync(file);
    this.#gone = new Promise((resolve, reject) => {
      this.#child.once("exit", () => {
        resolve();
      });
      this.#child.once("error", reject);
    });
    this.#gone.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) {
      throw new Error(`${this.#child.spawnfile} did not start`);
    }
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Asks it to end, and makes it end if it does not. */
  async stop(patienceMs = 5000): Promise<void> {
    if (!this.running) {
      return;
    }
    this.#child.kill("SIGTERM");
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    await this.#gone;
    clearTimeout(impatience);
  }
}

/** Runs a program to its end and gives what it printed. */
export async function output(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeout = 15_000,
): Promise<string> {
  const { stdout } = await execute(program, args, { env, timeout });
  return stdout.trim();
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") {
    throw new Error("a listening socket has no port");
  }
  return address.port;
}
