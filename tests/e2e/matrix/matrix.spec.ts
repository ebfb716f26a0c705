/** Calls between every two kinds of client; each must carry sound and picture both ways. */
import { expect } from "@playwright/test";
import { Desktop } from "../app/desktop.ts";
import type { Participant } from "../support/participant.ts";
import { test as base } from "../support/test.ts";
import { makeCall, type Progress } from "./call.ts";
import { type Kind, KINDS, start, type Surroundings } from "./kinds.ts";
import { ROW, type Row } from "./row.ts";

const CALLS = Number(process.env["RINGDOVE_MATRIX"] ?? 2);
/** After so many calls both start anew, as strangers. */
const FRESH = 10;

const test = base.extend<{ readonly surroundings: Surroundings }, { readonly desktop: Desktop }>({
  desktop: [
    async ({}, use, worker) => {
      const desktop = await Desktop.open(`${worker.project.outputDir}/desktop`);
      await use(desktop);
      await desktop.close();
    },
    { scope: "worker" },
  ],
  surroundings: async ({ browser, desktop, server }, use, info) => {
    await use({ server, desktop, chromium: browser, folder: (name) => info.outputPath(name) });
  },
});

for (const caller of KINDS) {
  for (const callee of KINDS) {
    test(`${caller} calls ${callee}`, async ({ surroundings }) => {
      test.setTimeout(60_000 + CALLS * 40_000);
      const row: Row = { caller, callee, calls: [] };
      const faults = await makeCalls(row, surroundings);
      await test.info().attach(ROW, { body: JSON.stringify(row), contentType: "application/json" });
      expect(faults).toEqual([]);
    });
  }
}

/** Makes the calls of a pairing; gives the faults of those that failed. */
async function makeCalls(row: Row, surroundings: Surroundings): Promise<string[]> {
  const faults: string[] = [];
  let people: [Participant, Participant] | null = null;
  for (let number = 1; number <= CALLS; number += 1) {
    const call: Progress = {
      connected: false,
      decoded: false,
      parted: false,
      caller: null,
      callee: null,
    };
    row.calls.push(call);
    const last = number === CALLS;
    try {
      people ??= await meet(row.caller, row.callee, number, surroundings);
      await makeCall(
        ...people,
        {
          by: number % 2 === 0 ? "caller" : "callee",
          without: last ? surroundings.server : null,
        },
        call,
      );
    } catch (error) {
      faults.push(`call ${number}: ${reason(error)}`);
      console.log(faults.at(-1));
    }
    if (people !== null && (last || !call.parted || number % FRESH === 0)) {
      for (const person of people) await person.leave();
      people = null;
    }
  }
  return faults;
}

/** Two people who are strangers to the server. */
async function meet(
  caller: Kind,
  callee: Kind,
  number: number,
  surroundings: Surroundings,
): Promise<[Participant, Participant]> {
  // Both have to work; the first strangers are as browsers are by default.
  const settings = { hidesAddresses: number <= FRESH };
  const people: [Participant, Participant] = [
    await start(caller, `Caller ${number}`, surroundings, settings),
    await start(callee, `Callee ${number}`, surroundings, settings),
  ];
  for (const person of people) await person.signIn();
  return people;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}; ${reason(error.cause)}`;
}
