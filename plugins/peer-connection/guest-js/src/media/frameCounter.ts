/** Frames per second over the last second. */
export class FrameCounter {
  #times: number[] = [];

  add(now: number): void {
    this.#forget(now);
    this.#times.push(now);
  }

  perSecond(now: number): number {
    this.#forget(now);
    return this.#times.length;
  }

  #forget(now: number): void {
    while (this.#times[0] !== undefined && now - this.#times[0] >= 1000) {
      this.#times.shift();
    }
  }
}
