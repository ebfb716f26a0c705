/**
 * The page's one AudioContext: made when first needed, running while somebody uses it.
 *
 * WebKitGTK lets it run only while the page captures or after a gesture, so it is asked again at
 * each new use and at each gesture until it does.
 */
import { SAMPLE_RATE, workletSource } from "./worklets";

const GESTURES = ["pointerdown", "keydown"] as const;

let graph: AudioGraph | undefined;

export function audioGraph(): AudioGraph {
  graph ??= new AudioGraph();
  return graph;
}

export class AudioGraph {
  // The default rate is the sound card's, often 44100.
  readonly context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
  /** All that is played goes through here, and is what the microphone's echo is looked for in. */
  readonly loudspeaker = new GainNode(this.context);
  #loaded: Promise<void> | undefined;
  #users = 0;
  #listening = false;

  constructor() {
    this.loudspeaker.connect(this.context.destination);
    this.context.addEventListener("statechange", () => {
      this.#follow();
    });
  }

  /** Resolves when the worklets' processors can be made. */
  loaded(): Promise<void> {
    this.#loaded ??= load(this.context).catch((reason: unknown) => {
      this.#loaded = undefined;
      throw reason;
    });
    return this.#loaded;
  }

  /** Keeps the context running until the returned function is called. */
  use(): () => void {
    this.#users += 1;
    this.#follow();
    let released = false;
    return () => {
      if (!released) {
        released = true;
        this.#users -= 1;
        this.#follow();
      }
    };
  }

  /** Lets silence flow into a node until the returned function is called. */
  silence(node: AudioNode): () => void {
    const source = new ConstantSourceNode(this.context, { offset: 0 });
    source.connect(node);
    source.start();
    const release = this.use();
    return () => {
      source.stop();
      source.disconnect();
      release();
    };
  }

  readonly #resume = (): void => {
    this.context.resume().catch(() => undefined);
  };

  #follow(): void {
    const { state } = this.context;
    const wanted = this.#users > 0;
    if (wanted && state !== "running") {
      this.#resume();
    } else if (!wanted && state === "running") {
      this.context.suspend().catch(() => undefined);
    }
    this.#listen(wanted && state !== "running");
  }

  #listen(wanted: boolean): void {
    if (wanted === this.#listening) {
      return;
    }
    this.#listening = wanted;
    for (const gesture of GESTURES) {
      if (wanted) {
        addEventListener(gesture, this.#resume, { capture: true, passive: true });
      } else {
        removeEventListener(gesture, this.#resume, { capture: true });
      }
    }
  }
}

async function load(context: AudioContext): Promise<void> {
  const url = URL.createObjectURL(new Blob([workletSource()], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
