/** Two app windows, Alice and Bob, ready to call each other; ends with them or with Ctrl-C. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasDevices } from "../support/chromium.ts";
import { built } from "../support/project.ts";
import { end, Server } from "../support/server.ts";
import { interrupt } from "./interrupt.ts";

const data = mkdtempSync(join(tmpdir(), "ringdove-demo-"));
if (!hasDevices())
  console.log("No camera and microphone here: a moving test picture takes their place.");
const interrupted = interrupt();
const server = await Server.start();
const apps: ChildProcess[] = [];
try {
  for (const name of ["Alice", "Bob"]) {
    const folder = join(data, name);
    const args = ["--data-dir", folder, "--server", server.socketUrl, "--name", name];
    if (!hasDevices()) args.push("--test-devices");
    // Both ends are on this machine, which may have no other network address.
    const env = { ...process.env, PEER_CONNECTION_LOOPBACK: "1" };
    apps.push(spawn(built("ringdove"), args, { stdio: "inherit", env }));
  }
  console.log(`The server is at ${server.url}. Close the windows or press Ctrl-C to end the demo.`);
  const closed = apps.map(async (app) => once(app, "exit"));
  await Promise.race([interrupted, Promise.all(closed)]);
} finally {
  for (const app of apps) await end(app, "SIGTERM");
  await server.stop();
  rmSync(data, { recursive: true, force: true });
}
