/** The link to the engine: one WebSocket for all connections of the page. */

import { operation } from "./errors";

/** What the engine is asked for. */
export interface Requests {
  create: { iceServers: readonly EngineIceServer[]; relayOnly: boolean };
  setIceServers: { iceServers: readonly EngineIceServer[]; relayOnly: boolean };
  gather: { ufrag: string; pwd: string };
  apply: {
    controlling: boolean;
    ufrag: string;
    pwd: string;
    offer: string;
    lines: readonly EngineLine[];
  };
  addCandidate: { candidate: string; ufrag?: string };
  openChannel: {
    channel: number;
    label: string;
    protocol: string;
    ordered: boolean;
    maxRetransmits?: number;
    maxPacketLifeTime?: number;
    negotiated: boolean;
    streamId?: number;
  };
  closeChannel: { channel: number };
  requestKeyFrame: { line: number };
  loudspeaker: { line: number; volume: number | null; toPage: boolean };
  microphone: { line: number; label: string | null; muted: boolean };
  setBitrate: { bps: number };
  audioOptions: { echoCancellation: boolean; noiseSuppression: boolean; autoGainControl: boolean };
  stats: object;
  close: object;
}

export interface EngineIceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface EngineLine {
  readonly line: number;
  readonly mid: string;
  readonly kind: "audio" | "video" | "application";
  readonly ssrc?: number;
  readonly rtx?: number;
  readonly sendPt?: number;
}

/** What the engine tells. */
export type EngineEvent =
  | { readonly event: "candidate"; readonly candidate: string }
  | {
      readonly event: "candidateError";
      readonly address: string | null;
      readonly port: number | null;
      readonly url: string;
      readonly errorCode: number;
      readonly errorText: string;
    }
  | { readonly event: "gathering"; readonly state: "gathering" | "complete" }
  | {
      readonly event: "ice";
      readonly state: "checking" | "connected" | "disconnected" | "failed";
    }
  | {
      readonly event: "dtls";
      readonly state: "connecting" | "connected" | "closed" | "failed";
    }
  | { readonly event: "media"; readonly line: number; readonly active: boolean }
  | { readonly event: "networkChanged" }
  | { readonly event: "keyFrameRequest"; readonly line: number }
  | { readonly event: "bitrate"; readonly bps: number }
  | { readonly event: "channelOpen"; readonly channel: number; readonly streamId: number }
  | ({ readonly event: "channelOffered" } & OfferedChannel)
  | { readonly event: "channelBuffered"; readonly channel: number; readonly amount: number }
  | { readonly event: "channelClosed"; readonly channel: number }
  | { readonly event: "failed"; readonly message: string };

export interface OfferedChannel {
  readonly channel: number;
  readonly streamId: number;
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits?: number;
  readonly maxPacketLifeTime?: number;
}

export interface BinaryFrame {
  readonly kind: FrameKind;
  readonly flags: number;
  /** The m-line, or the handle of a data channel. */
  readonly line: number;
  /** Microseconds. */
  readonly time: number;
  readonly payload: Uint8Array;
}

export const VIDEO = 1;
export const AUDIO = 2;
export const DATA = 3;
export type FrameKind = typeof VIDEO | typeof AUDIO | typeof DATA;

/** How a connection hears from the engine. */
export interface EnginePort {
  event(event: EngineEvent): void;
  binary(frame: BinaryFrame): void;
}

/** One connection in the engine. */
export interface EngineConnection {
  request<Op extends keyof Requests>(op: Op, members: Requests[Op]): Promise<EngineReply>;
  send(frame: BinaryFrame): void;
  /** Bytes that wait in the WebSocket. */
  readonly bufferedAmount: number;
  /** Nothing is heard of it any more. */
  release(): void;
}

export type EngineReply = Readonly<Record<string, unknown>>;

export interface EngineLink {
  connect(port: EnginePort): EngineConnection;
}

/** What of a WebSocket is used. */
export type Socket = Pick<WebSocket, "send" | "bufferedAmount" | "readyState" | "addEventListener">;

interface PendingRequest {
  readonly pc: number;
  readonly resolve: (reply: EngineReply) => void;
  readonly reject: (error: Error) => void;
}

/** Opens the WebSocket when the first connection is made. */
export class Bridge implements EngineLink {
  readonly #open: () => Promise<Socket>;
  readonly #ports = new Map<number, EnginePort>();
  readonly #requests = new Map<number, PendingRequest>();
  /** Control frames from before the socket was open; media of that time is dropped. */
  #waiting: string[] = [];
  #socket: Socket | null = null;
  #isOpening = false;
  #lastPc = 0;
  #lastId = 0;

  constructor(open: () => Promise<Socket>) {
    this.#open = open;
  }

