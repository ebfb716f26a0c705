/**
 * Plays 10 ms of PCM at a time through a worklet's ring buffer: into a receiver's track, and to the
 * loudspeaker as loud as `setLoudness` says.
 */
import type { AudioGraph } from "./audioGraph";
import { PLAYBACK } from "./worklets";

/** How fast the loudness follows, without a click; seconds. */
const FOLLOWING = 0.01;

export class GraphPlayback {
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
