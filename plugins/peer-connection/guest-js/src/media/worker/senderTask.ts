/** Encodes the pictures of one source as fast as the link and the computer allow. */
import { blackFrame, codecsReady, mostPixels } from "../codecs";
import { EncoderSlot, type Encoded } from "../encoderSlot";
import { FRAME_RATE, MOST_BYTES, MOST_ENCODING, MOST_UNDER_WAY } from "../limits";
import { encodedSize, type Size } from "../pictureSize";
import type { Codec, SendLimits } from "../plane";
import { Rate } from "../rate";
import type { SenderCalls, SenderOwner, SourceSettings } from "./calls";
import { Pace } from "./pace";
import { type Pictures, readPictures } from "./tracks";

const LIKELY: Codec = { name: "VP8", payloadType: 0, fmtp: "" };
const FIRST_BITRATE = 500_000;
/** Of what is sent without a new picture of the source; milliseconds. */
const IDLE_INTERVAL = 250;
/** Between the black pictures of a disabled source; milliseconds. */
const BLACK_INTERVAL = 500;

export class SenderTask implements SenderCalls {
  readonly #owner: SenderOwner;
  /** From this thread's clock to the page's; milliseconds. */
  readonly #clockOffset: number;
  readonly #rate = new Rate(FIRST_BITRATE);
  readonly #pace = new Pace();
  readonly #encoder: EncoderSlot;
  /** Until one is negotiated, the likely one: the encoder's first picture takes long. */
  #codec: Codec = LIKELY;
  #stopped = false;
  #source: SourceSettings | null = null;
  #pictures: Pictures | undefined;
  /** Kept, since a still source gives no other when a key frame is wanted. */
  #newest: VideoFrame | undefined;
  #enabled = true;
  #limits: SendLimits = {
    maxBitrate: null,
    maxFramerate: null,
    scaleResolutionDownBy: 1,
    active: true,
  };
  #bitrate = FIRST_BITRATE;
  #connected = false;
  /** The encoder has made a picture: the next one comes without the delay of the first. */
  #warm = false;
  #keyFrameWanted = true;
  #keyFrameAt = -Infinity;
  #encodedAt = -Infinity;
  #secondAt = 0;
  /** Encoded pictures that the page has not passed on yet. */
  #underWay = 0;
  #idle: ReturnType<typeof setInterval> | undefined;

  constructor(owner: SenderOwner, timeOrigin: number) {
    this.#owner = owner;
    this.#clockOffset = performance.timeOrigin - timeOrigin;
    this.#encoder = new EncoderSlot((encoded) => {
      this.#send(encoded);
    });
    this.#encoder.restart(this.#codec);
    void codecsReady().then((ready) => {
      if (ready) {
        this.#encoder.allow();
        this.#pace.restart();
        this.#encode();
      }
    });
  }

  start(codec: Codec): void {
    this.#codec = codec;
    this.#stopped = false;
    this.#encoder.restart(codec);
    this.#idle ??= setInterval(() => {
      this.#fill();
    }, IDLE_INTERVAL);
    this.#encode();
  }

  stop(): void {
    this.#stopped = true;
    this.#encoder.close();
    clearInterval(this.#idle);
    this.#idle = undefined;
  }

  setSource(settings: SourceSettings | null): void {
    this.#forget();
    this.#source = settings;
    this.#keyFrameWanted = true;
    this.#pace.restart();
    this.#encode();
  }

  read(track: MediaStreamTrack): void {
    this.#pictures = readPictures(track, (picture) => {
      this.#take(picture);
    });
    if (!this.#pictures) {
      this.#owner.unreadable();
    }
  }

  picture(picture: VideoFrame): void {
    const source = this.#source;
    if (source?.frameRate !== null) {
      this.#take(picture);
      this.#owner.pictureTaken();
      return;
    }
    void withOwnPixels(picture)
      .then((copy) => {
        if (source === this.#source) {
          this.#take(copy);
        } else {
          copy.close();
        }
      })
      .catch(() => undefined)
      .finally(() => {
        this.#owner.pictureTaken();
      });
  }

  setEnabled(enabled: boolean): void {
    if (enabled === this.#enabled) {
      return;
    }
    this.#enabled = enabled;
    this.#pace.restart();
    this.#encode();
  }

  setLimits(limits: SendLimits): void {
    if (limits.active && !this.#limits.active) {
      this.#keyFrameWanted = true;
    }
    if (!limits.active) {
      this.#encoder.close();
    }
    this.#limits = limits;
    this.#retarget();
  }

  setBitrate(bps: number): void {
    this.#bitrate = bps;
    this.#retarget();
  }

  requestKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  /** The first picture leaves at once, or is in the encoder already. */
  connected(): void {
    this.#connected = true;
    this.#pace.restart();
    this.#encode();
  }

  passedOn(): void {
    this.#underWay -= 1;
  }

  close(): void {
    this.stop();
    this.#forget();
    this.#source = null;
  }

  #retarget(): void {
    this.#rate.setTarget(Math.min(this.#bitrate, this.#limits.maxBitrate ?? Infinity));
  }

  #forget(): void {
    this.#pictures?.end();
    this.#pictures = undefined;
    this.#newest?.close();
    this.#newest = undefined;
  }

  #take(picture: VideoFrame): void {
    this.#newest?.close();
    this.#newest = picture;
    if (this.#enabled) {
      this.#encode();
    }
  }

  /** Where the source gives nothing to be seen, or nothing new. */
  #fill(): void {
    const since = performance.now() - this.#encodedAt;
    if (this.#enabled ? this.#keyFrameWanted && since > IDLE_INTERVAL : since >= BLACK_INTERVAL) {
      this.#pace.restart();
      this.#encode();
    }
  }

  #encode(): void {
    const [codec, source] = [this.#codec, this.#source];
    const now = performance.now();
    if (this.#stopped || !source || !this.#limits.active || !this.#pace.admits(now)) {
      return;
    }
    const size = this.#size(source);
    if (size.width === 0 || size.height === 0) {
      return;
    }
    this.#rate.setSource({ ...size, frameRate: this.#frameRate(source) });
    this.#second(now);
    const { plan } = this.#rate;
    this.#pace.setPeriod(1000 / plan.frameRate);
    const scale = Math.max(1, this.#limits.scaleResolutionDownBy) * plan.scaleDownBy;
    const scaled = encodedSize(size, scale, mostPixels(codec));
    // Before there is a picture, so that the first one is encoded as soon as it comes.
    if (!this.#encoder.configure({ ...scaled, bitrate: plan.bitrate, framerate: plan.frameRate })) {
      return;
    }
    if ((this.#enabled && !this.#newest) || (this.#warm && !this.#connected)) {
      return;
    }
    if (this.#encoder.waiting > MOST_ENCODING || this.#underWay > MOST_UNDER_WAY) {
      this.#rate.late();
    } else if (this.#rate.admits(now)) {
      this.#give(size, now);
    }
  }

  #give(size: Size, now: number): void {
    const timestamp = Math.round((now + this.#clockOffset) * 1000);
    const frame =
      this.#enabled && this.#newest
        ? new VideoFrame(this.#newest, { timestamp })
        : blackFrame(size.width, size.height, timestamp);
    this.#encodedAt = now;
    const key = this.#keyFrameWanted && now - this.#keyFrameAt >= this.#rate.keyFrameInterval;
    if (this.#encoder.encode(frame, key) && key) {
      this.#keyFrameWanted = false;
      this.#keyFrameAt = now;
    }
    frame.close();
  }

  #send({ key, time, data, width, height }: Encoded): void {
    this.#warm = true;
    if (this.#stopped || !this.#connected || data.length > MOST_BYTES) {
      this.#keyFrameWanted = true;
      this.#keyFrameAt = -Infinity;
      return;
    }
    this.#rate.encoded(data.length, key);
    this.#underWay += 1;
    this.#owner.encoded(this.#codec.name, key, time, data.slice().buffer, width, height);
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

  /** The pictures' own once there is one, else what the source announces. */
  #size(source: SourceSettings): Size {
    const { displayWidth: width, displayHeight: height } = this.#newest ?? {
      displayWidth: source.width,
      displayHeight: source.height,
    };
    return { width, height };
  }

  #frameRate({ frameRate }: SourceSettings): number {
    const own = frameRate ?? FRAME_RATE;
    return Math.max(1, Math.min(own, this.#limits.maxFramerate ?? own));
  }
}

/**
 * The same picture, as it would be without its source; closes the other. WebKitGTK's encoders take
 * only the first few pictures of what has no rate, and are far above the bitrate with those.
 */
async function withOwnPixels(picture: VideoFrame): Promise<VideoFrame> {
  const { format, visibleRect, timestamp } = picture;
  if (!format || !visibleRect) {
    return picture;
  }
  const data = new Uint8Array(picture.allocationSize());
  try {
    await picture.copyTo(data);
  } finally {
    picture.close();
  }
  const { width: codedWidth, height: codedHeight } = visibleRect;
  return new VideoFrame(data, { format, codedWidth, codedHeight, timestamp });
}
