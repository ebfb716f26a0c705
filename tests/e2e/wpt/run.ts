/**
 * Runs Web Platform Tests in the example app of the plugin:
 * `npm run wpt -w @ringdove/e2e -- [--browser chromium] [--windows 2] [--update] [part of a name …]`
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Desktop } from "../app/desktop.ts";
import { ROOT } from "../support/project.ts";
import {
  compare,
  expectationsOf,
  nameOf,
  passedByBoth,
  passing,
  remember,
} from "./expectations.ts";
import { type Report, TestServer } from "./server.ts";
import { testsOf } from "./source.ts";
import suite from "./suite.json" with { type: "json" };
import { type Browser, TestWindow } from "./window.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** `app` or `chromium`. */
    browser: { type: "string", default: "app" },
    /** How many windows run tests at the same time. */
    windows: { type: "string", default: "2" },
    /** Keeps what passes as what is expected. */
    update: { type: "boolean", default: false },
    /** Runs the plugin's script as Vite last built it, in place of the one in the app. */
    script: { type: "boolean", default: false },
    /** Shows why subtests fail. */
    verbose: { type: "boolean", default: false },
  },
});
const browser: Browser = options.browser === "chromium" ? "chromium" : "app";

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  const folder = await testsOf(suite.version);
  const results = join(ROOT, "tests", "e2e", "results", `wpt-${browser}`);
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const reports = await runAll(folder, results);
  reports.sort((one, other) => (one.file < other.file ? -1 : 1));
  writeFileSync(join(results, "reports.json"), JSON.stringify(reports, null, 1));
  if (options.update) remember(browser, reports);
  return summarise(folder, reports);
}

async function runAll(folder: string, results: string): Promise<Report[]> {
  const wanted = positionals;
  const waiting = suite.files
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .map((file) => ({ file, isLong: isLong(folder, file) }))
    // Those that may take long come first, so that no window is left with one at the end.
    .sort((one, other) => Number(other.isLong) - Number(one.isLong));
  const script = options.script ? scriptInPlace() : null;
  const desktop = await Desktop.open(results);
  const reports: Report[] = [];
  const lane = async (_: unknown, index: number): Promise<void> => {
    const server = await TestServer.start(join(folder, "tests"), script);
    const log = join(results, `window-${index}.log`);
    const window = new TestWindow(browser, server, desktop.env, log);
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const started = performance.now();
        const report = await window.run(next.file, next.isLong);
        reports.push(report);
        const passed = `${passing(report).length}/${report.subtests.length}`;
        const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
        console.log(`${passed.padStart(8)}  ${report.status.padEnd(8)}${next.file}  ${took}`);
        if (options.verbose) explain(report);
      }
    } finally {
      await window.close();
    }
  };
  try {
    await Promise.all(Array.from({ length: Number(options.windows) }, lane));
  } finally {
    await desktop.close();
  }
  return reports;
}

function explain({ subtests, message }: Report): void {
  if (message !== null) console.log(`    ${message}`);
  for (const { name, status, message: why } of subtests) {
    if (status !== "PASS") console.log(`    ${status}  ${name}\n          ${why ?? ""}`);
  }
}

/** Says what was lost and won, and how much of what Chromium and Firefox both pass. */
function summarise(folder: string, reports: readonly Report[]): boolean {
  const known = expectationsOf(browser);
  const chromium = expectationsOf("chromium");
  const lines: string[] = [];
  let isKept = true;
  let passed = 0;
  let total = 0;
  let common = 0;
  let commonPassed = 0;
  for (const report of reports) {
    const file = nameOf(report);
    const passes = passing(report);
    passed += passes.length;
    total += report.subtests.length;
    const both = passedByBoth(folder, file, chromium[file]);
    common += both.count;
    commonPassed += passes.filter(both.includes).length;
    const expected = known[file];
    if (!expected) continue;
    const { lost, won } = compare(report, expected);
    if (lost.length > 0) isKept = false;
    lines.push(...lost.map((name) => `lost: ${file}: ${name}`));
    lines.push(...won.map((name) => `won:  ${file}: ${name}`));
  }
  for (const line of lines) console.log(line);
  console.log(`${passed} of ${total} subtests of ${reports.length} files pass;`);
  console.log(`${commonPassed} of the ${common} that Chromium and Firefox both pass`);
  return isKept;
}

/** Whether a file of tests asks for more time than others. */
function isLong(folder: string, file: string): boolean {
  const text = readFileSync(join(folder, "tests", file), "utf8");
  return /<meta name="?timeout"? content="?long"?/.test(text);
}

function scriptInPlace(): string {
  const built = join(ROOT, "plugins/peer-connection/guest-js/dist/peer-connection.js");
  return `delete window.RTCPeerConnection;\n${readFileSync(built, "utf8")}`;
}
