import { expect, test } from "vitest";
import { isThisComputer, readServer, webAddress } from "./address";

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

test.each([
  [" 192.168.1.20 ", "ws://192.168.1.20:6503", null],
  ["attic.local:7000", "ws://attic.local:7000", null],
  ["https://call.example/dove/", "wss://call.example/dove/", null],
  ["https://call.example/#invite=7KQ2M-9XW4T", "wss://call.example/", "7KQ2M-9XW4T"],
  ["HTTP://call.example:6503/#", "ws://call.example:6503/", null],
])("%s is a server", (typed, server, invite) => {
  expect(readServer(typed)).toEqual({ server, invite });
});
