/** How long a message is under way, in milliseconds: between the first and the second. */
export type Delay = readonly [number, number];

/** Carries messages one way with random delays, in order, as the core hands them on. */
export class Wire<T> {
  readonly #delay: Delay;
  readonly #random: () => number;
  readonly #underWay: T[] = [];
  #free = 0;
  #cut = false;

  constructor(delay: Delay, random: () => number) {
    this.#delay = delay;
    this.#random = random;
  }

  send(message: T, deliver: (message: T) => void): void {
    const [least, most] = this.#delay;
    const now = performance.now();
    this.#free = Math.max(this.#free, now + least + (most - least) * this.#random());
    const wait = this.#free - now;
    // Timers count whole milliseconds, so a later one may come first: what arrives is the oldest.
    this.#underWay.push(message);
    const arrive = (): void => {
      const oldest = this.#underWay.shift();
      if (oldest !== undefined && !this.#cut) deliver(oldest);
    };
    if (wait <= 0) queueMicrotask(arrive);
    else setTimeout(arrive, wait);
  }

  cut(): void {
    this.#cut = true;
  }
}

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
