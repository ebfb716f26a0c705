/** One video encoder, made again after faults, and configured again when the plan changes. */
import { toAnnexB, withParameterSets } from "./annexB";
import { closeCodec, codecString } from "./codecs";
import { Faults } from "./faults";
import type { Codec } from "./plane";

export interface Encoded {
  readonly key: boolean;
  /** Microseconds, as the frame was given. */
  readonly time: number;
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface EncoderPlan {
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
  readonly framerate: number;
}

/** Smaller changes of the bitrate are not worth a call. */
const BITRATE_CHANGE = 0.1;

export class EncoderSlot {
  readonly #output: (encoded: Encoded) => void;
  readonly #faults = new Faults();
  #allowed = false;
  #broken = false;
  #codec: Codec | undefined;
  #encoder: VideoEncoder | undefined;
  #plan: EncoderPlan | undefined;
  #keyFrameWanted = true;
  #parameterSets: Uint8Array | undefined;

  constructor(output: (encoded: Encoded) => void) {
    this.#output = output;
  }

  /** Frames inside the encoder. */
  get waiting(): number {
    return this.#encoder?.encodeQueueSize ?? 0;
  }

  /** Encoders may be made from now on. */
  allow(): void {
    this.#allowed = true;
  }

  /** For another codec, or with a new chance after faults; else what runs goes on. */
  restart(codec: Codec): void {
    if (this.#codec && codecString(this.#codec) === codecString(codec) && !this.#broken) {
      return;
    }
    this.close();
    this.#codec = codec;
    this.#broken = false;
    this.#faults.clear();
  }

  /** True if frames may be encoded now. */
  configure(plan: EncoderPlan): boolean {
    if (!this.#allowed || this.#broken || !this.#codec) {
      return false;
    }
    const encoder = (this.#encoder ??= this.#make(this.#codec));
    if (this.#plan && same(plan, this.#plan)) {
      return true;
    }
    try {
      encoder.configure(config(this.#codec, plan));
    } catch {
      this.#fault(encoder);
      return false;
    }
    if (plan.width !== this.#plan?.width || plan.height !== this.#plan.height) {
      this.#keyFrameWanted = true;
    }
    this.#plan = plan;
    return true;
  }

  /** False if the frame was not taken. The caller closes it. */
  encode(frame: VideoFrame, keyFrame: boolean): boolean {
    const encoder = this.#encoder;
    if (encoder?.state !== "configured") {
      return false;
    }
    try {
      encoder.encode(frame, { keyFrame: keyFrame || this.#keyFrameWanted });
    } catch {
      this.#fault(encoder);
      return false;
    }
    this.#keyFrameWanted = false;
    return true;
  }

  close(): void {
    closeCodec(this.#encoder);
    this.#encoder = undefined;
    this.#plan = undefined;
    this.#parameterSets = undefined;
    this.#keyFrameWanted = true;
  }

  #make(codec: Codec): VideoEncoder {
    const encoder: VideoEncoder = new VideoEncoder({
      output: (chunk, metadata) => {
        if (encoder === this.#encoder) {
          this.#take(codec, chunk, metadata);
        }
      },
      error: () => {
        this.#fault(encoder);
      },
    });
    return encoder;
  }

  #take(codec: Codec, chunk: EncodedVideoChunk, metadata?: EncodedVideoChunkMetadata): void {
    const plan = this.#plan;
    const raw = new Uint8Array(chunk.byteLength);
    chunk.copyTo(raw);
    const key = chunk.type === "key";
    const data = codec.name === "H264" ? this.#annexB(raw, key, metadata) : raw;
    if (plan && data) {
      const { width, height } = plan;
      this.#output({ key, time: chunk.timestamp, data, width, height });
    }
  }

  #annexB(
    raw: Uint8Array,
    key: boolean,
    metadata?: EncodedVideoChunkMetadata,
  ): Uint8Array | undefined {
    const description = metadata?.decoderConfig?.description;
    if (description) {
      this.#parameterSets = bytes(description);
    }
    const frame = toAnnexB(raw);
    return frame && key && this.#parameterSets
      ? withParameterSets(frame, this.#parameterSets)
      : frame;
  }

  #fault(encoder: VideoEncoder): void {
    if (encoder === this.#encoder) {
      this.#broken = this.#faults.add(performance.now());
      this.close();
    }
  }
}

function same(plan: EncoderPlan, other: EncoderPlan): boolean {
  return (
    plan.width === other.width &&
    plan.height === other.height &&
    plan.framerate === other.framerate &&
    Math.abs(plan.bitrate - other.bitrate) <= other.bitrate * BITRATE_CHANGE
  );
}

function config(codec: Codec, plan: EncoderPlan): VideoEncoderConfig {
  const all = { ...plan, codec: codecString(codec), latencyMode: "realtime" as const };
  return codec.name === "H264" ? { ...all, avc: { format: "annexb" } } : all;
}

function bytes(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
