import { describe, expect, test } from "vitest";
import { readEncodings } from "./encodings";

describe("the encodings of a new sender", () => {
  test("are one, active and unscaled, where none is given", () => {
    expect(readEncodings("video", [])).toEqual({ active: true, scaleResolutionDownBy: 1 });
    expect(readEncodings("audio", [])).toEqual({ active: true });
  });

  test("are trimmed to the first, which needs no name then", () => {
    const encodings = [{ rid: "a", maxBitrate: 100_000 }, { rid: "b" }];
    expect(readEncodings("video", encodings)).toEqual({
      active: true,
      maxBitrate: 100_000,
      scaleResolutionDownBy: 1,
    });
  });

  test("of sound have nothing to do with pictures", () => {
    const encodings = [{ scaleResolutionDownBy: 0.5, maxFramerate: -1 }];
    expect(readEncodings("audio", encodings)).toEqual({ active: true });
  });

  test.each([
    ["a name with signs", [{ rid: "@" }], TypeError],
    ["a long name", [{ rid: "a".repeat(17) }], TypeError],
    ["one without a name", [{ rid: "a" }, {}], TypeError],
    ["a name twice", [{ rid: "a" }, { rid: "a" }], TypeError],
    ["an enlarged picture", [{ scaleResolutionDownBy: 0.5 }], RangeError],
    ["a negative rate", [{ maxFramerate: -1 }], RangeError],
  ])("are refused with %s", (_, encodings, error) => {
    expect(() => readEncodings("video", encodings)).toThrow(error);
  });
});
