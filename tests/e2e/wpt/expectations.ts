/** What is known to pass: a file of this folder for each browser, and what Firefox says of itself. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "./server.ts";
import type { Browser } from "./window.ts";

/** Of one file of tests. */
export interface Expectation {
  /** How many subtests pass at least. */
  readonly passes: number;
  /** The subtests that do not pass, or not always. */
  readonly fails: readonly string[];
}

export type Expectations = Readonly<Record<string, Expectation>>;

const HERE = fileURLToPath(new URL(".", import.meta.url));

export function expectationsOf(browser: Browser): Expectations {
  const file = join(HERE, `${browser}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Expectations) : {};
}

/** Keeps what passed; files that were not run stay as they were. */
export function remember(browser: Browser, reports: readonly Report[]): void {
  const fresh = Object.fromEntries(reports.map((report) => [nameOf(report), expect(report)]));
  const all = { ...expectationsOf(browser), ...fresh };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(HERE, `${browser}.json`), `${JSON.stringify(sorted, null, 2)}\n`);
}

export function nameOf({ file }: Report): string {
  return file.slice(1);
}

export function passing({ subtests }: Report): string[] {
  return subtests.filter(({ status }) => status === "PASS").map(({ name }) => name);
}

function expect(report: Report): Expectation {
  const failed = report.subtests.filter(({ status }) => status !== "PASS");
  return { passes: passing(report).length, fails: failed.map(({ name }) => name).sort() };
}

/** What does not pass although it did, and the other way round. */
export function compare(
  report: Report,
  known: Expectation,
): { readonly lost: string[]; readonly won: string[] } {
  const lost = report.subtests
    .filter(({ name, status }) => status !== "PASS" && !known.fails.includes(name))
    .map(({ name, status, message }) => `${name} (${status}: ${message ?? ""})`);
  const won = passing(report).filter((name) => known.fails.includes(name));
  const missing = known.passes - (passing(report).length - won.length) - lost.length;
  if (missing > 0) lost.push(`${missing} subtests that did not report (${report.status})`);
  return { lost, won };
}

/** The subtests of a file that Firefox does not pass, from the expectations beside its tests. */
function firefoxFails(folder: string, file: string): "all" | readonly string[] {
  const path = join(folder, "meta", `${file}.ini`);
  if (!existsSync(path)) return [];
  const [whole = "", ...subtests] = readFileSync(path, "utf8").split(/^ {2}(?=\[)/m);
  if (/^ {2}disabled: *\S/m.test(whole)) return "all";
  return subtests.flatMap((text) => {
    const name = /^\[((?:[^\]\\]|\\.)*)\]/.exec(text)?.[1]?.replaceAll(/\\(.)/g, "$1");
    const isFailing = /^ {4}expected: (?:FAIL|TIMEOUT|NOTRUN|PRECONDITION_FAILED)/m.test(text);
    return name !== undefined && isFailing ? [name] : [];
  });
}

/** Of a file: how many subtests Chromium and Firefox both pass, and whether one is of them. */
export function passedByBoth(
  folder: string,
  file: string,
  chromium: Expectation | undefined,
): { readonly count: number; readonly includes: (name: string) => boolean } {
  const fails = firefoxFails(folder, file);
  if (fails === "all" || !chromium) return { count: 0, includes: () => false };
  const firefoxOnly = fails.filter((name) => !chromium.fails.includes(name));
  return {
    count: chromium.passes - firefoxOnly.length,
    includes: (name) => !fails.includes(name) && !chromium.fails.includes(name),
  };
}
