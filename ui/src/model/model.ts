/**
 * What a screen shows, as one snapshot that changes.
 *
 * `subscribe` is Svelte's store contract, so that components read a model as `$model`.
 */
export abstract class Model<View> {
  readonly #listeners = new Set<(view: View) => void>();
  #view: View;

  protected constructor(view: View) {
    this.#view = view;
  }

  get view(): View {
    return this.#view;
  }

  /** Calls `listener` at once and on each change; returns how to stop that. */
  subscribe(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#view);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  protected show(view: View): void {
    this.#view = view;
    for (const listener of [...this.#listeners]) {
      listener(view);
    }
  }
}

/** The default of a `switch` that names every case. */
export function never(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
