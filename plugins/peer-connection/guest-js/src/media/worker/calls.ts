/** What the page and the tasks that code video call on each other. */
import type { Size } from "../pictureSize";
import type { Codec, SendLimits } from "../plane";

/** What a worker of this webview can do. */
export interface Abilities {
  /** It reads the pictures of a track. */
  readonly reads: boolean;
  /** It makes tracks. */
  readonly makes: boolean;
}

/** The number of the port between the page and the thread that runs the tasks. */
export const HOST = 0;

/** What the page asks of the thread that runs the tasks. */
export interface HostCalls {
  /** A task is called over the port of this number. `timeOrigin` is the page's. */
  startSender(port: number, timeOrigin: number): void;
  /** The pictures go to the made track of this number, or back to the page if there is none. */
  startReceiver(port: number, track: number): void;
  makeTrack(): void;
}

export interface HostOwner {
  able(abilities: Abilities): void;
  trackMade(number: number, track: MediaStreamTrack): void;
}

/** What a source announces of its pictures. */
export interface SourceSettings extends Size {
  /** Per second, at least 1; `null` where there is none, as for a canvas. */
  readonly frameRate: number | null;
}

export interface SenderCalls {
  /** Again with another codec after a renegotiation. */
  start(codec: Codec): void;
  stop(): void;
  /** Another source comes, or none. */
  setSource(settings: SourceSettings | null): void;
  /** The source's pictures are read from this track. */
  read(track: MediaStreamTrack): void;
  /** A picture of a source that only the page can read. */
  picture(picture: VideoFrame): void;
  /** Whether the pictures may be seen. */
  setEnabled(enabled: boolean): void;
  setLimits(limits: SendLimits): void;
  setBitrate(bps: number): void;
  requestKeyFrame(): void;
  /** The transport carries media from now on. */
  connected(): void;
  /** The page has passed on an encoded picture. */
  passedOn(): void;
  close(): void;
}

export interface SenderOwner {
  encoded(
    codec: Codec["name"],
    key: boolean,
    time: number,
    data: ArrayBuffer,
    width: number,
    height: number,
  ): void;
  /** The track cannot be read. */
  unreadable(): void;
  pictureTaken(): void;
}

export interface ReceiverCalls {
  start(codec: Codec): void;
  stop(): void;
  /** An encoded picture, a part of the buffer. */
  frame(flags: number, time: number, buffer: ArrayBuffer, offset: number, length: number): void;
  /** The page has left one out, since too many are under way. */
  leftOut(): void;
  close(): void;
}

export interface ReceiverOwner {
  /** An encoded picture is no longer under way. */
  frameTaken(): void;
  requestKeyFrame(): void;
  counted(stats: ReceiverStats): void;
  /** To be shown by the page. */
  picture(picture: VideoFrame): void;
}

export interface ReceiverStats {
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly framesDropped: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
}

export const NOTHING_RECEIVED: ReceiverStats = {
  framesDecoded: 0,
  keyFramesDecoded: 0,
  framesDropped: 0,
  frameWidth: 0,
  frameHeight: 0,
};
