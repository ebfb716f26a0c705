/**
 * Sends a track's sound. A microphone of the machine is left to the engine: its way is shorter, and
 * a busy page makes no gaps. Any other track goes through the page's audio graph, as 10 ms of PCM at
 * a time and what was played meanwhile; the engine takes the echo out and makes Opus of it.
 */
import { GraphCapture } from "./graphCapture";
import { MOST_BUFFERED } from "./limits";
import { MicrophoneCapture } from "./microphoneCapture";
import type { LocalSender, PlanePort, SendLimits } from "./plane";
import { isSilent } from "./trackChanges";
import { FRAME_SAMPLES, HEARD_BYTES, SAMPLE_RATE } from "./worklets";

const FRAME_TIME = (FRAME_SAMPLES / SAMPLE_RATE) * 1_000_000;
/** How far the samples' own clock may be from the page's, µs. */
const MOST_DRIFT = 100_000;

export class AudioSender implements LocalSender {
  readonly #port: PlanePort;
  #track: MediaStreamTrack | null = null;
  #line: number | undefined;
  #active = true;
  #capture: { end(): void } | undefined;
  #time = 0;

  constructor(port: PlanePort) {
    this.#port = port;
  }

  setTrack(track: MediaStreamTrack | null): void {
    if (track !== this.#track) {
      this.#endCapture();
      this.#track = track;
      this.#update();
    }
  }

  start(line: number): void {
    if (line !== this.#line) {
      this.#endCapture();
      this.#line = line;
      this.#update();
    }
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
      framesEncoded: 0,
      keyFramesEncoded: 0,
      frameWidth: 0,
      frameHeight: 0,
      framesPerSecond: 0,
    };
  }

  close(): void {
    this.#track = null;
    this.#line = undefined;
    this.#update();
  }

  #update(): void {
    const track = this.#active ? this.#track : null;
    const line = this.#line;
    if (track === null || line === undefined) {
      this.#endCapture();
    } else if (!this.#capture) {
      const microphone = new MicrophoneCapture(this.#port, line, track, () => {
        if (this.#capture === microphone) {
          this.#capture = this.#captureInPage(line, track);
        }
      });
      this.#capture = microphone;
    }
  }

  #captureInPage(line: number, track: MediaStreamTrack): GraphCapture {
    return new GraphCapture(track, (samples) => {
      this.#send(line, track, samples);
    });
  }

  #endCapture(): void {
    this.#capture?.end();
    this.#capture = undefined;
  }

  #send(line: number, track: MediaStreamTrack, samples: Uint8Array): void {
    if (this.#port.bufferedAmount() > MOST_BUFFERED) {
      return;
    }
    // Whatever the source gives.
    if (isSilent(track)) {
      samples.fill(0, 0, HEARD_BYTES / 2);
    }
    this.#port.send("audio", line, 0, this.#nextTime(), samples);
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
