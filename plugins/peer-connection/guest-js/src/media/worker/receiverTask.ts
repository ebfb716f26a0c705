/** Decodes what comes in, and hands each picture on to be shown. */
import { sequenceParameterSet } from "../annexB";
import { closeCodec, codecsReady, codecString } from "../codecs";
import { Faults } from "../faults";
import { FLAG_KEY, KeyFrameGate } from "../keyFrameGate";
import { fits, MOST_BYTES, MOST_DECODING } from "../limits";
import { vp8Size } from "../pictureSize";
import type { Codec } from "../plane";
import {
  NOTHING_RECEIVED,
  type ReceiverCalls,
  type ReceiverOwner,
  type ReceiverStats,
} from "./calls";

export class ReceiverTask implements ReceiverCalls {
  readonly #owner: ReceiverOwner;
  readonly #show: (picture: VideoFrame) => void;
  readonly #gate: KeyFrameGate;
  readonly #faults = new Faults();
  #codec: Codec | undefined;
  #decoder: VideoDecoder | undefined;
  /** Differs between pictures of different sizes. */
  #format = "";
  #stats: ReceiverStats = NOTHING_RECEIVED;

  constructor(owner: ReceiverOwner, show: (picture: VideoFrame) => void) {
    this.#owner = owner;
    this.#show = show;
    this.#gate = new KeyFrameGate(() => {
      owner.requestKeyFrame();
    });
  }

  start(codec: Codec): void {
    const before = this.#codec;
    this.#codec = codec;
    if (before && codecString(before) === codecString(codec)) {
      return;
    }
    this.#faults.clear();
    this.#closeDecoder();
    this.#gate.broken(performance.now());
    // Now, so that the first picture does not wait for it.
    this.#open(codec);
  }

  stop(): void {
    this.#codec = undefined;
    this.#closeDecoder();
  }

  frame(flags: number, time: number, buffer: ArrayBuffer, offset: number, length: number): void {
    this.#take(flags, time, new Uint8Array(buffer, offset, length));
    this.#owner.frameTaken();
  }

  leftOut(): void {
    this.#drop();
    this.#gate.broken(performance.now());
  }

  close(): void {
    this.stop();
  }

  #take(flags: number, time: number, payload: Uint8Array): void {
    const codec = this.#codec;
    if (!codec || typeof VideoDecoder === "undefined") {
      return;
    }
    const now = performance.now();
    const key = (flags & FLAG_KEY) !== 0;
    if (!acceptable(codec, key, payload) || this.#tooMuchWaits()) {
      this.leftOut();
    } else if (this.#gate.admits(flags, now)) {
      this.#decode(codec, key, time, payload);
    } else {
      this.#drop();
    }
  }

  #drop(): void {
    this.#count({ framesDropped: this.#stats.framesDropped + 1 });
  }

  #count(changed: Partial<ReceiverStats>): void {
    this.#stats = { ...this.#stats, ...changed };
    this.#owner.counted(this.#stats);
  }

  #tooMuchWaits(): boolean {
    return (this.#decoder?.decodeQueueSize ?? 0) > MOST_DECODING;
  }

  #decode(codec: Codec, key: boolean, time: number, payload: Uint8Array): void {
    let decoder = this.#decoder;
    try {
      decoder ??= this.#openDecoder(codec);
      // WebKitGTK's decoder takes pictures of another size for ones of the first size, silently.
      const format = key ? formatOf(codec, payload) : this.#format;
      if (format !== this.#format) {
        decoder.configure(configOf(codec));
        this.#format = format;
      }
      const timestamp = Math.round(time);
      decoder.decode(
        new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp, data: payload }),
      );
      if (key) {
        this.#count({ keyFramesDecoded: this.#stats.keyFramesDecoded + 1 });
      }
    } catch {
      this.#fault(decoder);
    }
  }

  #open(codec: Codec): void {
    void codecsReady().then((ready) => {
      if (ready && codec === this.#codec && !this.#decoder) {
        this.#openDecoder(codec);
      }
    });
  }

  #openDecoder(codec: Codec): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        if (decoder === this.#decoder) {
          this.#decoded(decoder, frame);
        } else {
          frame.close();
        }
      },
      error: () => {
        this.#fault(decoder);
      },
    });
    this.#decoder = decoder;
    decoder.configure(configOf(codec));
    return decoder;
  }

  #decoded(decoder: VideoDecoder, frame: VideoFrame): void {
    const { displayWidth: frameWidth, displayHeight: frameHeight } = frame;
    if (!fits(frameWidth, frameHeight)) {
      frame.close();
      this.#fault(decoder);
      return;
    }
    const framesDecoded = this.#stats.framesDecoded + 1;
    this.#count({ framesDecoded, frameWidth, frameHeight });
    this.#show(frame);
  }

  /** After too many in a short time the picture stands until the next negotiation. */
  #fault(decoder: VideoDecoder | undefined): void {
    if (decoder !== this.#decoder) {
      return;
    }
    this.#closeDecoder();
    const now = performance.now();
    if (this.#faults.add(now)) {
      this.#codec = undefined;
    } else {
      this.#gate.broken(now);
    }
  }

  #closeDecoder(): void {
    closeCodec(this.#decoder);
    this.#decoder = undefined;
    this.#format = "";
  }
}

/** A VP8 picture that is too large is not even decoded. */
function acceptable(codec: Codec, key: boolean, payload: Uint8Array): boolean {
  if (payload.length === 0 || payload.length > MOST_BYTES) {
    return false;
  }
  if (codec.name !== "VP8" || !key) {
    return true;
  }
  const size = vp8Size(payload);
  return size !== undefined && fits(size.width, size.height);
}

function configOf(codec: Codec): VideoDecoderConfig {
  return { codec: codecString(codec), optimizeForLatency: true };
}

/** Of a key frame. */
function formatOf(codec: Codec, payload: Uint8Array): string {
  if (codec.name === "H264") {
    return sequenceParameterSet(payload)?.join() ?? "";
  }
  const size = vp8Size(payload);
  return size ? `${size.width}x${size.height}` : "";
}
