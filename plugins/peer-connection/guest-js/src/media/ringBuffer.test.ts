import { expect, test } from "vitest";
import { createFrameCollector, createRingBuffer } from "./ringBuffer";
import { workletSource } from "./worklets";

test("it is silent until the target is reached, then plays in order", () => {
  const ring = createRingBuffer(480, 960);
  ring.push(ramp(0, 240));
  expect(pull(ring, 128).every((sample) => sample === 0)).toBe(true);
  ring.push(ramp(240, 480));
  const played = pull(ring, 480);
  expect(played.slice(96).map((sample) => Math.round(sample * 32768))).toEqual(
    Array.from({ length: 384 }, (_, index) => 96 + index),
  );
});

test("an underrun fades to silence and fills up again", () => {
  const ring = createRingBuffer(480, 960);
  ring.push(new Int16Array(480).fill(16384));
  pull(ring, 480);
  const dry = pull(ring, 480);
  expect(dry[0]).toBeGreaterThan(0.4);
  expect(dry.every((sample, index) => sample <= (dry[index - 1] ?? 0.5))).toBe(true);
  expect(dry.at(-1)).toBe(0);
  ring.push(new Int16Array(240).fill(16384));
  expect(pull(ring, 128).every((sample) => sample === 0)).toBe(true);
  ring.push(new Int16Array(240).fill(16384));
  expect(pull(ring, 128).at(-1)).toBeCloseTo(0.5);
});

test("late audio above the limit goes, down to the target", () => {
  const ring = createRingBuffer(480, 960);
  for (let start = 0; start < 1200; start += 240) {
    ring.push(ramp(start, start + 240));
  }
  expect(ring.level).toBe(480);
  expect(Math.round((pull(ring, 97).at(-1) ?? 0) * 32768)).toBe(1200 - 480 + 96);
});

test("one huge frame keeps its end only", () => {
  const ring = createRingBuffer(480, 960);
  ring.push(new Int16Array(100_000));
  expect(ring.level).toBe(960);
});

test("a steady stream plays without a break", () => {
  const ring = createRingBuffer(2400, 5760);
  let silent = 0;
  let pushed = 0;
  for (let block = 0; block < 3000; block++) {
    // 128 samples out each time, 480 in whenever they are due.
    while (pushed <= block * 128) {
      ring.push(new Int16Array(480).fill(8192));
      pushed += 480;
    }
    const played = pull(ring, 128);
    if (block > 30) {
      silent += played.filter((sample) => sample < 0.24).length;
    }
  }
  expect(silent).toBe(0);
});

test("frames of 480 come out of blocks of 128, mixed to one channel", () => {
  const frames: Int16Array[] = [];
  const collector = createFrameCollector(480, (frame) => frames.push(frame));
  const [left, right] = [new Float32Array(128).fill(0.5), new Float32Array(128).fill(-0.25)];
  for (let block = 0; block < 15; block++) {
    collector.push([left, right], 128);
  }
  expect(frames.map((frame) => frame.length)).toEqual([480, 480, 480, 480]);
  expect(frames[3]?.every((sample) => sample === Math.round(0.125 * 32767))).toBe(true);
});

test("no input is silence, and too loud is clipped", () => {
  const frames: Int16Array[] = [];
  const collector = createFrameCollector(4, (frame) => frames.push(frame));
  collector.push([], 4);
  collector.push([new Float32Array([2, -2, 1, -1])], 4);
  expect(frames.map((frame) => [...frame])).toEqual([
    [0, 0, 0, 0],
    [32767, -32767, 32767, -32767],
  ]);
});

test("the worklet's string stands alone", () => {
  const made = runWorklet(workletSource());
  expect([...made.keys()]).toEqual(["peer-connection-capture", "peer-connection-playback"]);

  const Capture = made.get("peer-connection-capture");
  const capture = Capture && new Capture();
  const block = [new Float32Array(128).fill(0.5)];
  const quiet = new Float32Array(128).fill(0.125);
  for (let count = 0; count < 8; count++) {
    expect(capture?.process([block, [quiet]], [[new Float32Array(128)]])).toBe(true);
  }
  // 10 ms of the microphone, and what was played in them.
  expect(capture?.port.posted.map((data) => data.byteLength)).toEqual([1920, 1920]);
  const heard = new Int16Array(capture?.port.posted[0] ?? new ArrayBuffer());
  expect([heard[0], heard[479], heard[480], heard[959]]).toEqual([16384, 16384, 4096, 4096]);
  for (let count = 0; count < 400; count++) {
    capture?.process([block], [[new Float32Array(128)]]);
  }
  // The page did not answer: bounded.
  expect(capture?.port.posted).toHaveLength(20);
  capture?.port.onmessage?.({ data: "end" });
  expect(capture?.process([block], [[new Float32Array(128)]])).toBe(false);

  const Playback = made.get("peer-connection-playback");
  const playback = Playback && new Playback();
  for (let count = 0; count < 5; count++) {
    playback?.port.onmessage?.({ data: new Int16Array(480).fill(16384).buffer });
  }
  const out = new Float32Array(128);
  playback?.process([], [[out]]);
  expect(out.at(-1)).toBeCloseTo(0.5);
});

interface Processor {
  readonly port: {
    onmessage?: (event: { data: unknown }) => void;
    readonly posted: ArrayBuffer[];
  };
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

function runWorklet(source: string): Map<string, new () => Processor> {
  const made = new Map<string, new () => Processor>();
  class FakeProcessor {
    readonly port = {
      posted: [] as ArrayBuffer[],
      postMessage(data: ArrayBuffer) {
        this.posted.push(data);
      },
    };
  }
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function("AudioWorkletProcessor", "registerProcessor", source)(
    FakeProcessor,
    (name: string, processor: new () => Processor) => made.set(name, processor),
  );
  return made;
}

function ramp(from: number, to: number): Int16Array {
  return Int16Array.from({ length: to - from }, (_, index) => from + index);
}

function pull(ring: ReturnType<typeof createRingBuffer>, length: number): number[] {
  const out = new Float32Array(length);
  ring.pull(out);
  return [...out];
}
