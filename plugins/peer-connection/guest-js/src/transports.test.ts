import { describe, expect, test } from "vitest";
import { TransportSet } from "./transports";

describe("transports", () => {
  test("are one for each offered m-line until an answer bundles them", () => {
    const transports = new TransportSet(false);
    transports.offered([0, 1]);
    const second = transports.of(1);
    expect(transports.of(0)).toBe(transports.main);
    expect(second).not.toBe(transports.main);
    transports.agreed([0, 1]);
    expect(transports.of(1)).toBe(transports.main);
    expect(second?.state).toBe("closed");
    transports.offered([0, 1, 2]);
    expect(transports.of(2)).toBe(transports.main);
  });

  test("are one from the start with max-bundle", () => {
    const transports = new TransportSet(true);
    transports.offered([0, 1]);
    expect(transports.of(1)).toBe(transports.main);
  });

  test("are gone again after a rollback", () => {
    const transports = new TransportSet(false);
    transports.keepStable();
    transports.offered([0]);
    transports.rollback();
    expect(transports.of(0)).toBeNull();
  });
});
