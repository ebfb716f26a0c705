import type { HostInput } from "../generated/web";

const SUBPROTOCOL = "ringdove.v1";
/** Tells the server that the client comes back: its calls live on. */
const GIVEN_UP = 4000;
/** How much may wait for the network before the link is taken for dead. */
const BUFFERED_MAX_BYTES = 1024 * 1024;

/** At most one WebSocket at a time. Of one that was closed or replaced nothing is reported. */
export class Socket {
  readonly #report: (input: HostInput) => void;
  #open: WebSocket | null = null;

  constructor(report: (input: HostInput) => void) {
    this.#report = report;
  }

  open(url: string): void {
    this.close(GIVEN_UP);
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, SUBPROTOCOL);
    } catch (error) {
      // The browser forbids the address. Told later, as every other failure.
      console.warn("no connection", error);
      queueMicrotask(() => {
        this.#report({ kind: "closed", code: null });
      });
      return;
    }
    this.#open = socket;
    socket.addEventListener("open", () => {
      this.#reportOf(socket, { kind: "opened" });
    });
    socket.addEventListener("message", ({ data }) => {
      // The server sends no binary frames.
      if (typeof data === "string") {
        this.#reportOf(socket, { kind: "message", text: data });
      }
    });
    socket.addEventListener("close", ({ code }) => {
      if (this.#open === socket) {
        this.#open = null;
        this.#report({ kind: "closed", code });
      }
    });
  }

  send(text: string): void {
    const socket = this.#open;
    if (socket === null) {
      return;
    }
    if (socket.bufferedAmount > BUFFERED_MAX_BYTES) {
      this.close(GIVEN_UP);
      this.#report({ kind: "closed", code: null });
      return;
    }
    socket.send(text);
  }

  close(code: number): void {
    const socket = this.#open;
    this.#open = null;
    socket?.close(code);
  }

  #reportOf(socket: WebSocket, input: HostInput): void {
    if (this.#open === socket) {
      this.#report(input);
    }
  }
}
