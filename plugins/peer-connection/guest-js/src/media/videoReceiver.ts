/** Shows what comes in: decodes, paints on a canvas, and the canvas is the receiver's track. */
import { sequenceParameterSet } from "./annexB";
import { closeCodec, codecString } from "./codecs";
import { Faults } from "./faults";
import { FrameCounter } from "./frameCounter";
import { FLAG_KEY, KeyFrameGate } from "./keyFrameGate";
import { fits, MOST_BYTES, MOST_DECODING } from "./limits";
import { vp8Size } from "./pictureSize";
import type { Codec, PlanePort, RemoteTrack } from "./plane";
import { RemoteTrackState } from "./remoteTrackState";

export class VideoReceiver implements RemoteTrack {
  readonly track: MediaStreamTrack;
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  readonly #state: RemoteTrackState;
  readonly #gate: KeyFrameGate;
  readonly #faults = new Faults();
  readonly #counter = new FrameCounter();
  readonly #turn = new MessageChannel();
  #negotiated: { line: number; codec: Codec } | undefined;
  #decoder: VideoDecoder | undefined;
  /** Differs between pictures of different sizes. */
  #format = "";
  #newest: VideoFrame | undefined;
  #stats = {
    framesDecoded: 0,
    keyFramesDecoded: 0,
    framesDropped: 0,
    frameWidth: 0,
    frameHeight: 0,
  };

  constructor(port: PlanePort) {
    // The commonest shape: WebKitGTK's elements sometimes keep the first one that they saw.
    this.#canvas.width = 640;
    this.#canvas.height = 480;
    // Nothing is captured before the first picture: the element that shows it has no size till then.
    const track = this.#canvas.captureStream(0).getVideoTracks()[0];
    if (!track) {
      throw new DOMException("a canvas gave no track", "OperationError");
    }
    this.track = track;
    this.#state = new RemoteTrackState(track);
    this.#gate = new KeyFrameGate(() => {
      if (this.#negotiated) {
        port.requestKeyFrame(this.#negotiated.line);
      }
    });
    this.#turn.port1.onmessage = () => {
      this.#paint();
    };
  }

  start(line: number, codec: Codec): void {
    const before = this.#negotiated?.codec;
    this.#negotiated = { line, codec };
    if (before && codecString(before) === codecString(codec)) {
      return;
    }
    this.#faults.clear();
    this.#closeDecoder();
    this.#gate.broken(performance.now());
  }

  stop(): void {
    this.#negotiated = undefined;
    this.#closeDecoder();
  }

  setMuted(muted: boolean): void {
    this.#state.setMuted(muted);
  }

  end(): void {
    this.stop();
    this.#state.end();
    this.#turn.port1.close();
  }

  stats(): ReturnType<RemoteTrack["stats"]> {
    const framesPerSecond = this.#counter.perSecond(performance.now());
    return { ...this.#stats, framesPerSecond };
  }

  /** An encoded frame of this line. */
  frame(flags: number, time: number, payload: Uint8Array): void {
    const negotiated = this.#negotiated;
    if (!negotiated || this.#state.ended || typeof VideoDecoder === "undefined") {
      return;
    }
    const now = performance.now();
    const key = (flags & FLAG_KEY) !== 0;
    if (!acceptable(negotiated.codec, key, payload) || this.#tooMuchWaits()) {
      this.#stats.framesDropped += 1;
      this.#gate.broken(now);
      return;
    }
    if (!this.#gate.admits(flags, now)) {
      this.#stats.framesDropped += 1;
      return;
    }
    this.#decode(negotiated.codec, key, time, payload);
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
      this.#stats.keyFramesDecoded += key ? 1 : 0;
    } catch {
      this.#fault(decoder);
    }
  }

  #openDecoder(codec: Codec): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        if (decoder === this.#decoder) {
          this.#take(decoder, frame);
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

  #take(decoder: VideoDecoder, frame: VideoFrame): void {
    if (!fits(frame.displayWidth, frame.displayHeight)) {
      frame.close();
      this.#fault(decoder);
      return;
    }
    this.#stats.framesDecoded += 1;
    this.#counter.add(performance.now());
    if (this.#newest) {
      // A newer one came before this one could be painted.
      this.#newest.close();
      this.#stats.framesDropped += 1;
    } else {
      this.#turn.port2.postMessage(0);
    }
    this.#newest = frame;
  }

  #paint(): void {
    const frame = this.#newest;
    this.#newest = undefined;
    if (!frame) {
      return;
    }
    const { displayWidth: width, displayHeight: height } = frame;
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#context?.drawImage(frame, 0, 0, width, height);
    frame.close();
    if (isCanvasTrack(this.track)) {
      this.track.requestFrame();
    }
    this.#stats.frameWidth = width;
    this.#stats.frameHeight = height;
  }

  /** After too many in a short time the picture stands until the next negotiation. */
  #fault(decoder: VideoDecoder | undefined): void {
    if (decoder !== this.#decoder) {
      return;
    }
    this.#closeDecoder();
    const now = performance.now();
    if (this.#faults.add(now)) {
      this.#negotiated = undefined;
    } else {
      this.#gate.broken(now);
    }
  }

  #closeDecoder(): void {
    closeCodec(this.#decoder);
    this.#decoder = undefined;
    this.#format = "";
    this.#newest?.close();
    this.#newest = undefined;
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

function isCanvasTrack(track: MediaStreamTrack): track is CanvasCaptureMediaStreamTrack {
  return "requestFrame" in track;
}
