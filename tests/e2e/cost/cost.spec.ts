/**
 * What the same call costs two apps, and two Chromiums with the web client. Decides only whether
 * the calls work; the figures are printed beside what is promised.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@playwright/test";
import { Desktop } from "../app/desktop.ts";
import { decodesMore } from "../support/decodesMore.ts";
import { measured } from "../support/figures.ts";
import { Server } from "../support/server.ts";
import { type Client, FRAMES_PER_SECOND, type Kind, KINDS, open } from "./client.ts";
import { type Cost, type Costs, measure } from "./measure.ts";

const SECONDS = Number(process.env["RINGDOVE_COST_SECONDS"] ?? 20);
/** What a call does at its start is not what it costs in the long run. */
const START_MS = 10_000;
/** What share of the camera's pictures makes a call the same as one with all of them. */
const SAME = 0.9;
/** For media between two clients on a machine that has other work too. */
const PATIENCE_MS = 45_000;

// The last test compares what the others have measured.
test.describe.configure({ mode: "serial", timeout: 120_000 + SECONDS * 1000 });

/** The means of both clients, per second. */
interface Result {
  readonly processor: number;
  readonly pictures: number;
}

const results = new Map<Kind, Result>();
let desktop: Desktop;

test.beforeAll(async () => {
  desktop = await Desktop.open(test.info().project.outputDir);
});

test.afterAll(async () => {
  await desktop.close();
});

for (const kind of KINDS) {
  test(`a call of ${SECONDS} s, ${kind} to ${kind}`, async () => {
    const costs = await measureCall(kind);
    for (const cost of costs.clients) tell(`${kind}, ${cost.name}`, cost);
    measured(`${kind}, X server for both, processor's time`, costs.screen, "s/s");
    measured(`${kind}, all else on the machine, processor's time`, costs.others, "s/s");
    measured(`${kind}, idle of ${cpus().length} processors`, costs.idle, "s/s");
    const processor = mean(costs.clients.map((it) => it.processor));
    // Each client has one direction to encode, and one to decode.
    const pictures = mean(
      costs.clients.map(({ seen }) => (seen.framesPerSecond + seen.framesSentPerSecond) / 2),
    );
    results.set(kind, { processor, pictures });
  });
}

test("the app beside Chromium", () => {
  const [app, chromium] = KINDS.map((kind) => results.get(kind));
  if (!app || !chromium) throw new Error("a call was not measured");
  measured("app, processor's time", app.processor, "s/s");
  measured("Chromium, processor's time", chromium.processor, "s/s");
  const ratio = app.processor / chromium.processor;
  // A client that has fewer pictures, since the machine is too slow, seems cheap: what is promised
  // is for the same call.
  const isSame = [app, chromium].every((it) => it.pictures >= SAME * FRAMES_PER_SECOND);
  const promised = isSame ? { atMost: 1.5 } : {};
  measured("app to Chromium, processor's time", ratio, "times", promised);
  const each = (ratio * chromium.pictures) / app.pictures;
  measured("app to Chromium, processor's time for each picture", each, "times");
  if (!isSame) {
    const had = [app, chromium].map((it) => it.pictures.toFixed(1)).join(" and ");
    console.log(
      `not comparable: app and Chromium had ${had} of ${FRAMES_PER_SECOND} pictures per second`,
    );
  }
});

async function measureCall(kind: Kind): Promise<Costs> {
  const endings: (() => Promise<void>)[] = [];
  try {
    const server = await Server.start();
    endings.unshift(() => server.stop());
    const around = { server, desktop, folder: (name: string) => test.info().outputPath(name) };
    const enter = async (name: string): Promise<Client> => {
      const client = await open(kind, name, around);
      endings.unshift(() => client.close());
      await client.person.signIn();
      return client;
    };
    const clients = [await enter("Alice"), await enter("Bob")] as const;
    const [{ person: alice }, { person: bob }] = clients;
    const started = Date.now();
    await alice.call(bob.name);
    await bob.answer(alice.name);
    for (const person of [alice, bob]) await person.reached("firstFrame", started, PATIENCE_MS);
    for (const person of [alice, bob]) await decodesMore(person, PATIENCE_MS);
    await sleep(START_MS);
    await desktop.screenshot(kind);
    const log = (name: string): string => join(desktop.results, `${kind}-${name}.jsonl`);
    const costs = await measure(clients, desktop.screen, SECONDS, log);
    for (const person of [alice, bob]) {
      await decodesMore(person, PATIENCE_MS);
      expect((await person.received()).connections, "the call is the same").toBe(1);
    }
    return costs;
  } finally {
    for (const end of endings) await end();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, it) => sum + it, 0) / values.length;
}

function tell(what: string, { processor, memory: [before, after], seen }: Cost): void {
  measured(`${what}, processor's time`, processor, "s/s");
  measured(`${what}, memory (PSS)`, before, "MiB");
  measured(`${what}, memory (PSS) ${SECONDS} s later`, after, "MiB");
  measured(`${what}, growth of the memory`, after - before, "MiB");
  // What it is the cost of: clients are comparable only as far as these are alike.
  measured(`${what}, pictures`, seen.framesPerSecond, "fps");
  measured(`${what}, pictures sent`, seen.framesSentPerSecond, "fps");
  measured(`${what}, height of the pictures`, seen.last?.height ?? NaN, "px");
  measured(`${what}, video`, seen.videoRate, "kbit/s");
  measured(`${what}, longest gap of the picture`, seen.videoGap, "ms");
  measured(`${what}, gaps of the picture above 500 ms`, seen.videoGaps(500), "gaps");
  measured(`${what}, longest stall of the page`, seen.pageGap, "ms");
  measured(`${what}, sound made up`, seen.concealed, "%");
}
