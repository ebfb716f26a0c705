/** Event classes, and event targets with `on…` attributes. */

import type { RtcError } from "./errors";
import { IceCandidate } from "./iceCandidate";
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

export interface IceEventInit extends EventInit {
  readonly candidate?: IceCandidate | null;
  readonly url?: string | null;
}

export class PeerConnectionIceEvent extends Event {
  readonly candidate: IceCandidate | null;
  readonly url: string | null;

  constructor(type: string, init: IceEventInit = {}) {
    required({ type });
    super(type, init);
    const { candidate = null, url = null } = init;
    if (candidate !== null && !(candidate instanceof IceCandidate)) {
      throw new TypeError("candidate is no RTCIceCandidate");
    }
    this.candidate = candidate;
    this.url = url;
  }
}

export class PeerConnectionIceErrorEvent extends Event {
  readonly address: string | null;
  readonly port: number | null;
  readonly url: string;
  readonly errorCode: number;
  readonly errorText: string;

  constructor(type: string, init: RTCPeerConnectionIceErrorEventInit) {
    super(type, init);
    this.address = init.address ?? null;
    this.port = init.port ?? null;
    this.url = init.url ?? "";
    this.errorCode = init.errorCode;
    this.errorText = init.errorText ?? "";
  }
}

export interface TrackEventInit extends EventInit {
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
    const { receiver, track, transceiver } = init;
    required({ receiver, track, transceiver });
    super(type, init);
    this.receiver = init.receiver;
    this.track = init.track;
    this.streams = Object.freeze([...(init.streams ?? [])]);
    this.transceiver = init.transceiver;
  }
}

export class DataChannelEvent extends Event {
  readonly channel: DataChannel;

  constructor(type: string, init: EventInit & { readonly channel: DataChannel }) {
    required({ channel: init.channel });
    super(type, init);
    this.channel = init.channel;
  }
}

export class ErrorEvent extends Event {
  readonly error: RtcError;

  constructor(type: string, init: EventInit & { readonly error: RtcError }) {
    super(type, init);
    this.error = init.error;
  }
}

/** Members and arguments that Web IDL wants; pages are not bound to types. */
function required(members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) throw new TypeError(`${name} is missing`);
  }
}
