/** What a call between two apps makes of a change of network. */
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "../app/app.ts";
import { Server } from "../support/server.ts";
import { until } from "../support/until.ts";
import { IS_QUICK, startMeters, test } from "./fault.ts";

const RUNS = IS_QUICK ? 2 : 10;
const PATIENCE_MS = 45_000;

test("F5 change of IP address", async ({ desktop, network, line }, info) => {
  test.setTimeout(180_000 + RUNS * 30_000);
  const server = await Server.start({ host: "0.0.0.0" });
  const start = async (index: 0 | 1, name: string): Promise<App> => {
    const args = ["--server", `ws://${network.host(index)}:${server.port}/`, "--test-devices"];
    const app = await App.start(desktop, name, info.outputPath(name), args, network.place(index));
    await app.signIn();
    return app;
  };
  const [alice, bob] = [await start(0, "Alice"), await start(1, "Bob")];
  const started = Date.now();
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.reached("firstFrame", started, PATIENCE_MS);
  const meters = await startMeters([alice, bob], info);

  await sleep(5000);
  const clean = await Promise.all(meters.map((meter) => meter.take()));
  const sounds: number[] = [];
  const pictures: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await sleep(5000);
    for (const meter of meters) await meter.take();
    const moving = Date.now();
    await network.move(run % 2 === 0 ? 0 : 1);
    await sleep(10_000);
    const seen = await Promise.all(meters.map((meter) => meter.take()));
    sounds.push(Math.max(...seen.map((it) => it.since(moving).audioGap)));
    pictures.push(Math.max(...seen.map((it) => it.since(moving).videoGap)));
  }
  console.log("gaps of sound, of the picture:", sounds, pictures);
  // Nine of ten.
  const share = (gaps: readonly number[]): number =>
    gaps.toSorted((a, b) => a - b).at(Math.ceil(0.9 * RUNS) - 1) ?? Infinity;
  line.beside("before it", Math.max(...clean.map((it) => it.videoGap)), "ms");
  line.atMost("gap of sound", 2500, share(sounds), "ms");
  line.atMost("gap of picture", 3000, share(pictures), "ms");
  for (const side of [alice, bob]) {
    await until(`${side.name} is online`, () => side.session.find("button", "Hang up"));
  }
  await alice.hangUp();
  await bob.reads("Alice hung up");
  line.happened("goes on as the same call");
  for (const side of [alice, bob]) await side.leave();
  await server.stop();
});
