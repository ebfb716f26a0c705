/**
 * Which pictures of a source are taken, where fewer are wanted than come: evenly, and all where as
 * many are wanted. Pure; times in milliseconds of any one clock.
 */
export class Pace {
  #period = 0;
  #due = -Infinity;

  setPeriod(period: number): void {
    this.#period = period;
  }

  /** The next picture is taken, whenever it comes. */
  restart(): void {
    this.#due = -Infinity;
  }

  admits(now: number): boolean {
    // A picture that is early by less is the one that was waited for.
    if (now < this.#due - this.#period / 4) {
      return false;
    }
    const from = now - this.#due < this.#period ? this.#due : now;
    this.#due = from + this.#period;
    return true;
  }
}
