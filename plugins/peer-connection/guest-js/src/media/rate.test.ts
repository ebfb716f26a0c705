import { expect, test } from "vitest";
import { type Plan, Rate } from "./rate";

const VGA = { width: 640, height: 480, frameRate: 30 };

test("an obedient encoder is left alone", () => {
  const { rate, plan, kbps } = run({ target: 800_000, seconds: 20, encoder: obedient });
  expect(plan).toEqual({ bitrate: 800_000, frameRate: 30, scaleDownBy: 1 });
  expect(kbps).toBeGreaterThan(700);
  expect(rate.plan).toEqual(plan);
});

test("an encoder that gives 27 times too much is brought to its target", () => {
  // WebKitGTK's VP8 from a canvas.
  const { plan, kbps } = run({
    target: 600_000,
    seconds: 30,
    encoder: ({ bitrate, frameRate }) => (bitrate * 27) / frameRate,
  });
  expect(plan.bitrate).toBeLessThan(600_000 / 20);
  expect(kbps).toBeGreaterThan(400);
  expect(kbps).toBeLessThan(720);
});

test("never much more than the target goes out, even in the first seconds", () => {
  const { all } = run({
    target: 600_000,
    seconds: 30,
    encoder: ({ bitrate, frameRate }) => (bitrate * 27) / frameRate,
  });
  expect((all[0] ?? 0) + (all[1] ?? 0)).toBeLessThan(600 * 4);
  expect(Math.max(...all.slice(2))).toBeLessThan(600 * 1.5);
});

test("at the encoder's floor, the picture gets slower and smaller", () => {
  // 0.08 bits for each pixel, whatever is asked: 737 kbit/s for VGA.
  const { plan, kbps } = run({
    target: 200_000,
    seconds: 60,
    encoder: ({ bitrate, frameRate, scaleDownBy }) =>
      Math.max(bitrate / frameRate, ((640 * 480) / scaleDownBy ** 2) * 0.08),
  });
  expect(plan.scaleDownBy).toBeGreaterThan(1);
  expect(kbps).toBeLessThan(240);
});

test("a low target starts small, a higher one brings the picture back", () => {
  const rate = new Rate(100_000);
  rate.setSource({ width: 1280, height: 720, frameRate: 30 });
  expect(rate.plan.scaleDownBy).toBeGreaterThanOrEqual(2);
  rate.setTarget(2_000_000);
  const { plan } = run({ rate, target: 2_000_000, seconds: 40, encoder: obedient });
  expect(plan).toMatchObject({ frameRate: 30, scaleDownBy: 1 });
});

test("a quiet scene is no reason to change anything", () => {
  const { plan } = run({ target: 800_000, seconds: 60, encoder: () => 500 });
  expect(plan).toEqual({ bitrate: 800_000, frameRate: 30, scaleDownBy: 1 });
});

test("a computer that cannot keep up gets fewer and smaller pictures", () => {
  const rate = new Rate(800_000);
  rate.setSource(VGA);
  for (let second = 0; second < 6; second++) {
    for (let frame = 0; frame < 30; frame++) {
      if (frame % 2 === 0) {
        rate.late();
      } else if (rate.admits(second * 1000 + frame * 33)) {
        rate.encoded(2000);
      }
    }
    rate.second(1000);
  }
  expect(rate.plan.frameRate).toBeLessThan(30);
  expect(rate.plan.scaleDownBy).toBeGreaterThan(1);
});

test("steps up that do not last come ever more seldom", () => {
  const rate = new Rate(400_000);
  rate.setSource(VGA);
  let ups = 0;
  let before = rate.plan;
  for (let second = 0; second < 120; second++) {
    // Only the top step is too much.
    const bad = rate.plan.frameRate === 30;
    for (let frame = 0; frame < 20; frame++) {
      if (bad) {
        rate.late();
      } else if (rate.admits(second * 1000 + frame * 50)) {
        rate.encoded(1500);
      }
    }
    rate.second(1000);
    ups += rate.plan.frameRate > before.frameRate ? 1 : 0;
    before = rate.plan;
  }
  expect(ups).toBeGreaterThan(1);
  expect(ups).toBeLessThan(7);
});

test("a second without frames changes nothing", () => {
  const rate = new Rate(500_000);
  rate.setSource(VGA);
  const { plan } = rate;
  for (let second = 0; second < 10; second++) {
    rate.second(1000);
  }
  expect(rate.plan).toEqual(plan);
});

test("key frames leave room for others, however narrow the link", () => {
  const rate = new Rate(1_000_000);
  expect(rate.keyFrameInterval).toBe(300);
  rate.encoded(6_000, true);
  expect(rate.keyFrameInterval).toBe(300);
  rate.setTarget(80_000);
  expect(rate.keyFrameInterval).toBe(1500);
  rate.encoded(60_000);
  expect(rate.keyFrameInterval).toBe(1500);
});

interface Run {
  readonly rate?: Rate;
  readonly target: number;
  readonly seconds: number;
  /** Bits of a frame under this plan. */
  readonly encoder: (plan: Plan) => number;
}

interface Ran {
  readonly rate: Rate;
  readonly plan: Plan;
  /** Mean of the last five seconds. */
  readonly kbps: number;
  readonly all: number[];
}

function run({ rate: given, target, seconds, encoder }: Run): Ran {
  const rate = given ?? new Rate(target);
  if (!given) {
    rate.setSource(VGA);
  }
  const all: number[] = [];
  for (let second = 0; second < seconds; second++) {
    let bits = 0;
    const { frameRate } = rate.plan;
    for (let frame = 0; frame < frameRate; frame++) {
      if (rate.admits(second * 1000 + (frame * 1000) / frameRate)) {
        const size = encoder(rate.plan);
        rate.encoded(size / 8);
        bits += size;
      }
    }
    rate.second(1000);
    all.push(bits / 1000);
  }
  const last = all.slice(-5);
  const kbps = last.reduce((sum, value) => sum + value, 0) / last.length;
  return { rate, plan: rate.plan, kbps, all };
}

function obedient({ bitrate, frameRate }: Plan): number {
  return bitrate / frameRate;
}
