import { describe, expect, it } from "vitest";
import { deviceFailure, deviceProblem } from "./devices";

describe("deviceProblem", () => {
  it.each([
    ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"],
    ["NotAllowedError", "refused"],
    ["SecurityError", "refused"],
    ["NotReadableError", "busy"],
    ["AbortError", "busy"],
    ["InvalidStateError", "unknown"],
  ])("knows %s as %s", (name, problem) => {
    expect(deviceProblem(new DOMException("words for people", name))).toBe(problem);
  });

  it("takes what is no error of the platform for unknown", () => {
    expect(deviceProblem(new TypeError("no constraints"))).toBe("unknown");
    expect(deviceProblem("text")).toBe("unknown");
  });
});

describe("deviceFailure", () => {
  it("names a refusal before anything else", () => {
    expect(deviceFailure(["missing", "refused"])).toBe("no_permission");
  });

  it("is a matter of devices otherwise", () => {
    expect(deviceFailure(["missing", "busy"])).toBe("no_device");
    expect(deviceFailure([null, "unknown"])).toBe("no_device");
  });
});
