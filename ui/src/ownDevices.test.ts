// @vitest-environment jsdom
import {
  fireEvent,
  getByLabelText,
  getByRole,
  getByText,
  queryByLabelText,
  queryByRole,
} from "@testing-library/dom";
import { flushSync } from "svelte";
import { expect, test } from "vitest";
import type { DeviceRefusal, LinkView, OwnDevices } from "./generated/app";
import { button, open } from "./openApp";

const ONLINE: LinkView = { phase: "online", name: "Alice" };
const CODE = `ringdove-device:${"A".repeat(43)}`;
const OTHER = `ringdove-device:${"B".repeat(43)}`;
const LINK = `ringdove-link:${"A".repeat(43)}.${"A".repeat(86)}.Alice`;
const FIRST: OwnDevices = { code: CODE, linked: false, signed: null };

function type(label: string, value: string): void {
  fireEvent.input(getByLabelText(document.body, label), { target: { value } });
}

function openSettings(): void {
  fireEvent.click(button("Settings"));
  flushSync();
}

function press(name: string): void {
  fireEvent.click(getByText(document.body, name, { selector: "button" }));
  flushSync();
}

test("a device is added only after the warning, and its link is shown", async () => {
  const { commands, host } = await open({ snapshot: { link: ONLINE, devices: FIRST } });
  openSettings();
  type("Code of the other device", OTHER);
  press("Go on");

  expect(getByRole(document.body, "alert").textContent).toMatch(/call and answer in your name/);
  expect(document.activeElement).toBe(button("Cancel"));
  press("Cancel");
  expect(queryByRole(document.body, "alert")).toBeNull();
  press("Go on");
  expect(commands).toEqual([]);
  press("Yes, it is my device");
  expect(commands).toEqual([{ kind: "signDevice", code: OTHER }]);

  host.emit({ kind: "devices", devices: { ...FIRST, signed: LINK } });
  flushSync();
  expect(getByText(document.body, LINK)).toBeDefined();
  expect(getByRole(document.body, "img", { name: "QR code of the device link" })).toBeDefined();
});

test("on the sign-in screen a link makes this a further device, at the typed server", async () => {
  const { commands, host } = await open({
    kind: "app",
    snapshot: { devices: FIRST },
    remembered: { name: "Old", server: "attic.local" },
  });
  expect(getByText(document.body, CODE)).toBeDefined();
  type("Link from the first device", LINK);
  press("Use this account");
  const server = "ws://attic.local:6503";
  expect(commands).toEqual([{ kind: "takeLink", text: LINK, server }]);

  host.emit({ kind: "link", link: ONLINE });
  flushSync();
  host.emit({ kind: "link", link: { phase: "signedOut", error: null } });
  flushSync();
  const name = getByLabelText<HTMLInputElement>(document.body, "Your name");
  expect(name.value).toBe("Alice");
});

test("in the settings a link is for the present server", async () => {
  const { commands } = await open({ kind: "app", snapshot: { link: ONLINE, devices: FIRST } });
  openSettings();
  type("Link from the first device", LINK);
  press("Use this account");
  expect(commands).toEqual([{ kind: "takeLink", text: LINK, server: null }]);
});

test("a further device can only be separated", async () => {
  const devices = { ...FIRST, linked: true };
  const { commands } = await open({ snapshot: { link: ONLINE, devices } });
  openSettings();
  expect(queryByLabelText(document.body, "Code of the other device")).toBeNull();
  expect(queryByLabelText(document.body, "Link from the first device")).toBeNull();
  press("Separate this device");
  expect(commands).toEqual([{ kind: "dropLink" }]);
});

test.each<[DeviceRefusal, RegExp]>([
  ["codeInvalid", /not the code of a device/],
  ["linkInvalid", /not a link for a device/],
  ["linkOfAnother", /made for another device/],
  ["notFirst", /Only the first device/],
  ["offline", /Sign in before/],
  ["oneself", /this very device/],
])("%s is said, also on the sign-in screen", async (refusal, said) => {
  const { host } = await open({ snapshot: { devices: FIRST } });
  host.emit({ kind: "notice", notice: { kind: "deviceRefused", refusal } });
  flushSync();
  expect(getByText(getByRole(document.body, "group", { name: "Messages" }), said)).toBeDefined();
});
