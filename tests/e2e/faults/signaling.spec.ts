/** What happens to calls when their server goes away. */
import type { Reception } from "../support/meter.ts";
import { expect, IS_QUICK, startMeters, test } from "./fault.ts";

test("F1 server killed while ringing, back in 2 s", async ({ person, server, line }) => {
  const [alice, bob] = [await person("Alice"), await person("Bob")];
  await alice.call("Bob");
  await expect(alice.page.getByText("Ringing …")).toBeVisible();
  await server.kill();
  await alice.page.waitForTimeout(2000);
  line.holds("rings on without the server", await bob.incoming("Alice").isVisible());
  await server.restart();
  const listening = Date.now();
  for (const side of [alice, bob]) {
    await expect(side.link).toContainText("Online", { timeout: 15_000 });
  }
  line.atMost("both signed in again", 5000, Date.now() - listening, "ms");
  line.holds("rings on after it", await bob.incoming("Alice").isVisible());
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.expectMedia("video");
  line.happened("answered, both see");
});

test.describe(() => {
  const ringLimitMs = 5000;
  test.use({ serverArgs: ["--ring-limit", String(ringLimitMs / 1000)] });

  test("F2 server killed while ringing, stays away", async ({ person, server, line }) => {
    const [alice, bob] = [await person("Alice"), await person("Bob")];
    const calling = Date.now();
    await alice.call("Bob");
    await expect(alice.page.getByText("Ringing …")).toBeVisible();
    await server.kill();
    for (const side of [alice, bob]) await expect(side.link).toContainText("Reconnecting");
    line.happened('"reconnecting to server" is shown');
    const limit = { timeout: 30_000 };
    await expect(bob.incoming("Alice")).toBeHidden(limit);
    // By the pages' own clocks, and with some time for their timers.
    const rang = (await bob.reached("ended", calling)) - (await bob.reached("ringing", calling));
    line.atMost("callee stops ringing", ringLimitMs + 5500, rang, "ms");
    const ended = await alice.reached("ended", calling, 30_000);
    const told = alice.page.getByText("The server could not go on with the call.");
    await expect(told).toBeVisible(limit);
    const called = ended - (await alice.reached("dialing", calling));
    line.atMost("caller told why", ringLimitMs + 5500, called, "ms");
  });
});

test("F3 server killed in a call", async ({ person, server, line }) => {
  const [alice, bob] = [await person("Alice"), await person("Bob")];
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.expectMedia("video");
  const seconds = IS_QUICK ? 5 : 20;
  const meters = await startMeters([alice, bob], test.info());
  await alice.page.waitForTimeout(2000);
  const before = await Promise.all(meters.map((meter) => meter.take()));
  await server.kill();
  for (const side of [alice, bob]) await expect(side.link).toContainText("Reconnecting");
  line.happened('"reconnecting to server" is shown');
  await alice.page.waitForTimeout(seconds * 1000);
  const during = await Promise.all(meters.map((meter) => meter.take()));
  const longest = (all: readonly Reception[]): number =>
    Math.max(...all.map(({ audioGap, videoGap }) => Math.max(audioGap, videoGap)));
  line.beside("gap before it", longest(before), "ms");
  // A gap shows as the time from one sample to the next at least, on a machine that is busy more.
  const gap = longest(during) - longest(before);
  line.atMost("gap of media, beyond what there was before", 400, Math.max(0, gap), "ms");
  const hangingUp = Date.now();
  await alice.hangUp();
  await expect(bob.page.getByText("Alice hung up.")).toBeVisible({ timeout: 20_000 });
  line.atMost("hang-up ends the other side", 10_000, Date.now() - hangingUp, "ms");
});
