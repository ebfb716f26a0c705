import type { Media } from "../generated/protocol";
import type { MediaEngine, MediaState } from "../media/media";

/** A media engine that shows what it is told: for tests, and for looking at screens. */
export class FakeMedia implements MediaEngine {
  readonly supported: boolean;
  readonly #listeners = new Set<(state: MediaState) => void>();
  #state: MediaState = {
    local: null,
    remote: null,
    open: { audio: false, video: false },
    sending: { audio: false, video: false },
    problem: { audio: null, video: null },
  };

  constructor(supported = true) {
    this.supported = supported;
  }

  handle(): void {
    // Carries nothing.
  }

  subscribe(listener: (state: MediaState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  setSending(sending: Media): void {
    this.show({ sending, open: sending });
  }

  /** Becomes this. */
  show(state: Partial<MediaState>): void {
    this.#state = { ...this.#state, ...state };
    for (const listener of [...this.#listeners]) {
      listener(this.#state);
    }
  }
}
