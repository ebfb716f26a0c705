/** Runs tasks one after the other, in the order in which they came. */
export class TaskQueue {
  readonly #limit: number;
  readonly #failed: (error: unknown) => void;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** `limit` is how many may wait; the other end of a call decides how fast they come. */
  constructor(limit: number, failed: (error: unknown) => void) {
    this.#limit = limit;
    this.#failed = failed;
  }

  /** Runs `task` after all earlier ones, whether those failed or not; false if the queue is full. */
  add(task: () => Promise<void>): boolean {
    if (this.#waiting >= this.#limit) return false;
    this.#waiting += 1;
    this.#tail = this.#tail.then(async () => {
      this.#waiting -= 1;
      try {
        await task();
      } catch (error) {
        this.#failed(error);
      }
    });
    return true;
  }

  /** Done when every task that was added so far is. */
  idle(): Promise<void> {
    return this.#tail;
  }
}
