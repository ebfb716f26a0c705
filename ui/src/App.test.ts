// @vitest-environment jsdom
import { fireEvent, getByRole, getByText, queryByRole, within } from "@testing-library/dom";
import { flushSync } from "svelte";
import { expect, test, vi } from "vitest";
import type { CallPhase, CallView, LinkView, Privacy, Security } from "./generated/app";
import type { RingRule } from "./generated/protocol";
import type { FakeStart } from "./host/fake";
import { OPEN } from "./model/privacy";
import { button, open } from "./openApp";

const ONLINE: LinkView = { phase: "online", name: "Alice" };

test("one signs in with a name", async () => {
  const { commands } = await open({ kind: "browser" });
  const name = getByRole(document.body, "textbox", { name: "Your name" });
  fireEvent.input(name, { target: { value: "Alice" } });
  fireEvent.click(button("Sign in"));

  expect(commands).toEqual([{ kind: "signIn", server: null, name: "Alice", invite: null }]);
});

test("a code is asked for when the server wants one", async () => {
  const { commands } = await open({
    kind: "browser",
    snapshot: { link: { phase: "signedOut", error: "invite_needed" } },
  });
  const name = getByRole(document.body, "textbox", { name: "Your name" });
  fireEvent.input(name, { target: { value: "Alice" } });
  const code = getByRole(document.body, "textbox", { name: "Invitation code" });
  fireEvent.input(code, { target: { value: " 7kq2m-9xw4t " } });
  fireEvent.click(button("Sign in"));

  expect(commands).toEqual([
    { kind: "signIn", server: null, name: "Alice", invite: "7kq2m-9xw4t" },
  ]);
});

test("the code of an invitation link is filled in", async () => {
  window.location.hash = "#invite=7KQ2M";
  try {
    await open({ kind: "browser" });
  } finally {
    window.location.hash = "";
  }
  const code = getByRole<HTMLInputElement>(document.body, "textbox", { name: "Invitation code" });
  expect(code.value).toBe("7KQ2M");
});

test("it is said what is wrong with a certificate", async () => {
  const at = Date.UTC(2001, 0, 1, 12);
  const trouble = { kind: "certificateExpired", at } as const;
  await open({
    kind: "app",
    snapshot: { link: { phase: "connecting", name: "Alice", failures: 1, trouble } },
  });
  const told = "The certificate of this server expired on January 1, 2001.";
  expect(getByRole(document.body, "alert").textContent).toContain(told);
});

test("people are listed with what can be done, and guests are marked", async () => {
  const { commands } = await open({
    snapshot: {
      link: ONLINE,
      people: [
        { name: "Bob", kind: "user" },
        { name: "Naomi", kind: "guest" },
      ],
    },
  });
  const rows = within(getByRole(document.body, "list", { name: "People" })).getAllByRole(
    "listitem",
  );
  const [bob, naomi] = rows;
  if (bob === undefined || naomi === undefined) {
    throw new Error("two people are listed");
  }
  fireEvent.click(within(bob).getByRole("button", { name: "Call Bob with video" }));
  fireEvent.click(within(bob).getByRole("button", { name: "Call Bob, audio only" }));

  expect(commands).toEqual([
    { kind: "call", to: "Bob", media: { audio: true, video: true } },
    { kind: "call", to: "Bob", media: { audio: true, video: false } },
  ]);
  expect(getByText(naomi, "guest, not verified")).toBeDefined();
  expect(within(bob).queryByText("guest, not verified")).toBeNull();
});

