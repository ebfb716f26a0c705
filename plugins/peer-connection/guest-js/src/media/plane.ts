export type Kind = "audio" | "video";

/** A codec that this end can, without a payload type. */
export interface CodecCapability {
  readonly kind: Kind;
  readonly name: string;
  readonly clockRate: number;
  readonly channels?: number;
  readonly fmtp: string;
  readonly rtcpFeedback: readonly string[];
}

/** A codec that was agreed on. */
export interface Codec {
  readonly name: "VP8" | "H264" | "opus";
  readonly payloadType: number;
  readonly fmtp: string;
}

export interface SendLimits {
  readonly maxBitrate: number | null;
  readonly maxFramerate: number | null;
  readonly scaleResolutionDownBy: number;
  readonly active: boolean;
}

/** Sends one track on one m-line; made with its transceiver, idle until `start`. */
export interface LocalSender {
  setTrack(track: MediaStreamTrack | null): void;
  /** Again with another codec after a renegotiation. */
  start(line: number, codec: Codec): void;
  /** The direction no longer sends; may start again. */
  stop(): void;
  setLimits(limits: SendLimits): void;
  requestKeyFrame(): void;
  /** The transport carries media from now on. */
  connected(): void;
  /** This sender's share of the estimate. */
  setBitrate(bps: number): void;
  stats(): {
    framesEncoded: number;
    keyFramesEncoded: number;
    frameWidth: number;
    frameHeight: number;
    framesPerSecond: number;
  };
  close(): void;
}

/** The receiver's MediaStreamTrack: exists at once, muted, before anything is negotiated. */
export interface RemoteTrack {
  readonly track: MediaStreamTrack;
  start(line: number, codec: Codec): void;
  stop(): void;
  /** Keeps `track.muted` and fires mute / unmute. */
  setMuted(muted: boolean): void;
  /** `track.readyState` becomes "ended", fires ended. */
  end(): void;
  stats(): {
    framesDecoded: number;
    keyFramesDecoded: number;
    framesDropped: number;
    frameWidth: number;
    frameHeight: number;
    framesPerSecond: number;
  };
}

/** Everything of one connection that touches samples and pictures. */
export interface MediaPlane {
  sender(kind: Kind): LocalSender;
  remoteTrack(kind: Kind): RemoteTrack;
  /** An encoded frame or 10 ms of audio from the engine. */
  frame(kind: Kind, line: number, flags: number, time: number, payload: Uint8Array): void;
  /** The transport carries media from now on. */
  connected(): void;
  close(): void;
}

/** A microphone of the machine, by its label. */
export interface Speaking {
  readonly label: string;
  readonly muted: boolean;
}

/** What the page does with a remote track's sound. */
export interface Listening {
  /** From 0 to 1. */
  readonly volume: number;
  /** It wants the samples as well. */
  readonly toPage: boolean;
}

/** What the plane may ask for. */
export interface PlanePort {
  /** Before, what is sent is lost. */
  isConnected(): boolean;
  send(kind: Kind, line: number, flags: number, time: number, payload: Uint8Array): void;
  requestKeyFrame(line: number): void;
  /** Leaves the line to a microphone of the machine, or takes it back; rejects without such a one. */
  microphone(line: number, speaking: Speaking | null): Promise<unknown>;
  /** Leaves the line to the machine's loudspeaker, or takes it back; rejects where there is none. */
  loudspeaker(line: number, listening: Listening | null): Promise<unknown>;
  /** Of the WebSocket; the plane drops frames above 256 KiB. */
  bufferedAmount(): number;
}
