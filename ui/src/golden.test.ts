import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { ClientMessage, ServerMessage, Signal } from "./generated/protocol";

/** A type that is missing here fails type checking: the golden files and these types agree. */
const CLIENT: Record<ClientMessage["type"], true> = {
  login: true,
  rings: true,
  rename: true,
  chat: true,
  text: true,
  ping: true,
  "call.invite": true,
  "call.ringing": true,
  "call.silenced": true,
  "call.accept": true,
  "call.decline": true,
  "call.cancel": true,
  "call.hangup": true,
  "call.signal": true,
  "call.resume": true,
};

const SERVER: Record<ServerMessage["type"], true> = {
  hello: true,
  welcome: true,
  presence: true,
  "presence.changed": true,
  chat: true,
  text: true,
  "rings.renamed": true,
  pong: true,
  "call.invite": true,
  "call.reached": true,
  "call.ringing": true,
  "call.silenced": true,
  "call.accepted": true,
  "call.ended": true,
  "call.signal": true,
  error: true,
};

const SIGNAL: Record<Signal["kind"], true> = {
  candidate: true,
  description: true,
  media: true,
  restart: true,
};

test.each([
  ["client", "type", CLIENT],
  ["server", "type", SERVER],
  ["signal", "kind", SIGNAL],
] as const)(
  "each %s message has golden files, and each file a known type",
  (folder, tag, types) => {
    const path = resolve(import.meta.dirname, "../../crates/protocol/golden", folder);
    const seen = new Set<string>();
    for (const file of readdirSync(path)) {
      const message: unknown = JSON.parse(readFileSync(resolve(path, file), "utf8"));
      const type: unknown = isRecord(message) ? message[tag] : undefined;
      expect(Object.keys(types), file).toContain(type);
      seen.add(String(type));
    }
    expect([...seen].sort()).toEqual(Object.keys(types).sort());
  },
);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
