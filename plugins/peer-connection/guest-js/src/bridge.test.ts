import { expect, test } from "vitest";
import {
  Bridge,
  DATA,
  decodeFrame,
  encodeFrame,
  VIDEO,
  type EngineEvent,
  type Socket,
} from "./bridge";

test("a frame is read as it was written, behind 16 bytes, little endian", () => {
  const payload = new Uint8Array([9, 8, 7]);
  const bytes = encodeFrame(0x01020304, {
    kind: VIDEO,
    flags: 1,
    line: 0x0506,
    time: 1.5,
    payload,
  });
  expect([...bytes.slice(0, 8)]).toEqual([1, 1, 6, 5, 4, 3, 2, 1]);
  expect(bytes).toHaveLength(19);
  const { pc, ...frame } = decodeFrame(bytes.buffer) ?? { pc: 0 };
  expect(pc).toBe(0x01020304);
  expect(frame).toEqual({ kind: VIDEO, flags: 1, line: 0x0506, time: 1.5, payload });
});

test("what is too short or of no kind is no frame", () => {
  expect(decodeFrame(new ArrayBuffer(15))).toBeNull();
  expect(decodeFrame(new ArrayBuffer(16))).toBeNull();
});

test("requests wait for the socket, and events find their connection", async () => {
  const socket = new FakeSocket();
  const bridge = new Bridge(() => Promise.resolve(socket));
  const events: [string, EngineEvent][] = [];
  const port = (name: string): Parameters<Bridge["connect"]>[0] => ({
    event: (event) => events.push([name, event]),
    binary: () => undefined,
  });
  const one = bridge.connect(port("one"));
  bridge.connect(port("two"));
  const reply = one.request("create", { iceServers: [], relayOnly: false });
  await Promise.resolve();
  await Promise.resolve();
  expect(socket.sent.map((text) => JSON.parse(text as string) as unknown)).toEqual([
    { id: 1, pc: 1, op: "create", iceServers: [], relayOnly: false },
  ]);
  socket.hear({ id: 1, ok: { fingerprint: "sha-256 AB" } });
  await expect(reply).resolves.toEqual({ fingerprint: "sha-256 AB" });
  const failing = one.request("gather", { ufrag: "a", pwd: "b" });
  socket.hear({ id: 2, error: { name: "OperationError", message: "no" } });
  await expect(failing).rejects.toMatchObject({ name: "OperationError", message: "no" });
  socket.hear({ pc: 2, event: "bitrate", bps: 5 });
  expect(events.map(([name]) => name)).toEqual(["two"]);
  one.send({ kind: DATA, flags: 0, line: 1, time: 0, payload: new Uint8Array() });
  expect(socket.sent.at(-1)).toBeInstanceOf(Uint8Array);
});

test("with the socket, every connection and every request ends", async () => {
  const socket = new FakeSocket();
  const bridge = new Bridge(() => Promise.resolve(socket));
  const events: EngineEvent[] = [];
  const connection = bridge.connect({
    event: (event) => events.push(event),
    binary: () => undefined,
  });
  const waiting = connection.request("stats", {});
  await Promise.resolve();
  await Promise.resolve();
  socket.dispatchEvent(new Event("close"));
  await expect(waiting).rejects.toMatchObject({ name: "OperationError" });
  expect(events.map(({ event }) => event)).toEqual(["failed"]);
  await expect(connection.request("stats", {})).rejects.toMatchObject({ name: "OperationError" });
});

class FakeSocket extends EventTarget implements Socket {
  readonly bufferedAmount = 0;
  readonly readyState = 1;
  readonly sent: unknown[] = [];

  send(data: unknown): void {
    this.sent.push(data);
  }

  hear(message: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}
