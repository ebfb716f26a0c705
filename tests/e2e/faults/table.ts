import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { LINE, type Promised } from "./line.ts";

interface Row {
  readonly name: string;
  readonly promises: readonly Promised[];
  readonly verdict: "pass" | "fail" | "not run";
  /** Why a test was left out, or what ended it before all was measured. */
  readonly remark: string;
}

/** Prints at the end one line for each fault. */
export default class Table implements Reporter {
  readonly #rows = new Map<string, Row>();

  onTestEnd(test: TestCase, result: TestResult): void {
    const attached = result.attachments.find(({ name }) => name === LINE)?.body;
    const promises = attached ? (JSON.parse(attached.toString()) as Promised[]) : [];
    const verdict = VERDICTS[result.status];
    const left = test.annotations.find(({ type }) => type === "skip")?.description ?? "";
    // Broken promises are errors too, but stand in the line already.
    const broken = promises.filter(({ kept }) => !kept).length;
    const ended = result.errors.length > broken ? result.errors.at(-1)?.message : undefined;
    const remark = verdict === "not run" ? left : firstLine(ended ?? "");
    this.#rows.set(test.title, { name: test.title, promises, verdict, remark });
  }

  onEnd(): void {
    const rows = [...this.#rows.values()].toSorted((a, b) => number(a) - number(b));
    const lines = rows.map(({ name, promises, verdict, remark }) => {
      const told = promises.map(({ promise }) => promise).join("; ");
      const measured = promises.map((it) => `${it.measured}${it.kept ? "" : " !"}`).join("; ");
      return [name, told, [measured, remark].filter((it) => it !== "").join(" - "), verdict];
    });
    console.log(`\n${HEAD.join(" | ")}`);
    for (const line of lines) console.log(line.join(" | "));
    const count = (verdict: Row["verdict"]): number =>
      rows.filter((row) => row.verdict === verdict).length;
    console.log(`\n${count("pass")} pass, ${count("fail")} fail, ${count("not run")} not run\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}

const HEAD = ["fault", "promised", "measured", "verdict"];

const VERDICTS = {
  passed: "pass",
  failed: "fail",
  timedOut: "fail",
  interrupted: "fail",
  skipped: "not run",
} as const satisfies Record<TestResult["status"], Row["verdict"]>;

/** F2 comes before F13. */
function number({ name }: Row): number {
  return Number(/^F(\d+)/.exec(name)?.[1] ?? Infinity);
}

function firstLine(message: string): string {
  // Playwright's messages are coloured.
  return (message.split("\n")[0] ?? "").replaceAll(COLOUR, "");
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
