/** Many calls in a row between two web clients; each must carry video both ways. */
import { parseArgs } from "node:util";
import { expect } from "@playwright/test";
import { launch, processes } from "../support/chromium.ts";
import { percentile } from "../support/figures.ts";
import { heap, resident } from "../support/memory.ts";
import { Person } from "../support/person.ts";
import { Server } from "../support/server.ts";

const { values } = parseArgs({
  options: { calls: { type: "string", default: "100" }, headless: { type: "boolean" } },
});
const calls = Number(values.calls);
if (!Number.isInteger(calls) || calls < 1) throw new Error("--calls takes a number from 1 up");

const server = await Server.start();
const browser = await launch({ headless: values.headless ?? false });
const firstFrames: number[] = [];
const failures: string[] = [];
try {
  const people = [
    await Person.open(browser, server, "Alice"),
    await Person.open(browser, server, "Bob"),
  ] as const;
  for (const person of people) await person.signIn();
  const levels = [await memory(people)];
  const started = Date.now();
  for (let number = 1; number <= calls; number += 1) {
    const [caller, callee] = number % 2 === 1 ? people : ([people[1], people[0]] as const);
    try {
      firstFrames.push(...(await call(caller, callee)));
    } catch (error) {
      failures.push(`call ${number}: ${error instanceof Error ? error.message : String(error)}`);
      console.log(failures.at(-1));
      for (const person of people) await person.startOver();
    }
    if (number === Math.ceil(calls / 2)) levels.push(await memory(people));
    if (number % 10 === 0 || number === calls) {
      const seconds = ((Date.now() - started) / 1000).toFixed(0);
      console.log(`${number} calls, ${failures.length} failed, ${seconds} s`);
    }
  }
  levels.push(await memory(people));
  console.log(`\n${calls - failures.length} of ${calls} calls decoded video on both sides.`);
  console.log(`From answer to first frame, ms: ${percentiles(firstFrames)}`);
  console.log("Memory, MiB (before the first call, after half of them, after the last):");
  for (const label of levels[0]?.keys() ?? []) {
    const row = levels.map((level) => mib(level.get(label) ?? null));
    console.log(`  ${label.padEnd(20)}${row.join(" ")}`);
  }
} finally {
  await browser.close();
  await server.stop();
}
process.exitCode = failures.length === 0 ? 0 : 1;

/** One call; the side that did not call hangs up. Gives each side's time to the first frame. */
async function call(caller: Person, callee: Person): Promise<number[]> {
  const since = Date.now();
  await caller.call(callee.name);
  await callee.answer(caller.name);
  const accepted = await callee.reached("accepting", since);
  const times: number[] = [];
  for (const person of [caller, callee]) {
    times.push((await person.reached("firstFrame", since)) - accepted);
    await person.expectMedia("video");
  }
  const ending = Date.now();
  await callee.hangUp();
  for (const person of [caller, callee]) {
    await person.reached("ended", ending);
    await person.expectReleased();
    await person.dismiss();
    await expect(person.button("Close")).toBeHidden();
  }
  return times;
}

async function memory(people: readonly Person[]): Promise<Map<string, number | null>> {
  const level = new Map<string, number | null>();
  for (const person of people) level.set(`${person.name}'s page, heap`, await heap(person.page));
  level.set("browser, resident", resident(await processes(browser)));
  level.set("server, resident", resident([server.pid]));
  return level;
}

function percentiles(times: readonly number[]): string {
  if (times.length === 0) return "none";
  const at = (share: number): string => percentile(times, share).toFixed(0);
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, worst ${at(1)}`;
}

function mib(value: number | null): string {
  return (value === null ? "unknown" : value.toFixed(1)).padStart(8);
}