test("a name opens what else can be done: contacts and blocking", async () => {
  const { commands, host } = await open({
    snapshot: { link: ONLINE, people: [{ name: "Bob", kind: "user" }] },
  });
  const more = button("More about Bob");
  expect(more.getAttribute("aria-expanded")).toBe("false");
  fireEvent.click(more);
  flushSync();
  fireEvent.click(button("Add to contacts"));
  fireEvent.click(button("Block"));
  expect(commands).toEqual([
    { kind: "setContact", name: "Bob", contact: true },
    { kind: "setBlocked", name: "Bob", blocked: true },
  ]);

  host.emit({ kind: "privacy", privacy: privacy({ blocked: ["Bob"] }) });
  flushSync();
  expect(queryByRole(document.body, "button", { name: "Call Bob with video" })).toBeNull();
  const mark = document.getElementById(more.getAttribute("aria-describedby") ?? "");
  expect(mark?.textContent.trim()).toBe("blocked");
  fireEvent.click(button("Unblock"));
  expect(commands.at(-1)).toEqual({ kind: "setBlocked", name: "Bob", blocked: false });
});

test("the settings say who may ring, and list who is blocked", async () => {
  const { commands } = await open({
    snapshot: { link: ONLINE, privacy: privacy({ who: "contacts", blocked: ["Eve"] }) },
  });
  fireEvent.click(button("Settings"));
  flushSync();
  const who = getByRole<HTMLSelectElement>(document.body, "combobox", { name: "Who may ring you" });
  expect(who.value).toBe("contacts");
  fireEvent.change(who, { target: { value: "nobody" } });
  fireEvent.click(getByRole(document.body, "switch", { name: "Do not disturb" }));
  fireEvent.click(button("Unblock Eve"));
  expect(commands).toEqual([
    { kind: "setWhoMayRing", who: "nobody" },
    { kind: "setQuiet", quiet: true },
    { kind: "setBlocked", name: "Eve", blocked: false },
  ]);
});

test("that one is not to be disturbed is in sight, and one press away", async () => {
  const { commands, host } = await open({ snapshot: { link: ONLINE } });
  const bell = button("Do not disturb");
  expect(bell.getAttribute("aria-pressed")).toBe("false");
  fireEvent.click(bell);
  expect(commands).toEqual([{ kind: "setQuiet", quiet: true }]);
  host.emit({ kind: "privacy", privacy: { ...privacy({}), quiet: true } });
  flushSync();
  expect(bell.getAttribute("aria-pressed")).toBe("true");
  expect(getByText(document.body, "Do not disturb")).toBeDefined();
});

