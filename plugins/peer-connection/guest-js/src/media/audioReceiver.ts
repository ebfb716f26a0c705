/**
 * Plays 10 ms of PCM at a time through a worklet's ring buffer: into the receiver's track, and to
 * the loudspeaker while an element plays the track.
 */
import { audioGraph, type AudioGraph } from "./audioGraph";
import { loudness } from "./elementSound";
import type { RemoteTrack } from "./plane";
import { RemoteTrackState } from "./remoteTrackState";
import { FRAME_SAMPLES, PLAYBACK } from "./worklets";

const FRAME_BYTES = FRAME_SAMPLES * 2;
/** Between two looks at the elements, in frames of 10 ms. */
const LOOK_INTERVAL = 5;
/** How fast the loudness follows, without a click; seconds. */
const FOLLOWING = 0.01;

export class AudioReceiver implements RemoteTrack {
  readonly track: MediaStreamTrack;
  readonly #graph: AudioGraph = audioGraph();
  readonly #state: RemoteTrackState;
  readonly #destination: MediaStreamAudioDestinationNode;
  #playback: Playback | undefined;
  #samples = 0;
  #frames = 0;
  #level = 0;

  constructor() {
    this.#destination = new MediaStreamAudioDestinationNode(this.#graph.context, {
      channelCount: 1,
    });
    const track = this.#destination.stream.getAudioTracks()[0];
    if (!track) {
      throw new DOMException("the audio context gave no track", "OperationError");
    }
    this.track = track;
    this.#state = new RemoteTrackState(track);
  }

  start(): void {
    this.#playback ??= new Playback(this.#graph, this.#destination);
  }

  stop(): void {
    this.#playback?.end();
    this.#playback = undefined;
    this.#level = 0;
  }

  setMuted(muted: boolean): void {
    this.#state.setMuted(muted);
  }

  end(): void {
    this.stop();
    this.#state.end();
  }

  stats(): ReturnType<RemoteTrack["stats"]> {
    return {
      framesDecoded: 0,
      keyFramesDecoded: 0,
      framesDropped: 0,
      frameWidth: 0,
      frameHeight: 0,
      framesPerSecond: 0,
      totalSamplesReceived: this.#samples,
      audioLevel: this.#level,
    };
  }

  /** What is to be played next; of any other length it is not from the engine. */
  frame(payload: Uint8Array): void {
    if (!this.#playback || payload.length !== FRAME_BYTES) {
      return;
    }
    const samples = new Int16Array(payload.slice().buffer);
    this.#samples += samples.length;
    this.#level = Math.max(rms(samples), this.#level * 0.9);
    if (this.#frames % LOOK_INTERVAL === 0) {
      this.#playback.setLoudness(loudness(this.track));
    }
    this.#frames += 1;
    this.#playback.play(samples);
  }
}

class Playback {
  readonly #context: AudioContext;
  readonly #release: () => void;
  readonly #loudspeaker: GainNode;
  #node: AudioWorkletNode | undefined;
  #ended = false;

  constructor(graph: AudioGraph, destination: AudioNode) {
    this.#context = graph.context;
    this.#loudspeaker = new GainNode(graph.context, { gain: 0 });
    this.#loudspeaker.connect(graph.loudspeaker);
    this.#release = graph.use();
    graph.loaded().then(
      () => {
        if (!this.#ended) {
          this.#node = new AudioWorkletNode(graph.context, PLAYBACK, {
            numberOfInputs: 0,
            numberOfOutputs: 1,
            outputChannelCount: [1],
          });
          this.#node.connect(destination);
          this.#node.connect(this.#loudspeaker);
        }
      },
      () => {
        this.end();
      },
    );
  }

  play(samples: Int16Array<ArrayBuffer>): void {
    // A suspended context would take none, and they would pile up.
    if (this.#context.state === "running") {
      this.#node?.port.postMessage(samples.buffer, [samples.buffer]);
    }
  }

  setLoudness(loud: number): void {
    this.#loudspeaker.gain.setTargetAtTime(loud, this.#context.currentTime, FOLLOWING);
  }

  end(): void {
    this.#ended = true;
    this.#loudspeaker.disconnect();
    this.#node?.port.postMessage("end");
    this.#node?.disconnect();
    this.#node?.port.close();
    this.#node = undefined;
    this.#release();
  }
}

function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  return Math.sqrt(sum / samples.length) / 32768;
}
