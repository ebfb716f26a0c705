/** What a call makes of a network that fails: two Chromiums, each in a namespace of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "@playwright/test";
import { executable, launch } from "../support/chromium.ts";
import type { Meter, Reception } from "../support/meter.ts";
import { Person } from "../support/person.ts";
import { Server } from "../support/server.ts";
import { CLEAN, expect, IS_QUICK, startMeters, test as base } from "./fault.ts";

interface Call {
  readonly people: readonly [Person, Person];
  readonly meters: readonly Meter[];
  /** From the answer to the first picture on both sides, in milliseconds. */
  readonly setUp: number;
}

const test = base.extend<{ readonly call: (conditions: string) => Promise<Call> }>({
  server: async ({}, use) => {
    const server = await Server.start({ host: "0.0.0.0" });
    await use(server);
    await server.stop();
  },
  call: async ({ network, server }, use, info) => {
    const browsers: Browser[] = [];
    const open = async (index: 0 | 1, name: string): Promise<Person> => {
      const url = `http://${network.host(index)}:${server.port}/`;
      const script = network.script(index, executable(), info.outputPath(`${name}.sh`));
      const trusted = new URL(url).origin;
      const browser = await launch({ headless: true, script, trusted });
      browsers.push(browser);
      return Person.open(browser, { url }, name);
    };
    await use(async (conditions) => {
      const people = [await open(0, "Alice"), await open(1, "Bob")] as const;
      for (const person of people) await person.signIn();
      network.link.order(conditions);
      const [alice, bob] = people;
      await alice.call("Bob");
      const answering = Date.now();
      await bob.answer("Alice");
      const frames = people.map((person) => person.reached("firstFrame", answering, 45_000));
      const setUp = Math.max(...(await Promise.all(frames))) - answering;
      const meters = await startMeters(people, info);
      await sleep(3000);
      return { people, meters, setUp };
    });
    for (const browser of browsers) await browser.close();
  },
});

for (const { name, seconds, gaps } of [
  { name: "F6 2 s blackout", seconds: 2, gaps: { sound: 2500, picture: 3000 } },
  { name: "F7 8 s blackout", seconds: 8, gaps: { sound: 8500, picture: 9500 } },
]) {
  test(name, async ({ call, network, line }) => {
    const { people, meters } = await call(CLEAN);
    const before = await taken(meters, 0);
    const cut = Date.now();
    network.link.order(`blackout_ms=${seconds * 1000}`);
    await sleep(seconds * 1000 + 6000);
    const seen = await taken(meters, cut);
    line.beside(
      "gap before it",
      worst(before, (it) => it.videoGap),
      "ms",
    );
    line.atMost(
      "gap of sound",
      gaps.sound,
      worst(seen, (it) => it.audioGap),
      "ms",
    );
    line.atMost(
      "gap of picture",
      gaps.picture,
      worst(seen, (it) => it.videoGap),
      "ms",
    );
    const phases = await people[0].stages();
    line.holds(
      seconds > 4 ? '"reconnecting" is shown' : "no reconnect screen",
      phases.includes("reconnecting") === seconds > 4,
    );
    for (const person of people) await person.expectMedia("video", await person.received());
    line.happened("goes on by itself");
  });
}

test("F8 60 s blackout", async ({ call, network, line }) => {
  test.skip(IS_QUICK, "takes a minute");
  const { people } = await call(CLEAN);
  const cut = Date.now();
  network.link.order("blackout_ms=60000");
  const ends = people.map((person) => person.reached("ended", cut, 60_000));
  const [first = Infinity, second = 0] = (await Promise.all(ends)).toSorted((a, b) => a - b);
  // `disconnected` comes up to 7 s after the last packet (RFC 7675 5.1 asks every 5 s or so).
  line.atMost("ended after", 55_000, first - cut, "ms");
  line.atMost("the other one after that", 5000, second - first, "ms");
  for (const person of people) {
    await expect(person.page.getByText(/^The connection to .* was lost/)).toBeVisible();
    await expect(person.button("Call again")).toBeVisible();
    await person.expectReleased();
  }
  line.happened("reason and redial on both sides");
});

test("F9 30 % loss, 10 % bursts, 300 ms jitter", async ({ call, line }) => {
  // Of all packets 30 % are lost: a tenth of the time all of them, and 22 % of the others.
  const bad = "loss_percent=22 burst_percent=10 burst_ms=100 jitter_ms=300";
  const { people, meters, setUp } = await call(bad);
  line.atMost("set up", 5000, setUp, "ms");
  await taken(meters, 0);
  const begun = Date.now();
  await sleep(IS_QUICK ? 20_000 : 60_000);
  const seen = await taken(meters, begun);
  line.atMost(
    "gaps of sound > 1 s",
    0,
    worst(seen, (it) => it.audioGaps(1000)),
    "times",
  );
  const rate = Math.min(...seen.map((it) => it.framesPerSecond));
  line.atLeast("pictures", 5, rate, "fps");
  for (const person of people) await person.expectMedia("audio", await person.received());
});

async function taken(meters: readonly Meter[], since: number): Promise<Reception[]> {
  const all = await Promise.all(meters.map((meter) => meter.take()));
  return all.map((reception) => reception.since(since));
}

function worst(all: readonly Reception[], figure: (one: Reception) => number): number {
  return Math.max(...all.map(figure));
}
