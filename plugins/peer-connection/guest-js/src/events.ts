/** Event classes, and event targets with `on…` attributes. */

import type { RtcError } from "./errors";
import type { IceCandidate } from "./iceCandidate";
import type { DataChannel } from "./dataChannel";
import type { RtpReceiver } from "./receiver";
import type { RtpTransceiver } from "./transceiver";

export type Handler = ((event: never) => unknown) | null;
type Handlers<Name extends string> = Record<`on${Name}`, Handler>;

/** The base of a class that fires these events and has an event handler attribute for each. */
export function eventTarget<Name extends string>(
  ...names: readonly Name[]
): new () => EventTarget & Handlers<Name> {
  class HandlerTarget extends EventTarget {
    readonly handlers = new Map<string, Handler>();
  }
  for (const name of names) {
    Object.defineProperty(HandlerTarget.prototype, `on${name}`, {
      configurable: true,
      enumerable: true,
      get(this: HandlerTarget): Handler {
        return this.handlers.get(name) ?? null;
      },
      set(this: HandlerTarget, handler: unknown) {
        // A handler takes its turn among the listeners from when there first was one.
        if (!this.handlers.has(name)) {
          this.addEventListener(name, (event) => {
            const current = this.handlers.get(name) as ((event: Event) => unknown) | null;
            current?.call(this, event);
          });
        }
        this.handlers.set(name, typeof handler === "function" ? (handler as Handler) : null);
      },
    });
  }
  return HandlerTarget as unknown as new () => EventTarget & Handlers<Name>;
}

export class PeerConnectionIceEvent extends Event {
  readonly candidate: IceCandidate | null;
  readonly url: string | null;

  constructor(type: string, init: { candidate?: IceCandidate | null; url?: string | null } = {}) {
    super(type);
    this.candidate = init.candidate ?? null;
    this.url = init.url ?? null;
  }
}

export class PeerConnectionIceErrorEvent extends Event {
  readonly address: string | null;
  readonly port: number | null;
  readonly url: string;
  readonly errorCode: number;
  readonly errorText: string;

  constructor(type: string, init: RTCPeerConnectionIceErrorEventInit) {
    super(type);
    this.address = init.address ?? null;
    this.port = init.port ?? null;
    this.url = init.url ?? "";
    this.errorCode = init.errorCode;
    this.errorText = init.errorText ?? "";
  }
}

export interface TrackEventInit {
  readonly receiver: RtpReceiver;
  readonly track: MediaStreamTrack;
  readonly streams?: readonly MediaStream[];
  readonly transceiver: RtpTransceiver;
}

export class TrackEvent extends Event {
  readonly receiver: RtpReceiver;
  readonly track: MediaStreamTrack;
  readonly streams: readonly MediaStream[];
  readonly transceiver: RtpTransceiver;

  constructor(type: string, init: TrackEventInit) {
    super(type);
    this.receiver = init.receiver;
    this.track = init.track;
    this.streams = Object.freeze([...(init.streams ?? [])]);
    this.transceiver = init.transceiver;
  }
}

export class DataChannelEvent extends Event {
  readonly channel: DataChannel;

  constructor(type: string, init: { channel: DataChannel }) {
    super(type);
    this.channel = init.channel;
  }
}

export class ErrorEvent extends Event {
  readonly error: RtcError;

  constructor(type: string, init: { error: RtcError }) {
    super(type);
    this.error = init.error;
  }
}
