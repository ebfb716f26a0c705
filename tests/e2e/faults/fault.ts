import { mkdirSync } from "node:fs";
import type { TestInfo } from "@playwright/test";
import { Desktop } from "../app/desktop.ts";
import { Network } from "../links/network.ts";
import { Meter } from "../support/meter.ts";
import type { Participant } from "../support/participant.ts";
import { test as base } from "../support/test.ts";
import { Line, LINE } from "./line.ts";

/** The short form leaves out what takes a minute to wait for. */
export const IS_QUICK = process.env["RINGDOVE_FAULTS"] === "quick";

interface Fixtures {
  /** This fault's line of the table. */
  readonly line: Line;
  /** A desktop of the test's own. */
  readonly desktop: Desktop;
  /** Two namespaces with a link between them that is good at first. */
  readonly network: Network;
}

/** One test is one fault and one line of the table. */
export const test = base.extend<Fixtures>({
  line: async ({}, use, info) => {
    const line = new Line();
    await use(line);
    await info.attach(LINE, { body: JSON.stringify(line.all), contentType: "application/json" });
  },
  desktop: async ({}, use, info) => {
    const desktop = await Desktop.open(info.outputPath("desktop"));
    await use(desktop);
    await desktop.close();
  },
  network: async ({}, use, info) => {
    const network = await Network.open(`seed=1 ${CLEAN}`, info.outputPath("link.log"));
    await use(network);
    await network.close();
  },
});

/** A link without faults; a packet takes 25 ms. */
export const CLEAN = "delay_ms=25 jitter_ms=0 loss_percent=0 burst_percent=0";

/** Counts what people receive from now on. */
export async function startMeters(
  people: readonly Participant[],
  info: TestInfo,
): Promise<Meter[]> {
  mkdirSync(info.outputDir, { recursive: true });
  const started = people.map((person) =>
    Meter.start(person, info.outputPath(`${person.name}.jsonl`)),
  );
  return Promise.all(started);
}

export { expect } from "@playwright/test";
