/**
 * Closes the loop around a video encoder: WebKitGTK's overshoot what they were configured with, some
 * of them many times over. Measures what comes out, corrects the configured bitrate, drops frames,
 * and steps frame rate and resolution. Pure: time goes in, a plan comes out.
 */

/** What is to be encoded, before any step. */
export interface Source {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** How to encode it now. */
export interface Plan {
  readonly bitrate: number;
  readonly frameRate: number;
  readonly scaleDownBy: number;
}

/** Down the list the picture gets smaller and slower; frame rates are shares of the source's. */
const STEPS = [
  { scaleDownBy: 1, frameRate: 1 },
  { scaleDownBy: 1, frameRate: 2 / 3 },
  { scaleDownBy: 1.5, frameRate: 2 / 3 },
  { scaleDownBy: 2, frameRate: 2 / 3 },
  { scaleDownBy: 2, frameRate: 1 / 2 },
  { scaleDownBy: 3, frameRate: 1 / 2 },
  { scaleDownBy: 4, frameRate: 1 / 3 },
] as const;

/** Bits per pixel below which a step is left, and above which it is entered again. */
const POOR = 0.015;
const GOOD = 0.03;

const LEAST_CORRECTION = 1 / 40;
const LEAST_BITRATE = 2000;
/** Seconds of the target that may be sent ahead: a key frame is many times a delta. */
const AHEAD = 0.5;
const MOST_AHEAD = 1.5;
/**
 * Between key frames that are asked for, as of libwebrtc: more would crowd out the picture;
 * milliseconds.
 */
const KEY_FRAME_INTERVAL = 300;
/**
 * The largest share of the target that they take: else, where a link is too narrow, each is lost in
 * the queue that it makes, and asked for again.
 */
const KEY_FRAME_SHARE = 0.4;
/** Seconds without trouble before a step up, doubled each time that it did not last. */
const PATIENCE = 3;
const MOST_PATIENCE = 48;

export class Rate {
  #source: Source = { width: 640, height: 480, frameRate: 30 };
  #target: number;
  #correction = 1;
  #step = 0;
  #ahead = 0;
  #drainedAt: number | undefined;
  #bits = 0;
  #keyFrameBits = 0;
  #offered = 0;
  #refused = 0;
  #bad = 0;
  #good = 0;
  #patience = PATIENCE;
  #sinceStepUp = Infinity;

  constructor(target: number) {
    this.#target = target;
  }

  get plan(): Plan {
    const step = STEPS[this.#step] ?? STEPS[0];
    return {
      bitrate: Math.max(LEAST_BITRATE, Math.round(this.#target * this.#correction)),
      frameRate: Math.max(1, Math.round(this.#source.frameRate * step.frameRate)),
      scaleDownBy: step.scaleDownBy,
    };
  }

  setTarget(bps: number): void {
    this.#target = Math.max(LEAST_BITRATE, bps);
    while (this.#step < STEPS.length - 1 && this.#bitsPerPixel(this.#step) < POOR) {
      this.#step += 1;
      this.#good = 0;
    }
  }

  /** Another source starts anew at the best step its bitrate carries. */
  setSource(source: Source): void {
    const { width, height, frameRate } = this.#source;
    if (source.width === width && source.height === height && source.frameRate === frameRate) {
      return;
    }
    this.#source = source;
    this.#step = 0;
    this.#bad = 0;
    this.#good = 0;
    this.setTarget(this.#target);
  }

  /** Whether the next frame may be encoded, or is better left out. Time in milliseconds. */
  admits(now: number): boolean {
    this.#drain(now);
    this.#offered += 1;
    if (this.#ahead > this.#target * AHEAD) {
      this.#refused += 1;
      return false;
    }
    return true;
  }

  /** A frame was left out because encoder or transport had not kept up. */
  late(): void {
    this.#offered += 1;
    this.#refused += 1;
  }

  /** How long after a key frame another may be asked for; milliseconds. */
  get keyFrameInterval(): number {
    const affordable = (this.#keyFrameBits * 1000) / (this.#target * KEY_FRAME_SHARE);
    return Math.max(KEY_FRAME_INTERVAL, affordable);
  }

  /** A frame came out of the encoder. */
  encoded(bytes: number, isKey = false): void {
    if (isKey) {
      this.#keyFrameBits = bytes * 8;
    }
    this.#bits += bytes * 8;
    this.#ahead = Math.min(this.#target * MOST_AHEAD, this.#ahead + bytes * 8);
  }

  /** To be called about once a second, with the milliseconds that really passed. */
  second(elapsed: number): Plan {
    const ratio = (this.#bits * 1000) / Math.max(1, elapsed) / this.#target;
    const left = this.#offered > 0 ? this.#refused / this.#offered : 0;
    const idle = this.#offered === 0;
    this.#bits = 0;
    this.#offered = 0;
    this.#refused = 0;
    if (idle) {
      return this.plan;
    }
    this.#correct(ratio, left);
    this.#judge(ratio > 1.2 || left > 0.25);
    return this.plan;
  }

  /** Down fast, and up slowly: little comes out of a quiet scene, whatever was configured. */
  #correct(ratio: number, left: number): void {
    // Frames that were refused would have been sent too: the encoder's own rate is higher.
    const own = ratio / Math.max(0.1, 1 - left);
    if (own > 1.1) {
      const factor = Math.max(0.25, 1 / own);
      this.#correction = Math.max(LEAST_CORRECTION, this.#correction * factor);
    } else if (ratio < 0.85) {
      this.#correction = Math.min(1, this.#correction * 1.1);
    }
  }

  #judge(bad: boolean): void {
    this.#sinceStepUp += 1;
    this.#bad = bad ? this.#bad + 1 : 0;
    this.#good = bad ? 0 : this.#good + 1;
    if (this.#bad >= 2 && this.#step < STEPS.length - 1) {
      this.#step += 1;
      this.#bad = 0;
      if (this.#sinceStepUp <= 10) {
        this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2);
        this.#sinceStepUp = Infinity;
      }
    } else if (
      this.#good >= this.#patience &&
      this.#step > 0 &&
      this.#bitsPerPixel(this.#step - 1) >= GOOD
    ) {
      this.#step -= 1;
      this.#good = 0;
      this.#sinceStepUp = 0;
    }
  }

  #bitsPerPixel(index: number): number {
    const step = STEPS[index] ?? STEPS[0];
    const pixels = (this.#source.width * this.#source.height) / step.scaleDownBy ** 2;
    return this.#target / Math.max(1, pixels * this.#source.frameRate * step.frameRate);
  }

  #drain(now: number): void {
    const passed = this.#drainedAt === undefined ? 0 : Math.max(0, now - this.#drainedAt);
    this.#drainedAt = now;
    this.#ahead = Math.max(0, this.#ahead - (this.#target * passed) / 1000);
  }
}
