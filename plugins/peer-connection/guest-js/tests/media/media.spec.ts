/** The media plane in a real browser: a camera's picture through two planes into a <video>. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page, test as base } from "@playwright/test";
import { CHROMIUM, FLAGS } from "./chromium";
import type {} from "./harness";
import { serveHarness } from "./serve";

type View = ReturnType<Window["harness"]["view"]>;

const test = base.extend<{ harness: Page }, { address: string }>({
  address: [
    async ({}, use) => {
      const served = await serveHarness();
      await use(served.address);
      await served.close();
    },
    { scope: "worker" },
  ],
  harness: async ({ page, address }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") {
        errors.push(message.text());
      }
    });
    await page.goto(address);
    await use(page);
    expect(errors).toEqual([]);
  },
});

test("a picture and sound arrive", async ({ harness }) => {
  await open(harness);
  await pause(2000);
  const before = await view(harness);
  expect(before).toMatchObject({ width: 640, height: 480 });
  expect(before.firstFrameAt).toBeLessThan(2000);
  await pause(2000);
  const after = await view(harness);
  const decoded = (after.remote.framesDecoded - before.remote.framesDecoded) / 2;
  const kbps = ((after.sent.videoBytes - before.sent.videoBytes) * 8) / 2000;
  console.log(
    `first picture after ${Math.round(before.firstFrameAt ?? NaN)} ms, ` +
      `${decoded} decoded a second, ${Math.round(kbps)} kbit/s, ` +
      `audio ${(after.sent.audio - before.sent.audio) / 2} frames a second, ` +
      `loudest ${Math.round(after.loudest)}, heard ${after.heard.toFixed(3)}`,
  );
  // 30 on a quiet machine; a busy one is no fault.
  expect(decoded).toBeGreaterThan(10);
  expect(after.brightness).toBeGreaterThan(10);
  expect(after.local.keyFramesEncoded).toBeGreaterThanOrEqual(1);
  expect(after.local).toMatchObject({ frameWidth: 640, frameHeight: 480 });
  expect(after.remote.framesDropped).toBeLessThan(10);
  expect(after.sent.audio - before.sent.audio).toBeGreaterThan(150);
  expect(after.loudest).toBeGreaterThan(100);
  await heard(harness);
});

test("mute and end are the remote side's to say", async ({ harness }) => {
  expect((await view(harness)).muted).toEqual([true, true]);
  await open(harness);
  await harness.evaluate(() => {
    const { audio, video } = window.harness.receiver;
    video.setMuted(true);
    video.setMuted(true);
    audio.end();
    audio.end();
    audio.setMuted(false);
  });
  const { muted, states, events } = await view(harness);
  expect(muted).toEqual([true, true]);
  expect(states).toEqual(["ended", "live"]);
  expect(events).toEqual([
    "audio unmute false",
    "video unmute false",
    "video mute true",
    "audio ended true",
  ]);
});

test("loss asks for a key frame, seldom, and the picture goes on", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  await harness.evaluate(() => (window.harness.faults.loseOneIn = 5));
  await pause(3000);
  await harness.evaluate(() => (window.harness.faults.loseOneIn = 0));
  await pause(1000);
  const { sent, remote } = await view(harness);
  expect(sent.keyFrameRequests).toBeGreaterThan(2);
  expect(sent.keyFrameRequests).toBeLessThan(12);
  await grows(harness, remote.framesDecoded);
});

test("a hidden page goes on sending and receiving", async () => {
  const served = await serveHarness();
  const profile = mkdtempSync(join(tmpdir(), "peer-connection-media-"));
  const flags = ["--headless=new", "--no-first-run", "--disable-popup-blocking", ...FLAGS];
  const args = [...flags, `--user-data-dir=${profile}`, "--remote-debugging-port=0"];
  const browser = spawn(CHROMIUM, [...args, `${served.address}#hidden`], { stdio: "ignore" });
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  try {
    const { before, after } = JSON.parse(await served.report) as Record<"before" | "after", View>;
    const sent = (after.sent.video - before.sent.video) / 4;
    const decoded = (after.remote.framesDecoded - before.remote.framesDecoded) / 4;
    const audio = (after.sent.audio - before.sent.audio) / 4;
    console.log(`hidden: ${sent} sent, ${decoded} decoded, ${audio} of audio a second`);
    expect(before.hidden && after.hidden).toBe(true);
    expect(decoded).toBeGreaterThan(8);
    expect(audio).toBeGreaterThan(80);
  } finally {
    browser.kill();
    await ended;
    await served.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

test("broken frames do not end the picture", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  const { sent } = await view(harness);
  for (let round = 0; round < 2; round++) {
    await harness.evaluate(() => {
      window.harness.faults.corrupt = 1;
    });
    await pause(1000);
  }
  const { remote, sent: after } = await view(harness);
  expect(after.keyFrameRequests).toBeGreaterThan(sent.keyFrameRequests);
  await grows(harness, remote.framesDecoded);
});

test("a stream of broken frames ends the picture until the next start", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  await harness.evaluate(() => {
    window.harness.faults.corrupt = Infinity;
  });
  await pause(4000);
  const before = await view(harness);
  await pause(1500);
  expect((await view(harness)).sent.keyFrameRequests).toBe(before.sent.keyFrameRequests);
  await harness.evaluate(() => {
    window.harness.faults.corrupt = 0;
    window.harness.start();
  });
  await grows(harness, before.remote.framesDecoded);
});

test("a renegotiation that changes nothing costs no key frame", async ({ harness }) => {
  await open(harness);
  await pause(1500);
  const before = await view(harness);
  await harness.evaluate(() => {
    window.harness.start();
  });
  await grows(harness, before.remote.framesDecoded);
  expect((await view(harness)).sent.keyFrames).toBe(before.sent.keyFrames);
});

test("a disabled track sends black and silence", async ({ harness }) => {
  await open(harness);
  await pause(1500);
  await harness.evaluate(() => {
    window.harness.track("video").enabled = false;
    window.harness.track("audio").enabled = false;
  });
  await pause(1500);
  await view(harness);
  await pause(1500);
  const black = await view(harness);
  expect(black.brightness).toBeLessThan(3);
  expect(black.loudest).toBe(0);
  await harness.evaluate(() => {
    window.harness.track("video").enabled = true;
  });
  await pause(1500);
  expect((await view(harness)).brightness).toBeGreaterThan(10);
});

test("limits hold: half the size, few frames, little bitrate, nothing", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  await harness.evaluate(() => {
    window.harness.limit({ scaleResolutionDownBy: 2, maxFramerate: 10, maxBitrate: 150_000 });
  });
  await pause(4000);
  const before = await view(harness);
  await pause(4000);
  const after = await view(harness);
  const kbps = ((after.sent.videoBytes - before.sent.videoBytes) * 8) / 4000;
  console.log(`${Math.round(kbps)} kbit/s of at most 150`);
  expect(after).toMatchObject({ width: 320, height: 240 });
  expect((after.sent.video - before.sent.video) / 4).toBeLessThan(11);
  expect(kbps).toBeLessThan(190);
  await harness.evaluate(() => {
    window.harness.limit({ active: false });
  });
  await pause(300);
  const stopped = (await view(harness)).sent.video;
  await pause(1000);
  expect((await view(harness)).sent.video).toBe(stopped);
});

test("nothing is sent into a full transport", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  await harness.evaluate(() => (window.harness.faults.buffered = 300 * 1024));
  // What was already inside the encoder still comes.
  await pause(1000);
  const { sent } = await view(harness);
  await pause(1000);
  const full = await view(harness);
  expect(full.sent.video).toBe(sent.video);
  expect(full.sent.audio).toBe(sent.audio);
  await harness.evaluate(() => (window.harness.faults.buffered = 0));
  await grows(harness, full.remote.framesDecoded);
});

test("another track goes on without a new start", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  await harness.evaluate(async () => {
    const other = await navigator.mediaDevices.getUserMedia({
      video: { width: 320, height: 240 },
    });
    window.harness.sender.video.setTrack(other.getVideoTracks()[0] ?? null);
  });
  await expect.poll(async () => (await view(harness)).width).toBe(320);
  await harness.evaluate(() => {
    window.harness.sender.video.setTrack(null);
  });
  await pause(300);
  const none = (await view(harness)).sent.video;
  await pause(700);
  expect((await view(harness)).sent.video).toBe(none);
});

test("H.264 works where it is offered", async ({ harness }) => {
  const codecs = await harness.evaluate(() => window.harness.codecs());
  console.log(`offered: ${codecs.join(", ")}`);
  expect(codecs.slice(0, 2)).toEqual(["opus", "VP8"]);
  test.skip(!codecs.includes("H264"), "this browser has no H.264");
  await open(harness, "H264");
  await pause(1500);
  const { remote, width } = await view(harness);
  expect(width).toBe(640);
  await grows(harness, remote.framesDecoded + 10);
});

test("a closed plane is quiet", async ({ harness }) => {
  await open(harness);
  await pause(1000);
  await harness.evaluate(() => {
    window.harness.close();
  });
  const { sent, states } = await view(harness);
  await pause(700);
  expect((await view(harness)).sent).toEqual(sent);
  expect(states).toEqual(["ended", "ended"]);
});

async function open(harness: Page, codec: "VP8" | "H264" = "VP8"): Promise<void> {
  await harness.evaluate(async (name) => {
    await window.harness.open({ width: 640, height: 480 });
    window.harness.start(name);
  }, codec);
}

function view(harness: Page): Promise<View> {
  return harness.evaluate(() => window.harness.view());
}

async function grows(harness: Page, from: number): Promise<void> {
  await expect
    .poll(async () => (await view(harness)).remote.framesDecoded)
    .toBeGreaterThan(from + 10);
}

/** The fake device beeps once a second. */
async function heard(harness: Page): Promise<void> {
  await expect
    .poll(async () => (await view(harness)).heard, { intervals: [40], timeout: 5000 })
    .toBeGreaterThan(0.01);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
