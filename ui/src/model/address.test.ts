import { expect, test } from "vitest";
import { isThisComputer, webAddress } from "./address";

test.each([
  ["192.168.1.20", "http://192.168.1.20:6503"],
  ["attic.local:7000", "http://attic.local:7000"],
  ["ws://10.0.0.5:6503/", "http://10.0.0.5:6503"],
  ["wss://call.example", "https://call.example"],
  ["https://call.example/dove/", "https://call.example/dove"],
])("%s is opened in a browser as %s", (typed, web) => {
  expect(webAddress(typed)).toBe(web);
});

test("an address of this computer is known as such", () => {
  expect(isThisComputer("http://127.0.0.1:6503")).toBe(true);
  expect(isThisComputer("http://localhost:6503")).toBe(true);
  expect(isThisComputer("http://192.168.1.20:6503")).toBe(false);
  expect(isThisComputer("nonsense")).toBe(false);
});
