/** A whole call between web clients by itself: prints its timeline, writes a picture of each stage. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { expect } from "@playwright/test";
import { launch } from "../support/chromium.ts";
import { Person } from "../support/person.ts";
import { Server } from "../support/server.ts";
import { printTimeline } from "./timeline.ts";

const { values } = parseArgs({ options: { out: { type: "string", default: "target/demo" } } });
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const pictures: string[] = [];

const server = await Server.start();
const browser = await launch({ headless: true });
try {
  const alice = await Person.open(browser, server, "Alice");
  const bob = await Person.open(browser, server, "Bob");
  const button = alice.page.getByRole("button", { name: "Sign in" });
  await button.waitFor();
  await picture(alice, "1-sign-in");
  await alice.signIn();
  await bob.signIn();
  await expect(alice.callButton("Bob")).toBeVisible();
  await expect(bob.callButton("Alice")).toBeVisible();
  await picture(alice, "2-people");

  const started = Date.now();
  await alice.call("Bob");
  await expect(bob.incoming("Alice")).toBeVisible();
  await alice.reached("remoteRinging", started);
  await picture(bob, "3-incoming");
  await picture(alice, "3-ringing-there");
  await bob.answer("Alice");
  for (const person of [alice, bob]) await person.reached("firstFrame", started);
  for (const person of [alice, bob]) await person.expectMedia("video", await person.received());
  await picture(alice, "4-call-alice");
  await picture(bob, "4-call-bob");
  const media = { alice: await alice.received(), bob: await bob.received() };
  const hungUp = Date.now();
  await bob.hangUp();
  for (const person of [alice, bob]) await person.reached("ended", hungUp);
  for (const person of [alice, bob]) await person.expectReleased();
  await picture(alice, "5-end-alice");
  await picture(bob, "5-end-bob");

  console.log(`\nMedia: RTCPeerConnection of Chromium ${browser.version()}`);
  for (const [name, seen] of Object.entries(media)) {
    console.log(`  ${name} decoded ${seen.videoFrames} frames (${seen.codec ?? "unknown codec"})`);
  }
  await printTimeline(alice, bob, started);
  console.log(`\nPictures in ${out}:\n  ${pictures.join("\n  ")}`);
} finally {
  await browser.close();
  await server.stop();
}

async function picture(person: Person, name: string): Promise<void> {
  await person.page.screenshot({ path: join(out, `${name}.png`), animations: "disabled" });
  pictures.push(`${name}.png`);
}
