import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { percentile } from "../support/figures.ts";
import type { Progress } from "./call.ts";
import { ROW, type Row } from "./row.ts";

/** Prints at the end what came of each pairing. */
export default class Table implements Reporter {
  readonly #rows: Row[] = [];

  onTestEnd(_test: TestCase, result: TestResult): void {
    for (const { name, body } of result.attachments) {
      if (name === ROW && body) this.#rows.push(JSON.parse(body.toString()) as Row);
    }
  }

  onEnd(): void {
    const lines = this.#rows.map(({ caller, callee, calls }) => line(caller, callee, calls));
    const all = this.#rows.flatMap(({ calls }) => calls);
    console.log(`\n${HEAD}\n${[...lines, line("altogether", "", all)].join("\n")}\n`);
    for (const { caller, callee, calls } of this.#rows) {
      for (const end of ["caller", "callee"] as const) {
        const times = calls.map((call) => call[end]).filter((time) => time !== null);
        const [p50, p90] = [0.5, 0.9].map((share) => percentile(times, share).toFixed(0));
        console.log(
          `figure: ${caller} calls ${callee}, answer to ${end}'s first frame: ` +
            `p50 ${p50} ms, p90 ${p90} ms`,
        );
      }
    }
  }

  printsToStdio(): boolean {
    return false;
  }
}

const HEAD = row("caller", "callee", ["calls", "connected", "decoded", "hung up"]);

function line(caller: string, callee: string, calls: readonly Progress[]): string {
  const count = (what: "connected" | "decoded" | "parted"): string =>
    String(calls.filter((call) => call[what]).length);
  const counts = [String(calls.length), count("connected"), count("decoded"), count("parted")];
  return row(caller, callee, counts);
}

function row(caller: string, callee: string, columns: readonly string[]): string {
  const cells = columns.map((column) => column.padStart(11)).join("");
  return `${caller.padEnd(12)}${callee.padEnd(12)}${cells}`;
}
