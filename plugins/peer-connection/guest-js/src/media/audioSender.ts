/**
 * Sends a microphone as 10 ms of PCM at a time, and what was played meanwhile; the engine takes the
 * echo out and makes Opus of it.
 */
import { audioGraph, type AudioGraph } from "./audioGraph";
import { MOST_BUFFERED } from "./limits";
import type { LocalSender, PlanePort, SendLimits } from "./plane";
import { CAPTURE, FRAME_SAMPLES, HEARD_BYTES, SAMPLE_RATE } from "./worklets";

const FRAME_TIME = (FRAME_SAMPLES / SAMPLE_RATE) * 1_000_000;
/** How far the samples' own clock may be from the page's, µs. */
const MOST_DRIFT = 100_000;

export class AudioSender implements LocalSender {
  readonly #port: PlanePort;
  #track: MediaStreamTrack | null = null;
  #line: number | undefined;
  #active = true;
  #capture: Capture | undefined;
  #time = 0;
  #frames = 0;
  #bytes = 0;

  constructor(port: PlanePort) {
    this.#port = port;
  }

  setTrack(track: MediaStreamTrack | null): void {
    if (track !== this.#track) {
      this.#track = track;
      this.#endCapture();
      this.#update();
    }
  }

  start(line: number): void {
    this.#line = line;
    this.#update();
  }

  stop(): void {
    this.#line = undefined;
    this.#update();
  }

  setLimits({ active }: SendLimits): void {
    this.#active = active;
    this.#update();
  }

  requestKeyFrame(): void {
    // Audio has none.
  }

  connected(): void {
    // There is nothing to warm up.
  }

  setBitrate(): void {
    // The engine's encoder has its own.
  }

  stats(): ReturnType<LocalSender["stats"]> {
    return {
      framesEncoded: this.#frames,
      keyFramesEncoded: 0,
      frameWidth: 0,
      frameHeight: 0,
      framesPerSecond: 0,
      bytesEncoded: this.#bytes,
    };
  }

  close(): void {
    this.#track = null;
    this.#line = undefined;
    this.#update();
  }

  #update(): void {
    const wanted = this.#track !== null && this.#line !== undefined && this.#active;
    if (!wanted) {
      this.#endCapture();
    } else if (!this.#capture && this.#track) {
      const track = this.#track;
      this.#capture = new Capture(track, (samples) => {
        this.#send(track, samples);
      });
    }
  }

  #endCapture(): void {
    this.#capture?.end();
    this.#capture = undefined;
  }

  #send(track: MediaStreamTrack, samples: Uint8Array): void {
    if (this.#line === undefined || this.#port.bufferedAmount() > MOST_BUFFERED) {
      return;
    }
    // Whatever the source gives: a disabled or ended track is silent.
    if (!track.enabled || track.readyState === "ended") {
      samples.fill(0, 0, HEARD_BYTES / 2);
    }
    this.#frames += 1;
    this.#bytes += samples.length;
    this.#port.send("audio", this.#line, 0, this.#nextTime(), samples);
  }

  /** Counted in samples, since messages arrive unevenly, and held near the page's clock. */
  #nextTime(): number {
    const now = performance.now() * 1000;
    this.#time += FRAME_TIME;
    if (Math.abs(now - this.#time) > MOST_DRIFT) {
      this.#time = now;
    }
    return this.#time;
  }
}

/** A microphone's way into the worklet, from the first sample to `end`. */
class Capture {
  readonly #release: () => void;
  #source: MediaStreamAudioSourceNode | undefined;
  #node: AudioWorkletNode | undefined;
  #loudspeaker: GainNode | undefined;
  #ended = false;

  constructor(track: MediaStreamTrack, take: (samples: Uint8Array) => void) {
    const graph = audioGraph();
    this.#release = graph.use();
    graph.loaded().then(
      () => {
        if (!this.#ended) {
          this.#open(graph, track, take);
        }
      },
      () => {
        this.end();
      },
    );
  }

  end(): void {
    this.#ended = true;
    this.#source?.disconnect();
    if (this.#node) {
      this.#loudspeaker?.disconnect(this.#node);
    }
    this.#node?.port.postMessage("end");
    this.#node?.disconnect();
    this.#node?.port.close();
    this.#release();
  }

  #open(graph: AudioGraph, track: MediaStreamTrack, take: (samples: Uint8Array) => void): void {
    const { context, loudspeaker } = graph;
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const node = new AudioWorkletNode(context, CAPTURE, {
      numberOfInputs: 2,
      numberOfOutputs: 1,
      outputChannelCount: [1],
    });
    node.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      node.port.postMessage(0);
      if (!this.#ended) {
        take(new Uint8Array(data));
      }
    };
    source.connect(node, 0, 0);
    loudspeaker.connect(node, 0, 1);
    this.#loudspeaker = loudspeaker;
    // Its output is silent; without a way to the destination it would not run.
    node.connect(context.destination);
    this.#source = source;
    this.#node = node;
  }
}
