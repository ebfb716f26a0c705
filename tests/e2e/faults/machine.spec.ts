/** What happens to the app when its machine, or a part of it, fails. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "../app/app.ts";
import { Desktop } from "../app/desktop.ts";
import { output, Process } from "../app/processes.ts";
import type { Person } from "../support/person.ts";
import { built } from "../support/project.ts";
import { until } from "../support/until.ts";
import { processTree } from "../support/processTree.ts";
import { passing } from "./cargo.ts";
import { expect, IS_QUICK, test } from "./fault.ts";

/** Counts the programs of a name that this process has started. */
const OURS = ["--count", "--parent", String(process.pid), "--exact"];
/** For an app to start on a machine that has other work too. */
const PATIENCE_MS = 45_000;

test("F13 suspend in a call", async ({ desktop, person, server, line }, info) => {
  test.skip(IS_QUICK, "takes a minute");
  const args = ["--server", server.socketUrl, "--test-devices"];
  const alice = await App.start(desktop, "Alice", info.outputPath("alice"), args);
  await alice.run(rememberTracks);
  await alice.signIn();
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  await bob.expectMedia("video");
  expect(await alice.run(countLiveTracks)).toBeGreaterThan(0);

  const all = processTree(alice.pid);
  const stopping = Date.now();
  for (const pid of all) process.kill(pid, "SIGSTOP");
  await bob.reached("ended", stopping, 70_000);
  // Its 45 s count from when its webview has noticed.
  line.atMost("the other side ends", 55_000, Date.now() - stopping, "ms");
  await expect(bob.page.getByText(/^The connection to Alice was lost/)).toBeVisible();
  await sleep(Math.max(0, stopping + 60_000 - Date.now()));
  const waking = Date.now();
  for (const pid of all) process.kill(pid, "SIGCONT");
  await until("nothing is left open", async () => (await alice.run(countLiveTracks)) === 0);
  line.atMost("camera and microphone off", 1000, Date.now() - waking, "ms");
  await alice.reads("The connection to Bob was lost");
  line.atMost('the waker shows "call ended"', 1000, Date.now() - waking, "ms");
  await alice.expectReleased();
  await alice.reads("Online");
  await alice.leave();
});

/** Runs in the page before a call: remembers what each device gives. */
function rememberTracks(): void {
  const devices = MediaDevices.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on what it is called on
  const open = devices.getUserMedia;
  const tracks: MediaStreamTrack[] = [];
  window.ownTracks = tracks;
  devices.getUserMedia = async function (constraints) {
    const stream = await open.call(this, constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
}

/** Runs in the page: the tracks of open devices. */
function countLiveTracks(): number {
  return (window.ownTracks ?? []).filter((track) => track.readyState === "live").length;
}

declare global {
  interface Window {
    ownTracks?: MediaStreamTrack[];
  }
}

test("F22 webview crash or reload in a call", async ({ desktop, person, server, line }, info) => {
  const args = ["--server", server.socketUrl, "--test-devices"];
  const alice = await App.start(desktop, "Alice", info.outputPath("alice"), args);
  await alice.signIn();
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  await bob.expectMedia("video", { videoFrames: 60 });

  const reloading = Date.now();
  await alice.session.execute("location.reload()");
  await newPicture(bob);
  line.atMost("reloaded, the other side sees again", 3000, Date.now() - reloading, "ms");
  line.holds('"reconnecting" was shown there', (await bob.stages()).includes("reconnecting"));
  await bob.expectMedia("audio", await bob.received());
  await alice.reads("Hang up");
  line.happened("the page is in the call again");

  await bob.expectMedia("video", { videoFrames: 60 });
  const crashing = Date.now();
  for (const pid of processTree(alice.pid)) {
    if (nameOf(pid) === "WebKitWebProces") process.kill(pid, "SIGKILL");
  }
  await newPicture(bob);
  line.atMost("crashed, the other side sees again", 3000, Date.now() - crashing, "ms");
  await bob.expectMedia("audio", await bob.received());
  await desktop.screenshot("after-crash");
  await bob.hangUp();
  await bob.reads("You hung up.");
  await alice.leave();
});

/** Waits for a picture of another connection than the one there is. */
async function newPicture(person: Person): Promise<void> {
  const before = (await person.received()).videoFrames;
  await until(
    `${person.name} sees again`,
    async () => {
      const { videoFrames } = await person.received();
      return videoFrames > 0 && videoFrames < before;
    },
    PATIENCE_MS,
  );
}

/** What Linux calls a process, 15 characters at most. */
function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
}

test("F23 engine task panics", async ({ line }) => {
  const test = ["-p", "peer-connection-engine", "--lib", "a_panic_ends_its_connection_only"];
  line.atLeast("only this connection ends, told as failed", 1, await passing(test), "tests");
});

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
  const running = await output("pgrep", [...OURS, "ringdove"], process.env);
  line.atMost("processes", 1, Number(running), "processes");
  await first.stop();
});