test("what others write is text, and Enter sends", async () => {
  const { commands } = await open({
    snapshot: {
      link: ONLINE,
      lines: [{ from: "Bob", to: null, text: "<b>bold</b>", at: 1 }],
    },
  });
  const room = getByRole(document.body, "region", { name: "Public room" });
  expect(getByText(room, "<b>bold</b>")).toBeDefined();

  const field = within(room).getByRole("textbox", { name: "Message to everybody" });
  fireEvent.input(field, { target: { value: "hello" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(commands).toEqual([{ kind: "chat", text: "hello" }]);
});

test("the prompt asks, and Escape silences but never declines", async () => {
  const { commands } = await open(call("ringing", { role: "callee" }));
  const prompt = getByRole(document.body, "alertdialog", { name: "Bob is calling" });
  fireEvent.keyDown(prompt, { key: "Escape" });
  fireEvent.click(within(prompt).getByRole("button", { name: "Answer" }));
  fireEvent.click(within(prompt).getByRole("button", { name: "Answer without video" }));
  fireEvent.click(within(prompt).getByRole("button", { name: "Decline" }));
  fireEvent.click(within(prompt).getByRole("button", { name: "Decline and block" }));

  expect(commands).toEqual([
    { kind: "silence" },
    { kind: "accept", media: { audio: true, video: true } },
    { kind: "accept", media: { audio: true, video: false } },
    { kind: "decline" },
    { kind: "setBlocked", name: "Bob", blocked: true },
  ]);
});

test("the prompt takes the focus, but not from somebody who is typing", async () => {
  const { host } = await open({ snapshot: { link: ONLINE } });
  const field = getByRole(document.body, "textbox", { name: "Message to everybody" });
  field.focus();
  host.emit({ kind: "call", call: view("ringing", { role: "callee" }), security: null });
  flushSync();
  expect(document.activeElement).toBe(field);

  host.emit({ kind: "call", call: null, security: null });
  flushSync();
  field.blur();
  host.emit({
    kind: "call",
    call: view("ringing", { role: "callee", callId: "second" }),
    security: null,
  });
  flushSync();
  expect(document.activeElement?.getAttribute("role")).toBe("alertdialog");
});

test("a verified caller whose key has changed is not answered before one has decided", async () => {
  const { commands } = await open(
    call("ringing", { role: "callee" }, { trust: "verifiedChanged", pictures: null }),
  );
  const prompt = getByRole(document.body, "alertdialog", { name: "Bob is calling" });
  expect(getByText(prompt, /not the key of Bob that you verified/)).toBeDefined();
  fireEvent.click(within(prompt).getByRole("button", { name: "Trust the new key" }));
  expect(commands).toEqual([{ kind: "trustKey" }]);
});

test("people compare pictures in the call and say whether they are the same", async () => {
  const { commands } = await open(call("active", {}, { trust: "new", pictures: [0, 1, 2, 3, 63] }));
  fireEvent.click(getByRole(document.body, "button", { name: "Private" }));
  flushSync();
  const dialog = getByRole(document.body, "dialog");
  expect(
    within(dialog)
      .getAllByRole("listitem")
      .map((item) => item.textContent.trim()),
  ).toEqual(["🐶 Dog", "🐱 Cat", "🦁 Lion", "🐎 Horse", "📌 Pin"]);
  fireEvent.click(within(dialog).getByRole("button", { name: "They are the same" }));
  fireEvent.click(within(dialog).getByRole("button", { name: "They differ" }));
  flushSync();
  expect(within(dialog).getByRole("alert").textContent).toContain("hang up");
  // Before that, the page said that it found the call running.
  expect(commands.slice(1)).toEqual([
    { kind: "verify", name: "Bob", verified: true },
    { kind: "verify", name: "Bob", verified: false },
  ]);
});

test("one can hang up from the first second, and Escape does not", async () => {
  const { commands } = await open(call("dialing"));
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(commands).toEqual([]);

  fireEvent.click(button("Hang up"));
  expect(commands).toEqual([{ kind: "hangUp" }]);
});

test("m and v switch the devices, but not while somebody types", async () => {
  const { media } = await open(call("active", { talkElapsedMs: 0 }));
  media.setSending({ audio: true, video: true });
  flushSync();
  fireEvent.keyDown(document.body, { key: "m" });
  flushSync();
  expect(button("Unmute microphone")).toBeDefined();
  fireEvent.keyDown(document.body, { key: "v" });
  flushSync();
  expect(button("Turn camera on")).toBeDefined();

  fireEvent.click(button("Show messages"));
  flushSync();
  const field = getByRole(document.body, "textbox", { name: "Message to Bob" });
  field.focus();
  fireEvent.keyDown(field, { key: "m" });
  flushSync();
  expect(button("Unmute microphone")).toBeDefined();
});

test("the end of a call says why, and goes away", async () => {
  const { commands } = await open(
    call("ended", { end: { reason: "hung_up", by: "peer", talkMs: 187_000 } }),
  );
  expect(getByText(document.body, "Bob hung up.")).toBeDefined();
  expect(getByText(document.body, "You talked for 3:07.")).toBeDefined();
  fireEvent.click(button("Close"));

  expect(commands).toEqual([{ kind: "dismissCall" }]);
});

test("a lost link is said, and leaves the call in sight", async () => {
  const { host } = await open(call("active", { talkElapsedMs: 0 }));
  host.emit({
    kind: "link",
    link: { phase: "reconnecting", name: "Alice", failures: 1, trouble: null },
  });
  flushSync();

  const status = getByRole(document.body, "status");
  expect(status.textContent).toContain("Reconnecting");
  expect(button("Hang up")).toBeDefined();
});

test("where media cannot be carried, that is said", async () => {
  await open({ kind: "app", snapshot: { link: ONLINE } }, false);

  expect(getByText(document.body, "No sound and picture here yet")).toBeDefined();
  expect(queryByRole(document.body, "alertdialog")).toBeNull();
});

const COMMAND = "sudo apt install gstreamer1.0-plugins-good";
const PACKAGES = ["gstreamer1.0-plugins-good"];

test("what calls lack is told, with its loss and its remedy, until it is dismissed", async () => {
  const missingMedia = { lost: ["picture"], packages: PACKAGES, command: COMMAND } as const;
  const { host } = await open({ kind: "app", missingMedia });
  const alert = getByRole(document.body, "alert");
  for (const text of [/there is no picture/, /Missing: gstreamer1\.0-plugins-good\./, COMMAND]) {
    expect(within(alert).getByText(text)).toBeDefined();
  }
  expect(within(alert).getByRole("button", { name: "Copy command" })).toBeDefined();

  host.emit({ kind: "link", link: ONLINE });
  flushSync();
  expect(getByRole(document.body, "alert"), "told once").toBe(alert);
  fireEvent.click(button("Dismiss message"));
  flushSync();
  expect(queryByRole(document.body, "alert")).toBeNull();
});

test("where calls cannot be carried at all, their end tells what is missing", async () => {
  const ended = call("ended", { end: { reason: "connect_failed", by: "me", talkMs: 0 } });
  const missingMedia = { lost: ["sound", "picture"], packages: PACKAGES, command: null } as const;
  await open({ ...ended, missingMedia }, false);
  const end = getByRole(document.body, "region", { name: /^No connection to Bob/ });

  expect(within(end).getByText(/neither sound nor picture/)).toBeDefined();
  expect(within(end).getByText(/software manager/)).toBeDefined();
  expect(within(end).queryByRole("button", { name: "Call again" })).toBeNull();
});

test("nothing is told where nothing is missing", async () => {
  await open({ kind: "app" });
  expect(queryByRole(document.body, "alert")).toBeNull();
});

test("players go on while the state of the media changes", async () => {
  const { media } = await open(call("active"));
  // jsdom plays nothing, and has no streams.
  vi.stubGlobal(
    "MediaStream",
    class {
      getVideoTracks(): MediaStreamTrack[] {
        return [];
      }
    },
  );
  const play = vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  const [local, remote] = [new MediaStream(), new MediaStream()];
  const both = { audio: true, video: true };
  media.show({ local, remote, open: both, sending: both });
  flushSync();
  expect(play).toHaveBeenCalledTimes(2);
  media.show({ sending: { audio: false, video: true } });
  flushSync();
  expect(play).toHaveBeenCalledTimes(2);
  media.show({ remote: new MediaStream() });
  flushSync();
  expect(play).toHaveBeenCalledTimes(3);
});

function privacy(rings: Partial<RingRule>): Privacy {
  return { quiet: false, rings: { ...OPEN.rings, ...rings } };
}

function call(
  phase: CallPhase,
  change: Partial<CallView> = {},
  security: Security | null = null,
): FakeStart {
  return {
    snapshot: {
      security,
      link: ONLINE,
      people: [{ name: "Bob", kind: "user" }],
      call: view(phase, change),
    },
  };
}

function view(phase: CallPhase, change: Partial<CallView> = {}): CallView {
  return {
    callId: "first",
    role: "caller",
    peer: { name: "Bob", kind: "user" },
    media: { audio: true, video: true },
    peerMedia: { audio: true, video: true },
    phase,
    phaseElapsedMs: 0,
    talkElapsedMs: null,
    end: null,
    ...change,
  };
}
