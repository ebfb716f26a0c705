import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { built } from "../support/project.ts";
import { end } from "../support/server.ts";

/** What one direction carried; `tests/link` says what is what. */
export interface Carried {
  readonly offered: number;
  readonly delivered: number;
  readonly bytes: number;
  readonly lost: number;
  readonly blackedOut: number;
  readonly overflowed: number;
  readonly longestWaitMs: number;
}

/** A running `ringdove-link`. */
export class Link {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(process: ChildProcess, reader: Interface) {
    this.#process = process;
    this.#reader = reader;
    this.#lines = reader[Symbol.asyncIterator]();
  }

  static async open(ends: readonly string[], conditions: string, log: string): Promise<Link> {
    const file = openSync(log, "a");
    // It stands for a network, which does not wait for this machine's processors.
    const args = ["-n", "-15", built("ringdove-link"), ...ends, ...conditions.split(" ")];
    const process = spawn("nice", args, { stdio: ["pipe", "pipe", file] });
    closeSync(file);
    if (process.stdout === null) throw new Error("the link has no output");
    const link = new Link(process, createInterface({ input: process.stdout }));
    const first = await link.#line();
    if (first !== "ready") throw new Error(`the link does not start; ${log} tells why`);
    return link;
  }

  /** Gives it a line, as its documentation says. */
  order(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** What either end has sent since the start, and the longest wait since the last call. */
  async carried(): Promise<readonly [Carried, Carried]> {
    this.order("counters");
    return JSON.parse(await this.#line()) as [Carried, Carried];
  }

  async close(): Promise<void> {
    this.#process.stdin?.end();
    await end(this.#process, "SIGTERM");
    this.#reader.close();
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next();
    return next.done === true ? "" : next.value;
  }
}