  connect(port: EnginePort): EngineConnection {
    this.#lastPc += 1;
    const pc = this.#lastPc;
    this.#ports.set(pc, port);
    const bufferedAmount = (): number => this.#socket?.bufferedAmount ?? 0;
    void this.#openSocket();
    return {
      request: (op, members) => this.#request(pc, op, members),
      send: (frame) => {
        if (this.#socket?.readyState === OPEN) this.#socket.send(encodeFrame(pc, frame));
      },
      get bufferedAmount() {
        return bufferedAmount();
      },
      release: () => {
        this.#ports.delete(pc);
      },
    };
  }

  #request(pc: number, op: string, members: object): Promise<EngineReply> {
    return new Promise((resolve, reject) => {
      if (this.#requests.size >= REQUESTS_MAX) {
        reject(operation("Too many requests are waiting for the engine."));
        return;
      }
      this.#lastId += 1;
      const id = this.#lastId;
      const text = JSON.stringify({ ...members, id, pc, op });
      if (text.length > TEXT_MAX) {
        reject(operation("The request is too long for the engine."));
        return;
      }
      this.#requests.set(id, { pc, resolve, reject });
      if (this.#socket?.readyState === OPEN) this.#socket.send(text);
      else if (this.#isOpening) this.#waiting.push(text);
      else this.#lost();
    });
  }

  async #openSocket(): Promise<void> {
    if (this.#isOpening || this.#socket?.readyState === OPEN) return;
    this.#isOpening = true;
    try {
      const socket = await this.#open();
      socket.addEventListener("message", (event) => {
        this.#hear((event as MessageEvent<unknown>).data);
      });
      socket.addEventListener("close", () => {
        if (this.#socket === socket) this.#lost();
      });
      this.#socket = socket;
      for (const text of this.#waiting) socket.send(text);
      this.#waiting = [];
      this.#isOpening = false;
    } catch {
      this.#isOpening = false;
      this.#lost();
    }
  }

  #hear(data: unknown): void {
    if (typeof data === "string") this.#hearText(data);
    else if (data instanceof ArrayBuffer) this.#hearBinary(data);
  }

  #hearText(text: string): void {
    const message = JSON.parse(text) as {
      id?: number;
      pc?: number;
      ok?: EngineReply;
      error?: { name: string; message: string };
      event?: string;
    };
    if (message.event !== undefined && message.pc !== undefined) {
      this.#ports.get(message.pc)?.event(message as unknown as EngineEvent);
      return;
    }
    if (message.id === undefined) return;
    const request = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    if (message.error) {
      request?.reject(new DOMException(message.error.message, message.error.name));
    } else {
      request?.resolve(message.ok ?? {});
    }
  }

  #hearBinary(data: ArrayBuffer): void {
    const frame = decodeFrame(data);
    if (frame) this.#ports.get(frame.pc)?.binary(frame);
  }

  /** The engine is gone, and all that it held with it. */
  #lost(): void {
    this.#socket = null;
    this.#waiting = [];
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const { reject } of requests) reject(operation("The engine cannot be reached."));
    for (const port of [...this.#ports.values()]) {
      port.event({ event: "failed", message: "the engine cannot be reached" });
    }
  }
}

const OPEN = 1;
const REQUESTS_MAX = 1024;
const TEXT_MAX = 256 * 1024;
const HEADER = 16;

export function encodeFrame(pc: number, frame: BinaryFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + frame.payload.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, frame.kind);
  view.setUint8(1, frame.flags);
  view.setUint16(2, frame.line, true);
  view.setUint32(4, pc, true);
  view.setFloat64(8, frame.time, true);
  bytes.set(frame.payload, HEADER);
  return bytes;
}

/** Null where it is no frame. */
export function decodeFrame(data: ArrayBuffer): (BinaryFrame & { readonly pc: number }) | null {
  if (data.byteLength < HEADER) return null;
  const view = new DataView(data);
  const kind = view.getUint8(0);
  if (kind !== VIDEO && kind !== AUDIO && kind !== DATA) return null;
  return {
    kind,
    flags: view.getUint8(1),
    line: view.getUint16(2, true),
    pc: view.getUint32(4, true),
    time: view.getFloat64(8, true),
    payload: new Uint8Array(data, HEADER),
  };
}

/** Asks the app for the address of the engine, and connects to it. */
export async function openSocket(): Promise<Socket> {
  const { __TAURI_INTERNALS__: app } = window as unknown as {
    readonly __TAURI_INTERNALS__: { invoke(command: string): Promise<unknown> };
  };
  const { url } = (await app.invoke("plugin:peer-connection|open")) as { readonly url: string };
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => {
      resolve();
    });
    socket.addEventListener("error", () => {
      reject(operation("The engine cannot be reached."));
    });
  });
  return socket;
}
