/**
 * What is heard in a call between two apps: Alice sits at an open loudspeaker, Bob wears headphones.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { App } from "../app/app.ts";
import { Desktop } from "../app/desktop.ts";
import { until } from "../support/until.ts";
import { Server } from "../support/server.ts";
import { SAMPLE_RATE, SoundCard } from "../app/soundCard.ts";
import { speech } from "../app/speech.ts";

/** For media between two apps on a machine that has other work too. */
const PATIENCE_MS = 45_000;
/** How long the echo canceller may take to learn the room. */
const LEARNING_MS = 2_000;

test.describe.configure({ mode: "serial" });

const endings: (() => Promise<void> | void)[] = [];
let folder: string;
let alices: SoundCard;
let bobs: SoundCard;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ringdove-sound-"));
  endings.unshift(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  alices = await SoundCard.open(join(folder, "alices-card"), { echo: 0.5 });
  endings.unshift(() => alices.stop());
  bobs = await SoundCard.open(join(folder, "bobs-card"));
  endings.unshift(() => bobs.stop());
  const desktop = await Desktop.open(test.info().project.outputDir);
  endings.unshift(() => desktop.close());
  const server = await Server.start();
  endings.unshift(() => server.stop());
  const args = ["--server", server.socketUrl];
  const alice = await App.start(desktop, "Alice", join(folder, "alice"), args, { env: alices.env });
  endings.unshift(() => alice.session.close());
  const bob = await App.start(desktop, "Bob", join(folder, "bob"), args, { env: bobs.env });
  endings.unshift(() => bob.session.close());
  await alice.signIn();
  await bob.signIn();
  await alice.session.press("Call Bob, audio only");
  await bob.answer("Alice");
  for (const person of [alice, bob]) {
    await until(
      `${person.name} hears`,
      async () => (await person.received()).audioSamples > SAMPLE_RATE,
      PATIENCE_MS,
    );
  }
  await desktop.screenshot("call");
});

test.afterAll(async () => {
  for (const end of endings) {
    await end();
  }
});

test("a tone takes its way from one room to the other's loudspeaker", async () => {
  const beeps = join(folder, "beeps.wav");
  writeFileSync(beeps, wave(tones(10)));
  const [said, heard] = [bobs.listen("room"), alices.listen("loudspeaker")];
  await bobs.speak(beeps);
  await pause(1_000);
  const starts = said.stop().onsets(-30, 300);
  const arrivals = heard.stop().onsets(-40, 300);
  const delays = starts.flatMap((start) => {
    const arrival = arrivals.find((at) => at > start && at < start + 900);
    return arrival === undefined ? [] : [arrival - start];
  });
  delays.sort((a, b) => a - b);
  const at = (share: number): string =>
    (delays[Math.floor(share * delays.length)] ?? NaN).toFixed(0);
  console.log(
    `figure: sound from room to loudspeaker: ${at(0.5)} ms, ${at(0)} to ${at(0.99)} (promised: 150 ms)`,
  );
  expect(starts).toHaveLength(10);
  expect(delays.length, "tones that arrived").toBeGreaterThan(4);
});

test("the far end does not hear itself", async () => {
  const far = await say("far", "en-gb", FAR);
  const [echo, residual] = [alices.listen("room"), bobs.listen("loudspeaker")];
  const from = performance.now() + LEARNING_MS;
  await bobs.speak(far);
  const to = performance.now();
  await pause(500);
  const [before, after] = [echo.stop().level(from, to), residual.stop().level(from, to)];
  console.log(
    `figure: echo: ${before.toFixed(1)} dB at the microphone, ${after.toFixed(1)} dB at the far end, ` +
      `${(before - after).toFixed(1)} dB down (promised: 35 dB)`,
  );
  expect(before, "the room echoes").toBeGreaterThan(-50);
  expect(before - after).toBeGreaterThan(10);
});

test("who speaks against the loudspeaker is heard", async () => {
  const [far, near] = [await say("far", "en-gb", FAR), await say("near", "en-us", NEAR)];
  const alone = await levelAtBob(() => alices.speak(near));
  const both = await levelAtBob(async () => {
    await Promise.all([alices.speak(near), bobs.speak(far)]);
  });
  console.log(
    `figure: near speech: ${alone.toFixed(1)} dB alone, ${both.toFixed(1)} dB in double talk`,
  );
  expect(both - alone).toBeGreaterThan(-15);
});

async function say(name: string, voice: string, text: string): Promise<string> {
  const file = join(folder, `${name}.wav`);
  await speech(file, voice, text);
  return file;
}

async function levelAtBob(talk: () => Promise<void>): Promise<number> {
  await pause(1_000);
  const heard = bobs.listen("loudspeaker");
  const from = performance.now() + 500;
  await talk();
  const to = performance.now();
  await pause(500);
  return heard.stop().level(from, to);
}

const FAR =
  "The north wind and the sun were disputing which was the stronger, when a traveller came along " +
  "wrapped in a warm cloak. They agreed that the one who first succeeded in making the traveller " +
  "take his cloak off should be considered stronger than the other.";
const NEAR =
  "Please call again tomorrow, I can hear you very well, and I would like to talk about the garden, " +
  "the weather, and the doves on the roof.";

/** So many voiced sounds of 80 ms, one each second: a bare tone would be taken for noise. */
function tones(count: number): Int16Array {
  const samples = new Int16Array(count * SAMPLE_RATE + SAMPLE_RATE / 2);
  for (let tone = 0; tone < count; tone++) {
    for (let at = 0; at < SAMPLE_RATE * 0.08; at++) {
      const phase = (2 * Math.PI * 180 * at) / SAMPLE_RATE;
      let sum = 0;
      for (let harmonic = 1; harmonic <= 12; harmonic++)
        sum += Math.sin(phase * harmonic) / harmonic;
      samples[tone * SAMPLE_RATE + SAMPLE_RATE / 4 + at] = sum * 9_000;
    }
  }
  return samples;
}

/** A WAVE file of one channel. */
function wave(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
