import { beforeEach, expect, test } from "vitest";
import type { Line } from "../generated/app";
import { FakeHost } from "../host/fake";
import { Chat, type Place, ROOM } from "./chat";

const BOB: Place = { kind: "person", name: "Bob" };

let host: FakeHost;
let chat: Chat;

beforeEach(() => {
  host = new FakeHost();
  chat = new Chat(host);
  chat.applyLink({ phase: "online", name: "Alice" });
});

test("a public line goes to the room, a private one to the thread with the other one", () => {
  chat.applyLine(line("Bob", null, "hello all"));
  chat.applyLine(line("Bob", "Alice", "hello you"));
  chat.applyLine(line("Alice", "Bob", "hello back"));

  expect(texts(ROOM)).toEqual(["hello all"]);
  expect(texts(BOB)).toEqual(["hello you", "hello back"]);
});

test("lines of others are unread until somebody looks, own lines never", () => {
  chat.applyLine(line("Bob", "Alice", "one"));
  chat.applyLine(line("Alice", "Bob", "two"));
  expect(chat.thread(BOB).unread).toBe(1);

  const leave = chat.look(BOB);
  chat.applyLine(line("Bob", "Alice", "three"));
  expect(chat.thread(BOB).unread).toBe(0);

  leave();
  chat.applyLine(line("Bob", "Alice", "four"));
  expect(chat.thread(BOB).unread).toBe(1);
});

test("what was said before the UI started is read, and does not come twice", () => {
  const said = line("Bob", null, "early");
  chat.applyHistory([said]);
  chat.applyLine(said);

  expect(texts(ROOM)).toEqual(["early"]);
  expect(chat.thread(ROOM).unread).toBe(0);
});

test("sending empties the draft and tells the core", () => {
  chat.type(BOB, "  hi  ");
  chat.send(BOB);
  chat.type(ROOM, "hi all");
  chat.send(ROOM);
  chat.send(ROOM);

  expect(chat.thread(BOB).draft).toBe("");
  expect(host.commands).toEqual([
    { kind: "text", to: "Bob", text: "hi" },
    { kind: "chat", text: "hi all" },
  ]);
});

test("a text that was not sent comes back to where it was typed, before what is typed there now", () => {
  chat.type(BOB, "lost");
  chat.send(BOB);
  chat.type(BOB, "next");
  chat.giveBack("lost");

  expect(chat.thread(BOB).draft).toBe("lost next");
  expect(chat.thread(ROOM).draft).toBe("");
});

test("after a rename the lines under the old name are still one's own", () => {
  chat.applyLink({ phase: "online", name: "Alicia" });
  const old = line("Alice", "Bob", "from before");
  chat.applyLine(old);

  expect(chat.isOwn(old)).toBe(true);
  expect(texts(BOB)).toEqual(["from before"]);
});

test("signing out forgets everything", () => {
  chat.applyLine(line("Bob", "Alice", "secret"));
  chat.applyLink({ phase: "signedOut", error: null });

  expect(chat.view.threads.size).toBe(0);
});

let clock = 1_700_000_000_000;

function line(from: string, to: string | null, text: string): Line {
  clock += 1_000;
  return { from, to, text, at: clock };
}

function texts(place: Place): string[] {
  return chat.thread(place).lines.map(({ text }) => text);
}
