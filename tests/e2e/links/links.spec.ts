/**
 * A call between two real apps, each in a network namespace of its own, over a link that gets bad.
 * Decides only whether the call goes on; the figures are printed beside what is promised.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@playwright/test";
import { App } from "../app/app.ts";
import { Desktop } from "../app/desktop.ts";
import { until } from "../support/until.ts";
import { measured } from "../support/figures.ts";
import { Meter, type Reception } from "../support/meter.ts";
import { Server } from "../support/server.ts";
import { Network } from "./network.ts";

const IS_LONG = process.env["RINGDOVE_LINKS"] === "long";
/** For media between two apps on a machine that has other work too. */
const PATIENCE_MS = 45_000;
/** A link without faults; a packet takes 25 ms. */
const CLEAN =
  "delay_ms=25 jitter_ms=0 loss_percent=0 duplicate_percent=0 reorder_percent=0 rate_kbps=0";
const SEED = Number(process.env["RINGDOVE_LINKS_SEED"] ?? 1);

// One call: each test makes the link bad in another way, and clean again.
test.describe.configure({ mode: "serial" });

const endings: (() => Promise<void> | void)[] = [];
let network: Network;
let meters: readonly [Meter, Meter];

test.beforeAll(async () => {
  const results = test.info().project.outputDir;
  const folder = mkdtempSync(join(tmpdir(), "ringdove-links-"));
  endings.unshift(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const desktop = await Desktop.open(results);
  endings.unshift(() => desktop.close());
  network = await Network.open(`seed=${SEED} ${CLEAN}`, join(results, "link.log"));
  endings.unshift(() => network.close());
  const server = await Server.start({ host: "0.0.0.0" });
  endings.unshift(() => server.stop());
  const start = async (index: 0 | 1, name: string): Promise<App> => {
    const args = ["--server", `ws://${network.host(index)}:${server.port}/`, "--test-devices"];
    const app = await App.start(desktop, name, join(folder, name), args, network.place(index));
    endings.unshift(() => app.session.close());
    await app.signIn();
    return app;
  };
  const [alice, bob] = [await start(0, "Alice"), await start(1, "Bob")];
  const started = Date.now();
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.reached("firstFrame", started, PATIENCE_MS);
  meters = [
    await Meter.start(alice, join(results, "alice.jsonl")),
    await Meter.start(bob, join(results, "bob.jsonl")),
  ];
  await desktop.screenshot("in-call");
});

test.afterAll(async () => {
  for (const end of endings) {
    await end();
  }
});

// What the machine does by itself: the others are to be read beside it.
test("a clean link", async () => {
  await untilBothReceive();
  await settle();
  for (const [who, seen] of await over(15_000)) {
    tellPicture(`clean link, ${who}`, seen);
    tellSound(`clean link, ${who}`, seen, 500);
  }
});

test("a tenth lost, and 50 ms of jitter", async () => {
  await settle();
  network.link.order("loss_percent=10 jitter_ms=50");
  const seconds = IS_LONG ? 300 : 20;
  for (const [who, seen] of await over(seconds * 1000)) {
    tellPicture(`10 % loss, 50 ms jitter, ${who}`, seen, 5);
    tellSound(`10 % loss, 50 ms jitter, ${who}`, seen, 1000);
  }
  network.link.order(CLEAN);
  await untilBothReceive();
});

test("a cut to 200 kbit/s, and back", async () => {
  await settle();
  const cut = Date.now();
  network.link.order("rate_kbps=200 queue_ms=500");
  await sleep(5000);
  await network.link.carried();
  await sleep(7000);
  const early = (await network.link.carried()).map((it) => it.longestWaitMs);
  await sleep(8000);
  const carried = await network.link.carried();
  const end = Date.now();
  network.link.order(CLEAN);
  await sleep(20_000);
  for (const [index, [who, seen]] of (await taken()).entries()) {
    const what = `200 kbit/s, ${who}`;
    const narrow = seen.since(cut).until(end);
    tellSound(what, narrow, 500);
    tellPicture(`${what}, after 5 s`, narrow.since(cut + 5000));
    measured(`${what}, video`, narrow.since(cut + 5000).videoRate, "kbit/s", { atMost: 170 });
    const { longestWaitMs = 0 } = carried[index] ?? {};
    measured(`${what}, longest wait in the queue, 5 to 12 s`, early[index] ?? 0, "ms");
    measured(`${what}, longest wait in the queue, 12 to 20 s`, longestWaitMs, "ms", {
      atMost: 300,
    });
    const wide = seen.since(end + 12_000);
    tellPicture(`${what}, 12 s after it`, wide);
    measured(`${what}, video 12 s after it`, wide.videoRate, "kbit/s", { atLeast: 300 });
  }
  await untilBothReceive();
});

for (const { seconds, sound, picture, gap } of [
  // The gap's promise counts from the start of the blackout, the others from its end.
  { seconds: 2, sound: 500, picture: 1000, gap: 2500 },
  { seconds: 8, sound: 500, picture: 1500, gap: 9500 },
]) {
  test(`a blackout of ${seconds} s`, async () => {
    await settle();
    const begun = Date.now();
    network.link.order(`blackout_ms=${seconds * 1000}`);
    const end = begun + seconds * 1000;
    await sleep(seconds * 1000 + 6000);
    await untilBothReceive();
    for (const [who, seen] of await taken()) {
      const what = `blackout of ${seconds} s, ${who}`;
      const after = seen.since(begun);
      measured(`${what}, gap of sound`, after.audioGap, "ms", { atMost: gap });
      measured(`${what}, gap of the picture`, after.videoGap, "ms", { atMost: gap + 500 });
      measured(`${what}, sound after it`, seen.firstSoundAfter(end), "ms", { atMost: sound });
      measured(`${what}, picture after it`, seen.firstFrameAfter(end), "ms", { atMost: picture });
    }
  });
}

/** What each side receives during a time. */
async function over(milliseconds: number): Promise<[string, Reception][]> {
  await sleep(milliseconds);
  return taken();
}

async function taken(): Promise<[string, Reception][]> {
  const all: [string, Reception][] = [];
  for (const meter of meters) all.push([meter.person.name, await meter.take()]);
  return all;
}

/** Leaves behind what the test before did. */
async function settle(): Promise<void> {
  network.link.order(CLEAN);
  await sleep(1000);
  await taken();
}

/** The one thing that decides: new pictures and true sound on both sides. */
async function untilBothReceive(): Promise<void> {
  for (const { person } of meters) {
    const before = await person.received();
    await until(
      `${person.name} sees and hears`,
      async () => {
        const now = await person.received();
        return now.videoFrames > before.videoFrames && now.heardSamples > before.heardSamples;
      },
      PATIENCE_MS,
    );
    expect(before.connections, "the call is the same").toBe(1);
  }
}

function tellPicture(what: string, seen: Reception, atLeast?: number): void {
  const promised = atLeast === undefined ? {} : { atLeast };
  measured(`${what}, pictures`, seen.framesPerSecond, "fps", promised);
  measured(`${what}, pictures sent`, seen.framesSentPerSecond, "fps");
  measured(`${what}, longest gap of the picture`, seen.videoGap, "ms");
  measured(`${what}, video`, seen.videoRate, "kbit/s");
}

function tellSound(what: string, seen: Reception, atMost: number): void {
  measured(`${what}, longest gap of sound`, seen.audioGap, "ms", { atMost });
  measured(`${what}, sound made up`, seen.concealed, "%");
  measured(`${what}, longest stall of the page`, seen.pageGap, "ms");
}
