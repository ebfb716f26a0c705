import { DATA, type BinaryFrame, type EngineConnection, type OfferedChannel } from "./bridge";
import { DataChannel, type ChannelOptions, type ChannelPort } from "./dataChannel";
import { closed, operation } from "./errors";

export interface ChannelsPort {
  readonly engine: EngineConnection;
  isClosed(): boolean;
  maxMessageSize(): number;
  offered(channel: DataChannel): void;
}

/** The data channels of a connection, and their handles in the engine. */
export class Channels {
  readonly #port: ChannelsPort;
  readonly #byHandle = new Map<number, DataChannel>();
  readonly #handles = new Map<DataChannel, number>();
  /** Made before there is a transport for them. */
  readonly #waiting = new Set<DataChannel>();
  readonly #channelPort: ChannelPort;
  #isReady = false;
  #lastHandle = 0;
  #opened = 0;
  #closed = 0;

  constructor(port: ChannelsPort) {
    this.#port = port;
    this.#channelPort = {
      isClosed: () => port.isClosed(),
      maxMessageSize: () => port.maxMessageSize(),
      send: (channel, isText, payload) => {
        const line = this.#handles.get(channel);
        if (line === undefined) return;
        port.engine.send({ kind: DATA, flags: isText ? 1 : 0, line, time: 0, payload });
      },
      close: (channel) => {
        this.#close(channel);
      },
    };
  }

  get counts(): { readonly opened: number; readonly closed: number } {
    return { opened: this.#opened, closed: this.#closed };
  }

  get all(): readonly DataChannel[] {
    return [...this.#handles.keys()];
  }

  /** Whatever the label is, it becomes text: simple-peer gives null. */
  create(label: unknown, init: RTCDataChannelInit): DataChannel {
    if (this.#port.isClosed()) throw closed();
    const options = readOptions(String(label), init);
    const taken = this.all.some(({ id }) => id !== null && id === options.id);
    if (taken) throw operation("The id is taken.");
    if (this.#lastHandle >= HANDLE_MAX) throw operation("There are too many channels.");
    this.#lastHandle += 1;
    const channel = this.#add(this.#lastHandle, options);
    if (this.#isReady) this.#open(channel);
    else this.#waiting.add(channel);
    return channel;
  }

  /** There is an m-line for them, which the engine knows. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    for (const channel of this.#waiting) this.#open(channel);
    this.#waiting.clear();
  }

  opened(handle: number, streamId: number): void {
    this.#opened += 1;
    this.#byHandle.get(handle)?.opened(streamId);
  }

  offered(offer: OfferedChannel): void {
    const channel = this.#add(offer.channel, {
      label: offer.label,
      protocol: offer.protocol,
      ordered: offer.ordered,
      maxPacketLifeTime: offer.maxPacketLifeTime ?? null,
      maxRetransmits: offer.maxRetransmits ?? null,
      negotiated: false,
      id: offer.streamId,
    });
    this.#opened += 1;
    // The page sees the channel before it is open, so that it can listen for that.
    this.#port.offered(channel);
    channel.opened(offer.streamId);
  }

  buffered(handle: number, amount: number): void {
    this.#byHandle.get(handle)?.bufferedAmountIs(amount);
  }

  received({ line, flags, payload }: BinaryFrame): void {
    this.#byHandle.get(line)?.received((flags & 1) === 1, payload);
  }

  wasClosed(handle: number): void {
    const channel = this.#byHandle.get(handle);
    if (!channel) return;
    this.#forget(handle, channel);
    channel.wasClosed(null);
  }

  /** The transport under them has ended. */
  transportClosed(problem: string | null): void {
    for (const [handle, channel] of [...this.#byHandle]) {
      this.#forget(handle, channel);
      channel.wasClosed(problem);
    }
  }

  connectionClosed(): void {
    for (const channel of this.all) channel.connectionClosed();
  }

  #add(handle: number, options: ChannelOptions): DataChannel {
    const channel = new DataChannel(options, this.#channelPort);
    this.#byHandle.set(handle, channel);
    this.#handles.set(channel, handle);
    return channel;
  }

  #forget(handle: number, channel: DataChannel): void {
    this.#closed += 1;
    this.#byHandle.delete(handle);
    this.#handles.delete(channel);
    this.#waiting.delete(channel);
  }

  #open(channel: DataChannel): void {
    const handle = this.#handles.get(channel);
    if (handle === undefined) return;
    const { label, protocol, ordered, negotiated, id, maxRetransmits, maxPacketLifeTime } = channel;
    const request = {
      channel: handle,
      label,
      protocol,
      ordered,
      negotiated,
      ...(id === null ? {} : { streamId: id }),
      ...(maxRetransmits === null ? {} : { maxRetransmits }),
      ...(maxPacketLifeTime === null ? {} : { maxPacketLifeTime }),
    };
    this.#port.engine.request("openChannel", request).catch(() => {
      if (this.#byHandle.get(handle) !== channel) return;
      this.#forget(handle, channel);
      channel.wasClosed("The channel could not be opened.");
    });
  }

  #close(channel: DataChannel): void {
    const handle = this.#handles.get(channel);
    if (handle === undefined) return;
    if (this.#waiting.has(channel)) {
      this.#forget(handle, channel);
      channel.wasClosed(null);
      return;
    }
    // `channelClosed` follows; where the engine is gone, nothing does.
    this.#port.engine.request("closeChannel", { channel: handle }).catch(() => {
      this.wasClosed(handle);
    });
  }
}

const HANDLE_MAX = 32_767;
const TEXT_MAX = 65_535;
const ID_MAX = 65_534;

function readOptions(label: string, init: RTCDataChannelInit): ChannelOptions {
  const { protocol: given = "" }: { protocol?: unknown } = init;
  const protocol = String(given);
  const negotiated = init.negotiated ?? false;
  const maxPacketLifeTime = init.maxPacketLifeTime ?? null;
  const maxRetransmits = init.maxRetransmits ?? null;
  const isLong = (text: string): boolean => new TextEncoder().encode(text).length > TEXT_MAX;
  if (isLong(label) || isLong(protocol)) throw new TypeError("The label is too long.");
  if (maxPacketLifeTime !== null && maxRetransmits !== null) {
    throw new TypeError("maxPacketLifeTime and maxRetransmits exclude each other.");
  }
  const id = negotiated ? (init.id ?? null) : null;
  if (negotiated && id === null) throw new TypeError("A negotiated channel has an id.");
  if (id !== null && (id < 0 || id > ID_MAX)) throw new TypeError("The id is not one.");
  const ordered = init.ordered ?? true;
  return { label, protocol, ordered, maxPacketLifeTime, maxRetransmits, negotiated, id };
}
