/**
 * The real app under WebKitGTK, on a desktop that nobody sees: it signs in, rings, notifies, and
 * leaves, as persons and their desktops would notice.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Server } from "../support/server.ts";
import { App } from "./app.ts";
import { Desktop } from "./desktop.ts";
import { Process } from "./processes.ts";
import { until } from "../support/until.ts";

const PROMPT_TITLE = "Alice is calling";
/** For media between two apps on a machine that has other work too. */
const PATIENCE_MS = 45_000;

// One day in the life of two people: each test goes on where the one before ended.
test.describe.configure({ mode: "serial" });

const endings: (() => Promise<void> | void)[] = [];
let folder: string;
let desktop: Desktop;
let server: Server;
let alice: App;
let bob: App;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ringdove-app-"));
  endings.unshift(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  desktop = await Desktop.open(test.info().project.outputDir);
  endings.unshift(() => desktop.close());
  server = await Server.start();
  endings.unshift(() => server.stop());
  const args = ["--server", server.socketUrl, "--test-devices"];
  alice = await App.start(desktop, "Alice", join(folder, "alice"), args);
  endings.unshift(() => alice.session.close());
  bob = await App.start(desktop, "Bob", join(folder, "bob"), args);
  endings.unshift(() => bob.session.close());
});

test.afterAll(async () => {
  for (const end of endings) {
    await end();
  }
});

test("two people sign in and see each other", async () => {
  await alice.signIn();
  await bob.signIn();
  await until("Alice can call Bob", () => alice.session.find("button", "Call Bob with video"));
  await until("Bob can call Alice", () => bob.session.find("button", "Call Alice with video"));
  await desktop.screenshot("signed-in");
});

test("a call rings on top of all windows and leaves the keyboard alone", async () => {
  const typist = new Process("xev", ["-event", "keyboard"], desktop.env, log("typist"));
  const editor = await until("another program's window", () =>
    desktop.visibleWindow("Event Tester"),
  );
  const bobsMain = await until("Bob's window", () => desktop.windowOf(bob.pid));
  await desktop.minimise(bobsMain);
  await desktop.activate(editor);
  const before = await desktop.focus();

  const pressed = performance.now();
  await alice.session.press("Call Bob with video");
  const prompt = await until("the prompt", () => desktop.visibleWindow(PROMPT_TITLE));
  const shown = performance.now() - pressed;
  await desktop.type("still typing");
  await alice.session.untilText(/Ringing …/);
  await bob.session.window("prompt.html");
  await bob.session.untilText(/Alice is calling/);
  await desktop.untilPainted(prompt);
  const painted = performance.now() - pressed;
  await desktop.screenshot("ringing");

  expect(await desktop.focus(), "the keyboard stays where it was").toEqual(before);
  expect(typed(readFileSync(log("typist"), "utf8"))).toBe("still typing");
  expect((await desktop.stacking()).at(-1), "the prompt is on top").toBe(Number(prompt));
  const { x, y, width } = await desktop.area(prompt);
  expect(x + width, "at the right edge").toBeGreaterThan(1500);
  expect(x + width).toBeLessThanOrEqual(1600);
  expect(y, "near the top").toBeLessThan(200);
  const notification = await until("a notification", () => desktop.visibleWindow("Dunst"));
  const told = await desktop.area(notification);
  expect(told.y + told.height, "the notification hides nothing of it").toBeLessThan(y);
  expect(await bob.session.find("alertdialog", PROMPT_TITLE)).toBeDefined();
  const times = `shown after ${Math.round(shown)} ms, painted by ${Math.round(painted)} ms`;
  console.log(`from pressing Call, the prompt is ${times}`);
  await typist.stop();
});

test("the desktop's own notification tells of the call", async () => {
  await until("a notification", async () => (await desktop.displayedNotifications()) === 1);
  expect((await desktop.notifications())[0]?.summary).toBe(PROMPT_TITLE);
});

test("the answer brings the main window up, and both see and hear each other", async () => {
  await bob.session.press("Answer");
  await until("the prompt is gone", async () => !(await desktop.visibleWindow(PROMPT_TITLE)));
  await bob.session.window("index.html");
  const main = await until("Bob's main window", () => desktop.windowOf(bob.pid));
  await until("Bob's window is in front", async () => {
    return (await desktop.focus()).active === main;
  });
  for (const side of [alice, bob]) {
    await until(
      `${side.name} sees and hears`,
      async () => {
        const { videoFrames, audioSamples } = await side.received();
        return videoFrames > 10 && audioSamples > 0;
      },
      PATIENCE_MS,
    );
  }
  await desktop.screenshot("in-call");
  await bob.session.press("Hang up");
  await alice.session.untilText(/Bob hung up/);
  await desktop.screenshot("ended");
  await alice.dismiss();
  await bob.dismiss();
});

