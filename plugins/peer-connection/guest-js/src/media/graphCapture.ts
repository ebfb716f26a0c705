/** Any track's way into the page's audio graph, and from there to the engine, until `end`. */
import { audioGraph, type AudioGraph } from "./audioGraph";
import { CAPTURE } from "./worklets";

export class GraphCapture {
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
