/**
 * A timer that a hidden window does not slow down: it runs in a worker. The next tick comes only
 * after the page has taken the one before, so a busy page gets fewer, never a backlog.
 */

const SOURCE = `
let period = 0, due = 0, timer = 0, taken = true;
const arm = () => { timer = setTimeout(tick, Math.max(0, due - performance.now())); };
const tick = () => {
  const now = performance.now();
  due = Math.max(due + period, now);
  if (taken) { taken = false; postMessage(0); }
  arm();
};
onmessage = ({ data }) => {
  if (data === 0) { taken = true; return; }
  clearTimeout(timer);
  period = data;
  due = performance.now() + period;
  arm();
};
`;

let url: string | undefined;

export class Ticker {
  readonly #tick: () => void;
  #worker: Worker | undefined;
  #fallback: ReturnType<typeof setInterval> | undefined;
  #period = 0;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  /** Starts it, or changes the period (milliseconds). */
  every(period: number): void {
    if (period === this.#period) {
      return;
    }
    this.#period = period;
    if (this.#fallback !== undefined) {
      this.#fallBack();
      return;
    }
    this.#worker ??= this.#start();
    this.#worker?.postMessage(period);
  }

  stop(): void {
    this.#period = 0;
    this.#worker?.terminate();
    this.#worker = undefined;
    clearInterval(this.#fallback);
    this.#fallback = undefined;
  }

  #start(): Worker | undefined {
    url ??= URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" }));
    try {
      const worker = new Worker(url);
      worker.onmessage = () => {
        if (this.#worker === worker) {
          worker.postMessage(0);
          this.#tick();
        }
      };
      // A content security policy without `worker-src blob:` says no this way or the other.
      worker.onerror = () => {
        if (this.#worker === worker) {
          this.#worker = undefined;
          worker.terminate();
          this.#fallBack();
        }
      };
      return worker;
    } catch {
      this.#fallBack();
      return undefined;
    }
  }

  /** Better than nothing: about one picture a second while the window is hidden. */
  #fallBack(): void {
    clearInterval(this.#fallback);
    this.#fallback = setInterval(this.#tick, this.#period);
  }
}