test("a decline reaches the caller", async () => {
  await ring();
  await bob.session.press("Decline");
  await alice.session.untilText(/Bob declined the call/);
  await until("the prompt is gone", async () => !(await desktop.visibleWindow(PROMPT_TITLE)));
  await desktop.screenshot("declined");
  await alice.dismiss();
  await bob.session.window("index.html");
  await bob.dismiss();
});

test("closing the prompt silences, and the call can still be answered", async () => {
  await desktop.closeWindow(await ring());
  await until("the prompt is gone", async () => !(await desktop.visibleWindow(PROMPT_TITLE)));
  await bob.session.window("index.html");
  await bob.session.untilText(/Silenced/);
  expect(await bob.session.find("button", "Answer")).toBeDefined();
  expect(await alice.session.find("button", "Hang up"), "Alice still calls").toBeDefined();
});

test("a caller who gives up leaves a missed call", async () => {
  await alice.session.press("Hang up");
  await bob.session.untilText(/You missed a call from Alice/);
  await untilNotified("Missed call from Alice");
  await alice.dismiss();
  await bob.dismiss();

  await ring();
  await alice.session.press("Hang up");
  await until("the prompt is gone", async () => !(await desktop.visibleWindow(PROMPT_TITLE)));
  await bob.session.window("index.html");
  await bob.session.untilText(/You missed a call from Alice/);
  await until("only the missed call stays on the screen", async () => {
    return (await desktop.displayedNotifications()) === 1;
  });
  await desktop.screenshot("missed");
  await untilNotified("Missed call from Alice");
  await alice.dismiss();
  await bob.dismiss();
});

test("a page reaches nothing but the app's own commands", async () => {
  for (const command of ["plugin:window|close", "plugin:event|emit", "plugin:app|version"]) {
    const script = `return window.__TAURI_INTERNALS__.invoke(${JSON.stringify(command)}, {})
      .then(() => "allowed", (error) => String(error))`;
    expect(await bob.session.execute(script), command).toMatch(/not allowed/);
  }
  const loaded = await bob.session.execute(
    "location.href = 'http://127.0.0.1:1/'; return window.open('http://127.0.0.1:1/') === null",
  );
  expect(loaded).toBe(true);
  const outside = "return fetch('http://127.0.0.1:1/').then(() => '', (error) => error.name)";
  expect(await bob.session.execute(outside)).toBe("TypeError");
  expect(await bob.session.execute("return location.href")).toMatch(/^tauri:\/\/localhost/);
});

test("a server that goes away is waited for", async () => {
  await server.kill();
  await bob.session.untilText(/Reconnecting/);
  await desktop.screenshot("server-gone");
  await server.restart();
  await bob.session.untilText(/Online/);
  await until("Bob is back for Alice", () => alice.session.find("button", "Call Bob with video"));
});

test("closing the main window signs out and ends the app", async () => {
  const main = await until("Bob's window", () => desktop.windowOf(bob.pid));
  await desktop.closeWindow(main);
  await until("the app has ended", () => !bob.running, 5000);
  await until("Bob is gone for Alice", async () => {
    return (await alice.session.find("button", "Call Bob with video")) === undefined;
  });
  await bob.session.close();
});

test("the next start knows the device, its name and its server", async () => {
  bob = await App.start(desktop, "Bob", join(folder, "bob"), []);
  await bob.session.press("Sign in");
  await bob.session.untilText(/Online/);
  await until("Alice can call Bob", () => alice.session.find("button", "Call Bob with video"));
});

test("a server that is not there is told in plain words", async () => {
  const args = ["--server", "ws://127.0.0.1:1", "--name", "Carol"];
  const carol = await App.start(desktop, "Carol", join(folder, "carol"), args);
  try {
    await carol.session.untilText(/The server does not answer\. Ringdove keeps trying\./);
    await desktop.activate(await until("her window", () => desktop.windowOf(carol.pid)));
    await desktop.screenshot("no-server");
  } finally {
    await carol.session.close();
  }
});

/** Alice calls; gives Bob's prompt, which then is the window under test. */
async function ring(): Promise<string> {
  await alice.session.press("Call Bob with video");
  const prompt = await until("the prompt", () => desktop.visibleWindow(PROMPT_TITLE));
  await bob.session.window("prompt.html");
  await bob.session.untilText(/Alice is calling/);
  return prompt;
}

async function untilNotified(summary: string): Promise<void> {
  await until(`notification "${summary}"`, async () =>
    (await desktop.notifications()).some((notification) => notification.summary === summary),
  );
}

function log(name: string): string {
  return join(desktop.results, `${name}.log`);
}

/** What `xev` was given to type. */
function typed(events: string): string {
  const presses = events.split("\n\n").filter((event) => event.startsWith("KeyPress"));
  return presses
    .map((event) => /XLookupString gives 1 bytes: \([0-9a-f]{2}\) "(.)"/.exec(event)?.[1] ?? "")
    .join("");
}
