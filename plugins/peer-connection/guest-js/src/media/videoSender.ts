/** Sends a camera or a screen: a task reads its pictures, and encodes them. */
import { ElementCapture } from "./elementCapture";
import { FrameCounter } from "./frameCounter";
import { FLAG_KEY } from "./keyFrameGate";
import { FRAME_RATE, MOST_BUFFERED } from "./limits";
import type { Codec, LocalSender, PlanePort, SendLimits } from "./plane";
import { onTrackChange } from "./trackChanges";
import { videoHost } from "./videoHost";
import type { SenderCalls, SenderOwner, SourceSettings } from "./worker/calls";

/** Between two looks whether the transport is still full; milliseconds. */
const FULL_INTERVAL = 30;

export class VideoSender implements LocalSender, SenderOwner {
  readonly #port: PlanePort;
  readonly #task: SenderCalls;
  readonly #counter = new FrameCounter();
  #track: MediaStreamTrack | null = null;
  /** Whose pictures the task gets now. */
  #source: MediaStreamTrack | null = null;
  #forget: (() => void) | undefined;
  #capture: ElementCapture | undefined;
  #negotiated: { readonly line: number; readonly codec: Codec } | undefined;
  /** Until it is said otherwise: the source is opened before it is negotiated. */
  #active = true;
  #stopped = false;
  #stats = { framesEncoded: 0, keyFramesEncoded: 0, frameWidth: 0, frameHeight: 0 };

  constructor(port: PlanePort) {
    this.#port = port;
    this.#task = videoHost().startSender(this);
    if (port.isConnected()) {
      this.#task.connected();
    }
  }

  setTrack(track: MediaStreamTrack | null): void {
    this.#track = track;
    this.#update();
  }

  start(line: number, codec: Codec): void {
    this.#negotiated = { line, codec };
    this.#stopped = false;
    this.#task.start(codec);
    this.#update();
  }

  stop(): void {
    this.#negotiated = undefined;
    this.#stopped = true;
    this.#task.stop();
    this.#update();
  }

  setLimits(limits: SendLimits): void {
    this.#active = limits.active;
    this.#task.setLimits(limits);
    this.#update();
  }

  requestKeyFrame(): void {
    this.#task.requestKeyFrame();
  }

  connected(): void {
    this.#task.connected();
  }

  setBitrate(bps: number): void {
    this.#task.setBitrate(bps);
  }

  stats(): ReturnType<LocalSender["stats"]> {
    return { ...this.#stats, framesPerSecond: this.#counter.perSecond(performance.now()) };
  }

  close(): void {
    this.#negotiated = undefined;
    this.#stopped = true;
    this.#update();
    this.#task.close();
  }

  encoded(
    name: Codec["name"],
    key: boolean,
    time: number,
    data: ArrayBuffer,
    frameWidth: number,
    frameHeight: number,
  ): void {
    const negotiated = this.#negotiated;
    // One of another codec was on its way when this one was agreed on.
    if (negotiated?.codec.name === name) {
      this.#port.send("video", negotiated.line, key ? FLAG_KEY : 0, time, new Uint8Array(data));
      this.#counter.add(performance.now());
      this.#stats = {
        framesEncoded: this.#stats.framesEncoded + 1,
        keyFramesEncoded: this.#stats.keyFramesEncoded + (key ? 1 : 0),
        frameWidth,
        frameHeight,
      };
    }
    this.#passOn();
  }

  unreadable(): void {
    if (this.#source && !this.#capture) {
      this.#openElement(this.#source);
    }
  }

  pictureTaken(): void {
    this.#capture?.taken();
  }

  /** The task makes no more than a few pictures that nobody has passed on. */
  #passOn(): void {
    if (this.#port.bufferedAmount() <= MOST_BUFFERED) {
      this.#task.passedOn();
    } else {
      setTimeout(() => {
        this.#passOn();
      }, FULL_INTERVAL);
    }
  }

  #update(): void {
    const isWanted = this.#active && !this.#stopped;
    const source = isWanted && this.#track?.readyState === "live" ? this.#track : null;
    if (source === this.#source) {
      return;
    }
    this.#forget?.();
    this.#capture?.end();
    this.#capture = undefined;
    this.#source = source;
    this.#task.setSource(source && settingsOf(source));
    if (source) {
      this.#follow(source);
      void this.#open(source);
    }
  }

  #follow(source: MediaStreamTrack): void {
    this.#task.setEnabled(source.enabled);
    this.#forget = onTrackChange(source, () => {
      this.#task.setEnabled(source.enabled);
      this.#update();
    });
  }

  /** The task gets a copy, since what it reads is no longer the page's. */
  async #open(source: MediaStreamTrack): Promise<void> {
    const { reads } = await videoHost().abilities;
    const { frameRate } = settingsOf(source);
    if (source !== this.#source) {
      return;
    }
    // A canvas, which has no rate, is painted by the page, and stays with it.
    if (reads && frameRate !== null) {
      const copy = source.clone();
      try {
        // The copy of a track that is turned off is turned off as well.
        copy.enabled = true;
        this.#task.read(copy);
        return;
      } catch {
        copy.stop();
      }
    }
    this.#openElement(source);
  }

  #openElement(source: MediaStreamTrack): void {
    this.#capture = new ElementCapture(
      source,
      settingsOf(source).frameRate ?? FRAME_RATE,
      (picture) => {
        this.#task.picture(picture);
      },
    );
  }
}

function settingsOf(track: MediaStreamTrack): SourceSettings {
  const { width = 0, height = 0, frameRate = 0 } = track.getSettings();
  return { width, height, frameRate: frameRate > 0 ? Math.max(1, Math.round(frameRate)) : null };
}
