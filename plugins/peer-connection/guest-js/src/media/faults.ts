/** Too many faults in a short time: then a codec is not started again. */

const SPAN = 5000;
const ALLOWED = 3;

export class Faults {
  #times: number[] = [];

  /** Notes a fault; true if it was one too many. Time in milliseconds. */
  add(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < SPAN);
    this.#times.push(now);
    return this.#times.length > ALLOWED;
  }

  clear(): void {
    this.#times = [];
  }
}
