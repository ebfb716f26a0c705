/**
 * Many ports over one. In WebKit, what goes over a MessagePort of a channel passes through another
 * process, and costs many times what the worker's own port does.
 */
import type { Port } from "./remote";

/** A MessagePort, or what a worker and its page have in place of one. */
export interface Trunk {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** What crosses: for which port, and what; the far end of a port is closed where there is nothing. */
type Crossing = readonly [number: number, message?: unknown];

export class Ports {
  readonly #open = new Map<number, Port>();
  #trunk: Trunk | undefined;
  #waiting: (readonly [Crossing, Transferable[]])[] = [];

  /** Where the trunk comes later, by `connect`, what is posted until then waits. */
  constructor(trunk?: Trunk) {
    if (trunk) {
      this.connect(trunk);
    }
  }

  connect(trunk: Trunk): void {
    this.#trunk = trunk;
    trunk.onmessage = (event) => {
      this.hear(event);
    };
    for (const [crossing, transfer] of this.#waiting) {
      trunk.postMessage(crossing, transfer);
    }
    this.#waiting = [];
  }

  /** A message that came over the trunk. */
  hear({ data }: MessageEvent): void {
    const [number, message] = data as Crossing;
    if (message === undefined) {
      this.#open.delete(number);
    } else {
      this.#open.get(number)?.onmessage?.({ data: message });
    }
  }

  /** Both ends open the port of a number; what comes to one that is not open is lost. */
  open(number: number): Port {
    const port: Port = {
      onmessage: null,
      postMessage: (message, transfer) => {
        this.#post([number, message], transfer);
      },
      close: () => {
        if (this.#open.delete(number)) {
          this.#post([number], []);
        }
      },
    };
    this.#open.set(number, port);
    return port;
  }

  #post(crossing: Crossing, transfer: Transferable[]): void {
    if (this.#trunk) {
      this.#trunk.postMessage(crossing, transfer);
    } else {
      this.#waiting.push([crossing, transfer]);
    }
  }
}
