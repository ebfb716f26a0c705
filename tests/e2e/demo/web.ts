/** Two Chromium windows, Alice and Bob, ready to call each other; ends with them or with Ctrl-C. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "@playwright/test";
import { launchOptions, hasDevices } from "../support/chromium.ts";
import { Person } from "../support/person.ts";
import { Server } from "../support/server.ts";
import { interrupt } from "./interrupt.ts";

const real = hasDevices();
if (!real) console.log("No camera and microphone here: a moving test picture takes their place.");
const profiles = mkdtempSync(join(tmpdir(), "ringdove-demo-"));
const interrupted = interrupt();
const server = await Server.start();
const windows: BrowserContext[] = [];
try {
  for (const [number, name] of ["Alice", "Bob"].entries()) {
    const options = launchOptions({ headless: false, fakeDevices: !real });
    const window = await chromium.launchPersistentContext(join(profiles, name), {
      ...options,
      args: [
        ...(options.args ?? []),
        `--window-position=${number * 660},40`,
        "--window-size=640,800",
      ],
      handleSIGINT: false,
      viewport: null,
      permissions: ["camera", "microphone"],
    });
    windows.push(window);
    const [blank] = window.pages();
    const person = await Person.in(window, server, name);
    await blank?.close();
    await person.signIn();
  }
  console.log(`The server is at ${server.url}. Close the windows or press Ctrl-C to end the demo.`);
  const closed = windows.map(async (window) => window.waitForEvent("close", { timeout: 0 }));
  await Promise.race([interrupted, Promise.all(closed)]);
} finally {
  for (const window of windows) await window.close().catch(() => undefined);
  await server.stop();
  rmSync(profiles, { recursive: true, force: true });
}
