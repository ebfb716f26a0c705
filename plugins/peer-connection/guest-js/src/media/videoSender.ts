/** Sends a camera or a screen: the worker's tick takes a picture of a hidden <video>, and encodes. */
import { blackFrame, codecsReady, mostPixels } from "./codecs";
import { EncoderSlot, type Encoded } from "./encoderSlot";
import { FrameCounter } from "./frameCounter";
import { FLAG_KEY } from "./keyFrameGate";
import { MOST_BUFFERED, MOST_BYTES, MOST_ENCODING } from "./limits";
import { encodedSize, type Size } from "./pictureSize";
import type { Codec, LocalSender, PlanePort, SendLimits } from "./plane";
import { Rate } from "./rate";
import { Ticker } from "./ticker";

const FIRST_BITRATE = 500_000;
const FRAME_RATE = 30;
/** Between the black pictures of a disabled track; milliseconds. */
const BLACK_INTERVAL = 500;
/** Between key frames that are asked for, as of libwebrtc: more would crowd out the picture; milliseconds. */
const KEY_FRAME_INTERVAL = 300;
const METADATA_LOADED = 1;
const DATA_LOADED = 2;

export class VideoSender implements LocalSender {
  readonly #port: PlanePort;
  readonly #rate = new Rate(FIRST_BITRATE);
  readonly #ticker = new Ticker(() => {
    this.#tick();
  });
  readonly #encoder: EncoderSlot;
  readonly #counter = new FrameCounter();
  #track: MediaStreamTrack | null = null;
  #video: HTMLVideoElement | undefined;
  #negotiated: { line: number; codec: Codec } | undefined;
  #limits: SendLimits = {
    maxBitrate: null,
    maxFramerate: null,
    scaleResolutionDownBy: 1,
    active: true,
  };
  #bitrate = FIRST_BITRATE;
  #keyFrameWanted = true;
  #keyFrameAt = -Infinity;
  /** The encoder has made a picture: the next one comes without the delay of the first. */
  #warm = false;
  #capturedAt = -Infinity;
  #secondAt = 0;
  #stats = {
    framesEncoded: 0,
    keyFramesEncoded: 0,
    frameWidth: 0,
    frameHeight: 0,
  };
  #closed = false;

  constructor(port: PlanePort) {
    this.#port = port;
    this.#encoder = new EncoderSlot((encoded) => {
      this.#send(encoded);
    });
  }

  setTrack(track: MediaStreamTrack | null): void {
    if (track === this.#track) {
      return;
    }
    this.#track = track;
    this.#keyFrameWanted = true;
    this.#closeVideo();
    this.#update();
  }

  start(line: number, codec: Codec): void {
    this.#negotiated = { line, codec };
    this.#encoder.restart(codec);
    this.#update();
  }

  stop(): void {
    this.#negotiated = undefined;
    this.#update();
  }

  setLimits(limits: SendLimits): void {
    if (limits.active && !this.#limits.active) {
      this.#keyFrameWanted = true;
    }
    this.#limits = limits;
    this.#retarget();
    this.#update();
  }

  requestKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  /** The first picture leaves at once. */
  connected(): void {
    this.#capturedAt = -Infinity;
    this.#tick();
  }

  setBitrate(bps: number): void {
    this.#bitrate = bps;
    this.#retarget();
  }

  stats(): ReturnType<LocalSender["stats"]> {
    return { ...this.#stats, framesPerSecond: this.#counter.perSecond(performance.now()) };
  }

  close(): void {
    this.#closed = true;
    this.#track = null;
    this.#closeVideo();
    this.#update();
  }

  #retarget(): void {
    this.#rate.setTarget(Math.min(this.#bitrate, this.#limits.maxBitrate ?? Infinity));
  }

  #update(): void {
    const track = this.#track;
    if (!track || !this.#negotiated || !this.#limits.active || this.#closed) {
      this.#ticker.stop();
      this.#encoder.close();
      this.#closeVideo();
      return;
    }
    this.#video ??= this.#openVideo(track);
    this.#ticker.every(1000 / this.#rate.plan.frameRate);
    void codecsReady().then((ready) => {
      if (ready) {
        this.#encoder.allow();
        this.#tick();
      }
    });
  }

  #openVideo(track: MediaStreamTrack): HTMLVideoElement {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    // The first picture does not wait for a tick.
    video.addEventListener("loadeddata", () => {
      this.#tick();
    });
    video.play().catch(() => undefined);
    return video;
  }

  #closeVideo(): void {
    const video = this.#video;
    this.#video = undefined;
    if (video) {
      video.pause();
      video.srcObject = null;
    }
  }

  #tick(): void {
    const [track, video, negotiated] = [this.#track, this.#video, this.#negotiated];
    if (!track || !video || !negotiated || track.readyState === "ended") {
      return;
    }
    const now = performance.now();
    const source = sizeOf(video, track);
    if (!source || now - this.#capturedAt < this.#interval(track)) {
      return;
    }
    this.#rate.setSource({ ...source, frameRate: this.#frameRate(track) });
    this.#second(now);
    const { plan } = this.#rate;
    this.#ticker.every(1000 / plan.frameRate);
    const scale = Math.max(1, this.#limits.scaleResolutionDownBy) * plan.scaleDownBy;
    const size = encodedSize(source, scale, mostPixels(negotiated.codec));
    if (!this.#encoder.configure({ ...size, bitrate: plan.bitrate, framerate: plan.frameRate })) {
      return;
    }
    // Configured before there is a picture: it is encoded at once when it comes.
    if (track.enabled && video.readyState < DATA_LOADED) {
      return;
    }
    if (this.#encoder.waiting > MOST_ENCODING || this.#port.bufferedAmount() > MOST_BUFFERED) {
      this.#rate.late();
      return;
    }
    if (this.#warm && !this.#port.isConnected()) {
      return;
    }
    if (this.#rate.admits(now)) {
      this.#capture(track.enabled ? video : size, now);
    }
  }

  #capture(picture: HTMLVideoElement | Size, now: number): void {
    const timestamp = Math.round(now * 1000);
    let frame: VideoFrame;
    try {
      frame =
        picture instanceof HTMLVideoElement
          ? new VideoFrame(picture, { timestamp })
          : // What the element shows of a disabled track may be its last picture.
            blackFrame(picture.width, picture.height, timestamp);
    } catch {
      return;
    }
    this.#capturedAt = now;
    const key = this.#keyFrameWanted && now - this.#keyFrameAt >= KEY_FRAME_INTERVAL;
    if (this.#encoder.encode(frame, key) && key) {
      this.#keyFrameWanted = false;
      this.#keyFrameAt = now;
    }
    frame.close();
  }

  #send({ key, time, data, width, height }: Encoded): void {
    const negotiated = this.#negotiated;
    this.#warm = true;
    if (!negotiated || !this.#port.isConnected() || data.length > MOST_BYTES) {
      this.#keyFrameWanted = true;
      this.#keyFrameAt = -Infinity;
      return;
    }
    this.#rate.encoded(data.length);
    this.#counter.add(performance.now());
    this.#stats.framesEncoded += 1;
    this.#stats.keyFramesEncoded += key ? 1 : 0;
    this.#stats.frameWidth = width;
    this.#stats.frameHeight = height;
    this.#port.send("video", negotiated.line, key ? FLAG_KEY : 0, time, data);
  }

  #second(now: number): void {
    const elapsed = now - this.#secondAt;
    if (elapsed >= 1000) {
      // After a pause nothing was measured.
      if (elapsed < 3000) {
        this.#rate.second(elapsed);
      }
      this.#secondAt = now;
    }
  }

  #frameRate(track: MediaStreamTrack): number {
    const own = Math.round(track.getSettings().frameRate ?? FRAME_RATE);
    return Math.max(1, Math.min(own || FRAME_RATE, this.#limits.maxFramerate ?? FRAME_RATE));
  }

  /** Two ticks may come close together: `loadeddata`, a late worker. */
  #interval(track: MediaStreamTrack): number {
    return track.enabled || this.#keyFrameWanted ? 500 / this.#rate.plan.frameRate : BLACK_INTERVAL;
  }
}

/** The element's once it knows, else what the camera announces. */
function sizeOf(video: HTMLVideoElement, track: MediaStreamTrack): Size | undefined {
  if (video.readyState >= METADATA_LOADED && video.videoWidth > 0 && video.videoHeight > 0) {
    return { width: video.videoWidth, height: video.videoHeight };
  }
  const { width = 0, height = 0 } = track.getSettings();
  return width > 0 && height > 0 ? { width, height } : undefined;
}
