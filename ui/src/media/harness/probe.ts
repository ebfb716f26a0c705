import type { Kind } from "../devices";

/** What a test can make of the devices of the page. */
export interface DeviceFaults {
  /** How long opening takes on top, in milliseconds. */
  delay: number;
  /** How much longer still the next ones take, one after the other. */
  next: number[];
  /** The name of the error with which opening a kind fails; a request for both fails as a whole. */
  fail: Partial<Record<Kind, string>>;
}

/** Knows every connection and every captured track of the page, so that none can be forgotten. */
export class Probe {
  readonly faults: DeviceFaults = { delay: 0, next: [], fail: {} };
  /** How often devices were asked for. */
  captures = 0;
  /** Opens devices without any of the faults. */
  readonly capture: (constraints?: MediaStreamConstraints) => Promise<MediaStream>;
  #connections: RTCPeerConnection[] = [];
  #captured: MediaStreamTrack[] = [];

  constructor() {
    const connections = (connection: RTCPeerConnection): void => {
      this.#connections.push(connection);
    };
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections(this);
      }
    };
    const devices = navigator.mediaDevices;
    const capture = devices.getUserMedia.bind(devices);
    this.capture = async (constraints) => {
      const stream = await capture(constraints);
      this.#captured.push(...stream.getTracks());
      return stream;
    };
    devices.getUserMedia = async (constraints) => {
      this.captures += 1;
      const { fail, next } = this.faults;
      const delay = this.faults.delay + (next.shift() ?? 0);
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      for (const kind of ["audio", "video"] as const) {
        const name = fail[kind];
        if (constraints?.[kind] && name) throw new DOMException("made by the test", name);
      }
      return this.capture(constraints);
    };
  }

  get newest(): RTCPeerConnection | undefined {
    return this.#connections.at(-1);
  }

  /** Captured tracks that are live. */
  live(): MediaStreamTrack[] {
    this.#captured = this.#captured.filter((track) => track.readyState === "live");
    return this.#captured;
  }

  /** Connections that are not closed. */
  open(): RTCPeerConnection[] {
    this.#connections = this.#connections.filter((each) => each.signalingState !== "closed");
    return this.#connections;
  }

  /** Nothing is captured and nothing is connected. */
  get isQuiet(): boolean {
    return this.live().length === 0 && this.open().length === 0;
  }
}

/** What a connection has received; frames and packets only ever grow. */
export interface Received {
  readonly frames: number;
  readonly packets: number;
  readonly channelOpen: boolean;
}

export async function received(connection: RTCPeerConnection | undefined): Promise<Received> {
  const total = { frames: 0, packets: 0, channelOpen: false };
  const statistics = await connection?.getStats();
  statistics?.forEach((entry: Record<string, unknown>) => {
    if (entry["type"] === "data-channel") total.channelOpen = entry["state"] === "open";
    if (entry["type"] !== "inbound-rtp") return;
    if (entry["kind"] === "video") total.frames += Number(entry["framesDecoded"] ?? 0);
    else total.packets += Number(entry["packetsReceived"] ?? 0);
  });
  return total;
}
