/** The real app on systems that lack a part of GStreamer: it tells so, and does what still can be done. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "@playwright/test";
import { built } from "../support/project.ts";
import { Server } from "../support/server.ts";
import { App } from "./app.ts";
import { Desktop } from "./desktop.ts";
import { output } from "./processes.ts";
import { until } from "../support/until.ts";

const PATIENCE_MS = 45_000;

const endings: (() => Promise<void> | void)[] = [];
let folder: string;
let desktop: Desktop;
let args: string[];
/** Who lacks nothing. */
let bob: App;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ringdove-missing-"));
  endings.unshift(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  desktop = await Desktop.open(test.info().project.outputDir);
  endings.unshift(() => desktop.close());
  const server = await Server.start();
  endings.unshift(() => server.stop());
  args = ["--server", server.socketUrl, "--test-devices"];
  bob = await App.start(desktop, "Bob", join(folder, "bob"), args);
  endings.unshift(() => bob.session.close());
  await bob.signIn();
});

test.afterAll(async () => {
  for (const end of endings) {
    await end();
  }
});

test("where nothing is missing, nothing is said", async () => {
  expect(await bob.session.text()).not.toMatch(/not installed/);
});

test("without the video codec that is told, and a call has sound", async () => {
  const alice = await startWith("Alice", (plugin) => plugin !== "vpx");
  try {
    await alice.session.untilText(/there is no picture, on either side/);
    await alice.session.untilText(/Missing: \S*plugins-good\./);
    await show(alice, "no-picture");
    await alice.signIn();
    await alice.session.press("Dismiss message");
    await alice.call("Bob");
    await bob.answer("Alice");
    for (const side of [alice, bob]) {
      const hears = async () => (await side.received()).audioSamples > 0;
      await until(`${side.name} hears`, hears, PATIENCE_MS);
    }
    await alice.session.untilText(/camera cannot be used/);
    await show(alice, "sound-only");
    await alice.hangUp();
    await alice.dismiss();
    await bob.dismiss();
  } finally {
    await alice.session.close();
  }
});

test("without a sound system that is told, and a call has a picture", async () => {
  const dora = await startWith("Dora", (plugin) => !/^(pulseaudio|pipewire|alsa)$/.test(plugin));
  try {
    await dora.session.untilText(/you hear nobody, and nobody hears you/);
    await dora.signIn();
    await dora.call("Bob");
    await bob.answer("Dora");
    for (const side of [dora, bob]) {
      const sees = async () => (await side.received()).videoFrames > 0;
      await until(`${side.name} sees`, sees, PATIENCE_MS);
    }
    await dora.session.untilText(/microphone cannot be used/);
    await dora.hangUp();
    await dora.dismiss();
    await bob.dismiss();
  } finally {
    await dora.session.close();
  }
});

test("without all plugins no call is possible, which is told, and the page lives", async () => {
  const carol = await startWith("Carol", (plugin) => plugin === "coreelements");
  try {
    await carol.session.untilText(/neither sound nor picture/);
    await carol.session.untilText(/Missing: \S*plugins-base, \S*plugins-good\./);
    await carol.signIn();
    await show(carol, "no-media");
    await carol.call("Bob");
    await bob.answer("Carol");
    await carol.session.untilText(/No connection to Bob could be made/);
    await show(carol, "no-call");
    await carol.dismiss();
    expect(await carol.session.find("button", "Call Bob with video")).toBeDefined();
    await bob.dismiss();
  } finally {
    await carol.session.close();
  }
});

/** Starts the app of somebody whose system has those of GStreamer's plugins only. */
async function startWith(name: string, has: (plugin: string) => boolean): Promise<App> {
  const libraries = await output("ldd", [built("ringdove")], process.env);
  const library = /libgstreamer-1\.0\.so\.0 => (\S+)/.exec(libraries)?.[1];
  if (library === undefined) {
    throw new Error("the app does not load GStreamer");
  }
  const all = join(dirname(library), "gstreamer-1.0");
  const some = join(folder, `${name}-plugins`);
  mkdirSync(some);
  for (const file of readdirSync(all)) {
    const plugin = /^libgst(.+)\.so$/.exec(file)?.[1];
    if (plugin !== undefined && has(plugin)) {
      symlinkSync(join(all, file), join(some, file));
    }
  }
  return App.start(desktop, name, join(folder, name), args, {
    env: {
      GST_PLUGIN_SYSTEM_PATH_1_0: some,
      GST_REGISTRY_1_0: join(folder, `${name}-registry`),
    },
  });
}

async function show(app: App, screenshot: string): Promise<void> {
  const window = await until("a window", () => desktop.windowOf(app.pid));
  await desktop.activate(window);
  await desktop.untilPainted(window);
  await desktop.screenshot(screenshot);
}
