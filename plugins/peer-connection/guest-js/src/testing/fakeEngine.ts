/**
 * The engine behind the `EngineLink` interface, in memory: it gathers one candidate, connects ends
 * that know each other's credentials, and carries data channels between them.
 */

import type {
  BinaryFrame,
  EngineConnection,
  EngineEvent,
  EngineLink,
  EnginePort,
  EngineReply,
  Requests,
} from "../bridge";
import { DATA } from "../bridge";
import { setHost } from "../host";
import { readDescription, iceOf } from "../jsep/view";
import { H264, OPUS, VP8 } from "../media/codecs";
import type { CodecCapability } from "../media/plane";
import { FakePlane, FakeStream, FakeStreamTrackEvent } from "./fakeMedia";

export const CODECS = [OPUS, VP8, H264];

type Applied = Requests["apply"];

/** One connection in the fake engine. */
export class FakeConnection implements EngineConnection {
  readonly bufferedAmount = 0;
  readonly requests: { readonly op: string; readonly members: unknown }[] = [];
  readonly plane = new FakePlane();
  applied: Applied | null = null;
  isClosed = false;
  readonly #engine: FakeEngine;
  readonly #port: EnginePort;

  constructor(engine: FakeEngine, port: EnginePort) {
    this.#engine = engine;
    this.#port = port;
  }

  request<Op extends keyof Requests>(op: Op, members: Requests[Op]): Promise<EngineReply> {
    this.requests.push({ op, members });
    return new Promise((resolve) => {
      setImmediate(() => {
        resolve(this.#carryOut(op, members));
      });
    });
  }

  send({ line, flags, payload }: BinaryFrame): void {
    const frame = { kind: DATA, flags, line, time: 0, payload } as const;
    this.#engine.peerOf(this)?.hear(frame);
    this.tell({ event: "channelBuffered", channel: line, amount: 0 });
  }

  release(): void {
    this.isClosed = true;
  }

  tell(event: EngineEvent): void {
    setImmediate(() => {
      if (!this.isClosed) this.#port.event(event);
    });
  }

  hear(frame: BinaryFrame): void {
    setImmediate(() => {
      if (!this.isClosed) this.#port.binary(frame);
    });
  }

  /** The credentials that the other end is to have. */
  get expected(): string | null {
    return this.applied && (iceOf(readDescription(this.applied.offer))?.ufrag ?? null);
  }

  #carryOut(op: keyof Requests, members: object): EngineReply {
    switch (op) {
      case "create":
        return { fingerprint: `sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}` };
      case "gather": {
        const { ufrag } = members as Requests["gather"];
        this.tell({ event: "gathering", state: "gathering" });
        const candidate = `candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host ufrag ${ufrag}`;
        this.tell({ event: "candidate", candidate });
        this.tell({ event: "gathering", state: "complete" });
        return {};
      }
      case "apply":
        this.applied = members as Applied;
        this.#engine.connectAll();
        return {};
      case "openChannel": {
        const { channel, streamId } = members as Requests["openChannel"];
        this.tell({ event: "channelOpen", channel, streamId: streamId ?? 0 });
        return {};
      }
      case "closeChannel": {
        const { channel } = members as Requests["closeChannel"];
        this.tell({ event: "channelClosed", channel });
        this.#engine.peerOf(this)?.tell({ event: "channelClosed", channel });
        return {};
      }
      case "close":
        this.#engine.peerOf(this)?.tell({ event: "dtls", state: "closed" });
        return {};
      default:
        return {};
    }
  }
}

export class FakeEngine implements EngineLink {
  readonly connections: FakeConnection[] = [];
  readonly #connected = new Set<FakeConnection>();

  connect(port: EnginePort): FakeConnection {
    const connection = new FakeConnection(this, port);
    this.connections.push(connection);
    return connection;
  }

  peerOf(one: FakeConnection): FakeConnection | undefined {
    return this.connections.find(
      (other) => other.applied?.ufrag === one.expected && other.expected === one.applied?.ufrag,
    );
  }

  connectAll(): void {
    for (const connection of this.connections) {
      if (this.#connected.has(connection) || !connection.applied) continue;
      if (!this.peerOf(connection)) continue;
      this.#connected.add(connection);
      connection.tell({ event: "ice", state: "checking" });
      connection.tell({ event: "ice", state: "connected" });
      connection.tell({ event: "dtls", state: "connecting" });
      connection.tell({ event: "dtls", state: "connected" });
    }
  }
}

/** A new engine, under connections that are made from now on. */
export function useFakeEngine(codecs: readonly CodecCapability[] = CODECS): FakeEngine {
  const engine = new FakeEngine();
  Object.assign(globalThis, {
    MediaStream: FakeStream,
    MediaStreamTrackEvent: FakeStreamTrackEvent,
  });
  setHost({
    link: engine,
    codecs,
    createPlane: () => engine.connections.at(-1)?.plane ?? new FakePlane(),
  });
  return engine;
}
