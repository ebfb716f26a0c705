// @vitest-environment jsdom

import { generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Event } from "../generated/app";
import type { ClientMessage, ServerMessage } from "../generated/protocol";
import { BrowserHost, serverOf } from "./browser";
import { Core } from "./core";

const WASM = "wasm/ringdove.wasm";
const SERVER = "wss://attic.example/";
const SEED = "A".repeat(43);

beforeEach(() => {
  ScriptedSocket.opened.length = 0;
  vi.stubGlobal("WebSocket", ScriptedSocket);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  sessionStorage.clear();
});

test("signs in over the page's socket", async () => {
  const { host, events } = await openHost();
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  const socket = lastSocket();
  expect([socket.url, socket.protocol]).toEqual([SERVER, "ringdove.v1"]);

  logIn(socket);

  expect(socket.sent[0]).toMatchObject({ type: "login", v: 1, name: "Anna" });
  expect(events.at(-2)).toEqual({ kind: "link", link: { phase: "online", name: "Anna" } });
  expect((await host.snapshot()).link).toEqual({ phase: "online", name: "Anna" });
  expect(await host.remembered()).toEqual({ name: "Anna", server: null });
});

test("comes back after the link is lost, and hears nothing of the old socket", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { host, events } = await openHost();
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  const lost = lastSocket();
  logIn(lost);

  lost.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  expect(events.at(-1)).toMatchObject({ kind: "link", link: { phase: "reconnecting" } });
  vi.advanceTimersByTime(2000);
  expect(ScriptedSocket.opened).toHaveLength(2);
  logIn(lastSocket());
  expect(events.at(-1)).toMatchObject({ kind: "link", link: { phase: "online" } });

  const before = events.length;
  lost.say({ type: "chat", from: "Ben", text: "late", at: 1 });
  expect(events).toHaveLength(before);
});

test("who may ring is kept, and told at the next login", async () => {
  const first = await openHost();
  first.host.dispatch({ kind: "setBlocked", name: "Eve", blocked: true });
  expect(first.events.at(-1)).toMatchObject({ privacy: { rings: { blocked: ["Eve"] } } });

  const { host } = await openHost();
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  const socket = lastSocket();
  logIn(socket);
  expect(socket.sent[0]).toMatchObject({ type: "login", rings: { blocked: ["Eve"] } });
});

test("a device that was vouched for stays so over a reload", async () => {
  const first = await openHost();
  const code = (await first.host.snapshot()).devices.code;
  first.host.dispatch({ kind: "takeLink", text: linkFor(code), server: null });
  expect((await first.host.snapshot()).devices.linked).toBe(true);

  const { host } = await openHost();
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  const socket = lastSocket();
  logIn(socket);
  const item = sessionStorage.getItem("ringdove.link") ?? "";
  expect(socket.sent[0]).toMatchObject({ type: "login", link: JSON.parse(item) as object });
});

test("a listener that dispatches does not turn the order of events around", async () => {
  const { host, events } = await openHost();
  host.subscribe((event) => {
    if (event.kind === "link" && event.link.phase === "online") {
      host.dispatch({ kind: "rename", name: "<" });
    }
  });
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  logIn(lastSocket());
  expect(events.map((event) => event.kind)).toEqual(["link", "link", "known", "notice"]);
});

test("an input that the core cannot read changes nothing", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { host, events } = await openHost();
  host.dispatch({ kind: "call", to: "<b>", media: { audio: true, video: false } });
  expect(log).toHaveBeenCalledOnce();
  expect(events).toEqual([]);
  expect((await host.snapshot()).link).toEqual({ phase: "signedOut", error: null });
  log.mockRestore();
});

test("a core that breaks signs out and stays broken", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { host, events } = await openHost();
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  logIn(lastSocket());
  vi.spyOn(crypto, "getRandomValues").mockImplementationOnce(() => {
    throw new Error("no random numbers");
  });

  lastSocket().dispatchEvent(new CloseEvent("close", { code: 1006 }));

  expect(events.at(-2)).toEqual({ kind: "link", link: { phase: "signedOut", error: null } });
  await expect(host.snapshot()).rejects.toThrow("no random numbers");
  log.mockRestore();
});

test("a new network is reported", async () => {
  const { host } = await openHost();
  host.watchPage();
  host.dispatch({ kind: "signIn", server: null, name: "Anna", invite: null });
  const socket = lastSocket();
  logIn(socket);
  expect(socket.sent).toHaveLength(1);

  window.dispatchEvent(new globalThis.Event("online"));
  expect(socket.sent.at(-1)).toEqual({ type: "ping" });
});

test("the server is the page's own", () => {
  expect(serverOf("http://10.0.0.5:6503/index.html?x#y")).toBe("ws://10.0.0.5:6503/");
  expect(serverOf("https://dove.example/calls/")).toBe("wss://dove.example/calls/");
});

async function openHost(): Promise<{ host: BrowserHost; events: Event[] }> {
  const core = await Core.compile(await readFile(WASM));
  const host = new BrowserHost(core, sessionStorage);
  const events: Event[] = [];
  host.subscribe((event) => events.push(event));
  host.start(SEED, SERVER);
  return { host, events };
}

/** What an account's first device makes of a code; the transcript stands in docs/devices.md. */
function linkFor(code: string): string {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const account = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const device = Buffer.from(code.replace("ringdove-device:", ""), "base64url");
  const fields = [Buffer.from("ringdove-device-v1"), account, device];
  const transcript = fields.flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.length);
    return [length, field];
  });
  const signature = sign(null, Buffer.concat(transcript), privateKey);
  return `ringdove-link:${account.toString("base64url")}.${signature.toString("base64url")}.Anna`;
}

function logIn(socket: ScriptedSocket): void {
  socket.dispatchEvent(new globalThis.Event("open"));
  socket.say({ type: "hello", v: 1, server: "attic", nonce: "A".repeat(43) });
  socket.say({
    type: "welcome",
    name: "Anna",
    device: "A".repeat(11),
    session: "A".repeat(22),
    ring_limit_ms: 45_000,
  });
}

function lastSocket(): ScriptedSocket {
  const socket = ScriptedSocket.opened.at(-1);
  if (socket === undefined) {
    throw new Error("no socket was opened");
  }
  return socket;
}

/** The server's end of a WebSocket. */
class ScriptedSocket extends EventTarget {
  static readonly opened: ScriptedSocket[] = [];
  readonly bufferedAmount = 0;
  readonly sent: ClientMessage[] = [];

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    super();
    ScriptedSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(): void {
    this.dispatchEvent(new CloseEvent("close", { code: 1000 }));
  }

  say(message: ServerMessage): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}
