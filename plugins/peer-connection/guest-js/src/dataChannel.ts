import { invalidState, operation, RtcError } from "./errors";
import { ErrorEvent, eventTarget } from "./events";
import { queueTask } from "./tasks";

/** What a channel needs of its connection. */
export interface ChannelPort {
  isClosed(): boolean;
  maxMessageSize(): number;
  send(channel: DataChannel, isText: boolean, payload: Uint8Array): void;
  close(channel: DataChannel): void;
}

export interface ChannelOptions {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly negotiated: boolean;
  readonly id: number | null;
}

const EVENTS = ["open", "message", "bufferedamountlow", "error", "closing", "close"] as const;

/** W3C WebRTC, section 6.2. */
export class DataChannel extends eventTarget(...EVENTS) {
  bufferedAmountLowThreshold = 0;
  readonly #options: ChannelOptions;
  readonly #port: ChannelPort;
  #id: number | null;
  #state: RTCDataChannelState = "connecting";
  #binaryType: BinaryType = "arraybuffer";
  #bufferedAmount = 0;
  /** For the statistics (W3C WebRTC Statistics, section 8.11). */
  readonly counts = { messagesSent: 0, bytesSent: 0, messagesReceived: 0, bytesReceived: 0 };
  /** Blobs are read before they are sent; what comes after one waits for it. */
  #sending: Promise<void> | null = null;

  constructor(options: ChannelOptions, port: ChannelPort) {
    super();
    this.#options = options;
    this.#port = port;
    this.#id = options.id;
  }

  get label(): string {
    return this.#options.label;
  }

  get protocol(): string {
    return this.#options.protocol;
  }

  get ordered(): boolean {
    return this.#options.ordered;
  }

  get maxPacketLifeTime(): number | null {
    return this.#options.maxPacketLifeTime;
  }

  get maxRetransmits(): number | null {
    return this.#options.maxRetransmits;
  }

  get negotiated(): boolean {
    return this.#options.negotiated;
  }

  get id(): number | null {
    return this.#id;
  }

  get readyState(): RTCDataChannelState {
    return this.#state;
  }

  get bufferedAmount(): number {
    return this.#bufferedAmount;
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(value: BinaryType) {
    if (["arraybuffer", "blob"].includes(value)) this.#binaryType = value;
  }

  /** What is no bytes becomes text, as a number does. */
  send(data: unknown): void {
    if (this.#state !== "open") throw invalidState("The channel is not open.");
    const bytes = toBytes(data);
    const isText = bytes === null;
    const message = bytes ?? new TextEncoder().encode(String(data));
    const size = message instanceof Blob ? message.size : message.byteLength;
    if (size > this.#port.maxMessageSize()) throw new TypeError("The message is too long.");
    if (this.#bufferedAmount + size > BUFFERED_MAX) throw operation("The send buffer is full.");
    this.#bufferedAmount += size;
    this.counts.messagesSent += 1;
    this.counts.bytesSent += size;
    if (!this.#sending && !(message instanceof Blob)) {
      this.#port.send(this, isText, message);
      return;
    }
    const turn = (this.#sending ?? Promise.resolve()).then(async () => {
      const payload =
        message instanceof Blob ? new Uint8Array(await message.arrayBuffer()) : message;
      if (this.#state === "open") this.#port.send(this, isText, payload);
      if (this.#sending === turn) this.#sending = null;
    });
    this.#sending = turn;
  }

  close(): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#state = "closing";
    this.#port.close(this);
  }

  /** "Announce the channel as open" (section 6.2.3). */
  opened(streamId: number): void {
    this.#id = streamId;
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.#fire(new Event("open"));
  }

  received(isText: boolean, payload: Uint8Array): void {
    if (this.#state !== "open" && this.#state !== "closing") return;
    this.counts.messagesReceived += 1;
    this.counts.bytesReceived += payload.byteLength;
    this.#fire(new MessageEvent("message", { data: this.#dataOf(isText, payload) }));
  }

  bufferedAmountIs(amount: number): void {
    const before = this.#bufferedAmount;
    this.#bufferedAmount = amount;
    const threshold = this.bufferedAmountLowThreshold;
    if (before > threshold && amount <= threshold) this.#fire(new Event("bufferedamountlow"));
  }

  /** The other end, or the transport, has closed it; or the own closing is done. */
  wasClosed(problem: string | null): void {
    if (this.#state === "closed") return;
    if (this.#state !== "closing") {
      this.#state = "closing";
      this.#fire(new Event("closing"));
    }
    queueTask(() => {
      if (this.#state === "closed") return;
      this.#state = "closed";
      if (problem !== null) {
        const error = new RtcError({ errorDetail: "data-channel-failure" }, problem);
        this.#fire(new ErrorEvent("error", { error }));
      }
      this.#fire(new Event("close"));
    });
  }

  /** The connection was closed: no event tells of it (section 4.4.1.10). */
  connectionClosed(): void {
    this.#state = "closed";
  }

  #fire(event: Event): void {
    if (!this.#port.isClosed()) this.dispatchEvent(event);
  }

  #dataOf(isText: boolean, payload: Uint8Array): string | Blob | ArrayBuffer {
    if (isText) return new TextDecoder().decode(payload);
    const bytes = Uint8Array.from(payload);
    return this.#binaryType === "blob" ? new Blob([bytes]) : bytes.buffer;
  }
}

/** As in libwebrtc. */
const BUFFERED_MAX = 16 * 1024 * 1024;

/** A copy: the page may change its buffer before a Blob in front of it is read. Null for text. */
function toBytes(data: unknown): Uint8Array | Blob | null {
  if (data instanceof Blob) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  }
  return data instanceof ArrayBuffer ? new Uint8Array(data.slice(0)) : null;
}
