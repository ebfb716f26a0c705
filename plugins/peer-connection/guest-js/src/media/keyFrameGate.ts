/** Lets only frames through that the decoder can build on, and says when to ask for a key frame. */

const REQUEST_INTERVAL = 500;

export const FLAG_KEY = 1;
export const FLAG_GAP = 2;

/** Times in milliseconds of any one clock. */
export class KeyFrameGate {
  #waiting = true;
  #requestedAt = -Infinity;
  readonly #request: () => void;

  constructor(request: () => void) {
    this.#request = request;
  }

  get waiting(): boolean {
    return this.#waiting;
  }

  /** True if this frame may be decoded. A delta that is refused asks for a key frame. */
  admits(flags: number, now: number): boolean {
    if (flags & FLAG_KEY) {
      this.#waiting = false;
      return true;
    }
    if (flags & FLAG_GAP) {
      this.#waiting = true;
    }
    if (this.#waiting) {
      this.#ask(now);
    }
    return !this.#waiting;
  }

  /** What comes next cannot be decoded: the decoder failed, or frames were dropped. */
  broken(now: number): void {
    this.#waiting = true;
    this.#ask(now);
  }

  #ask(now: number): void {
    if (now - this.#requestedAt >= REQUEST_INTERVAL) {
      this.#requestedAt = now;
      this.#request();
    }
  }
}
