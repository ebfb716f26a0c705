/** What happens to the app when its machine, or a part of it, fails. */
import { App } from "../app/app.ts";
import { Desktop } from "../app/desktop.ts";
import { output, Process } from "../app/processes.ts";
import { built } from "../support/project.ts";
import { until } from "../support/until.ts";
import { expect, test } from "./fault.ts";

/** For an app to start on a machine that has other work too. */
const PATIENCE_MS = 45_000;

test("F24 notification service absent", async ({ person, server, line }, info) => {
  const desktop = await Desktop.open(info.outputPath("desktop"), { notifications: false });
  const args = ["--server", server.socketUrl, "--test-devices"];
  const bob = await App.start(desktop, "Bob", info.outputPath("bob"), args);
  await bob.signIn();
  const alice = await person("Alice");
  await alice.callButton("Bob").waitFor();
  const calling = Date.now();
  await alice.call("Bob");
  const prompt = await until("the prompt", () => desktop.visibleWindow("Alice is calling"));
  line.atMost("the prompt is in front", 1000, Date.now() - calling, "ms");
  expect((await desktop.stacking()).at(-1)).toBe(Number(prompt));
  await bob.answer("Alice");
  await alice.expectMedia("video");
  line.happened("can be answered");
  await bob.leave();
  await desktop.close();
});

test("F25 second instance started", async ({ desktop, line }, info) => {
  const env = { ...desktop.env, XDG_DATA_HOME: info.outputPath("data") };
  const log = info.outputPath("app.log");
  const program = built("ringdove");
  const first = new Process(program, [], env, log);
  const window = await until("a window", () => desktop.windowOf(first.pid), PATIENCE_MS);
  const other = new Process(program, ["--data-dir", info.outputPath("other")], env, log);
  await until("another device's window", () => desktop.windowOf(other.pid), PATIENCE_MS);
  line.happened("another data folder is another app");
  await desktop.minimise(window);

  const starting = Date.now();
  // Fails if its status is another one than 0.
  await output(program, [], env, PATIENCE_MS);
  line.atMost("the second start has ended with 0", 5000, Date.now() - starting, "ms");
  await until("the first window is in front", async () => {
    return (await desktop.focus()).active === window;
  });
  line.happened("the first window is in front");
  await other.stop();
  const running = await output("pgrep", ["-c", "-x", "ringdove"], process.env);
  line.atMost("processes", 1, Number(running), "processes");
  await first.stop();
});
