import { closed, operation } from "./errors";
import { queueTask } from "./tasks";

/** What the chain asks its connection. */
export interface OperationsPort {
  isClosed(): boolean;
  isStable(): boolean;
  isNegotiationNeeded(): boolean;
  fireNegotiationNeeded(): void;
}

/**
 * The operations chain (W3C WebRTC, section 4.4.1.2), and the flag that a negotiation is needed
 * (section 4.7.3), which waits for the chain to be empty.
 */
export class Operations {
  readonly #port: OperationsPort;
  readonly #chain: (() => void)[] = [];
  #needed = false;
  #updateOnEmpty = false;

  constructor(port: OperationsPort) {
    this.#port = port;
  }

  /** Runs an operation when those before it are done. A promise of a closed connection stays open. */
  chain<T>(run: () => Promise<T>): Promise<T> {
    if (this.#port.isClosed()) return Promise.reject(closed());
    if (this.#chain.length >= OPERATIONS_MAX) {
      return Promise.reject(operation("Too many operations are waiting."));
    }
    return new Promise((resolve, reject) => {
      const start = (): void => {
        run().then(
          (value) => {
            if (this.#port.isClosed()) return;
            resolve(value);
            queueMicrotask(this.#next);
          },
          (error: unknown) => {
            if (this.#port.isClosed()) return;
            reject(error instanceof Error ? error : operation("The operation failed."));
            queueMicrotask(this.#next);
          },
        );
      };
      if (this.#chain.push(start) === 1) start();
    });
  }

  /** "Update the negotiation-needed flag". */
  update(): void {
    if (this.#chain.length > 0) {
      this.#updateOnEmpty = true;
      return;
    }
    queueTask(() => {
      if (this.#port.isClosed()) return;
      if (this.#chain.length > 0) {
        this.#updateOnEmpty = true;
        return;
      }
      if (!this.#port.isStable()) return;
      if (!this.#port.isNegotiationNeeded()) {
        this.#needed = false;
        return;
      }
      if (this.#needed) return;
      this.#needed = true;
      this.#port.fireNegotiationNeeded();
    });
  }

  /** The state is `stable` again: what was needed before is done, or is found out anew. */
  becameStable(): void {
    this.#needed = false;
    this.update();
  }

  readonly #next = (): void => {
    if (this.#port.isClosed()) return;
    this.#chain.shift();
    const [next] = this.#chain;
    if (next) {
      next();
    } else if (this.#updateOnEmpty) {
      this.#updateOnEmpty = false;
      this.update();
    }
  };
}

const OPERATIONS_MAX = 1024;
