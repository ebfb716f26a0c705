import { expect, test } from "vitest";
import { fits } from "./limits";
import { encodedSize, vp8Size } from "./pictureSize";

const MOST = 2560 * 1440;

test("sizes are divided, even, and never larger than the source", () => {
  expect(encodedSize({ width: 640, height: 480 }, 1, MOST)).toEqual({ width: 640, height: 480 });
  expect(encodedSize({ width: 640, height: 480 }, 1.5, MOST)).toEqual({ width: 426, height: 320 });
  expect(encodedSize({ width: 641, height: 481 }, 0.5, MOST)).toEqual({ width: 640, height: 480 });
  expect(encodedSize({ width: 3, height: 3 }, 4, MOST)).toEqual({ width: 2, height: 2 });
});

test("a large picture shrinks into the limits, lying or upright", () => {
  for (const [width, height] of [
    [3840, 2160],
    [2160, 3840],
    [5120, 600],
  ] as const) {
    const size = encodedSize({ width, height }, 1, MOST);
    expect(fits(size.width, size.height)).toBe(true);
    expect(size.width / size.height).toBeCloseTo(width / height, 1);
  }
  expect(encodedSize({ width: 1920, height: 1080 }, 1, 1280 * 720)).toEqual({
    width: 1280,
    height: 720,
  });
});

test("a VP8 key frame tells its size, anything else none", () => {
  const key = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0xe0, 0x01];
  expect(vp8Size(new Uint8Array(key))).toEqual({ width: 640, height: 480 });
  expect(vp8Size(new Uint8Array([0x11, ...key.slice(1)]))).toBeUndefined();
  expect(vp8Size(new Uint8Array(key.slice(0, 9)))).toBeUndefined();
  expect(vp8Size(new Uint8Array())).toBeUndefined();
});
