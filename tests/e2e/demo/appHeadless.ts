/** A whole call between two apps by itself, on a desktop that nobody sees. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { App } from "../app/app.ts";
import { Desktop } from "../app/desktop.ts";
import { until } from "../support/until.ts";
import { Server } from "../support/server.ts";
import { printTimeline } from "./timeline.ts";

const { values } = parseArgs({ options: { out: { type: "string", default: "target/demo" } } });
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const pictures: string[] = [];
/** For media between two apps on a machine that has other work too. */
const PATIENCE_MS = 45_000;
const folder = mkdtempSync(join(tmpdir(), "ringdove-demo-"));
const server = await Server.start();
const desktop = await Desktop.open(out);
const people: App[] = [];
try {
  for (const name of ["Alice", "Bob"]) {
    const args = ["--server", server.socketUrl, "--test-devices"];
    const person = await App.start(desktop, name, join(folder, name), args);
    people.push(person);
    await person.signIn();
  }
  const [alice, bob] = people as [App, App];
  await alice.session.untilText(/Bob/);
  await bob.session.untilText(/Alice/);
  await picture("1-people");

  const started = Date.now();
  await alice.call("Bob");
  await alice.reached("remoteRinging", started);
  const prompt = await until("the prompt", () => desktop.visibleWindow("Alice is calling"));
  await desktop.untilPainted(prompt);
  await picture("2-incoming");
  await bob.answer("Alice");
  for (const person of people) await person.reached("firstFrame", started, PATIENCE_MS);
  const media = new Map<string, Awaited<ReturnType<App["received"]>>>();
  for (const person of people) {
    const seen = await until(
      `${person.name} sees and hears`,
      async () => {
        const received = await person.received();
        return received.videoFrames > 10 && received.audioSamples > 0 ? received : undefined;
      },
      PATIENCE_MS,
    );
    media.set(person.name, seen);
  }
  await picture("3-call");
  const hungUp = Date.now();
  await bob.hangUp();
  for (const person of people) await person.reached("ended", hungUp);
  await alice.session.untilText(/Bob hung up/);
  await picture("4-end");

  const engine = await alice.session.execute(
    "return Function.prototype.toString.call(Object.getPrototypeOf(RTCPeerConnection)).includes('[native code]')",
  );
  console.log(
    `\nMedia: ${engine === true ? "RTCPeerConnection of the webview" : "RTCPeerConnection of tauri-plugin-peer-connection"}`,
  );
  for (const [name, seen] of media) {
    console.log(
      `  ${name} decoded ${seen.videoFrames} frames (${seen.codec ?? "unknown codec"}) and ` +
        `${(seen.audioSamples / 48_000).toFixed(1)} s of sound`,
    );
  }
  await printTimeline(alice, bob, started);
  console.log(`\nPictures in ${out}:\n  ${pictures.join("\n  ")}`);
} finally {
  for (const person of people) await person.session.close();
  await server.stop();
  await desktop.close();
  rmSync(folder, { recursive: true, force: true });
}

async function picture(name: string): Promise<void> {
  await desktop.screenshot(name);
  pictures.push(`${name}.png`);
}
