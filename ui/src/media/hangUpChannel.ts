/**
 * The data channel on which an end says that it hangs up, so that the other end hears it even when
 * the server cannot be reached. Both ends make it under a fixed number: nothing is announced in
 * band, and a peer that knows nothing of it sees nothing of it.
 */
export class HangUpChannel {
  readonly #channel: RTCDataChannel;
  #said = false;

  constructor(connection: RTCPeerConnection, heard: () => void, abort: AbortSignal) {
    this.#channel = connection.createDataChannel("ringdove", { negotiated: true, id: 0 });
    const onMessage = (event: MessageEvent): void => {
      if (event.data === HANG_UP) heard();
    };
    this.#channel.addEventListener("message", onMessage, { signal: abort });
  }

  /** Tells the other end, if the channel is open; else the server does. */
  say(): void {
    if (this.#said || this.#channel.readyState !== "open") return;
    this.#channel.send(HANG_UP);
    this.#said = true;
  }

  get said(): boolean {
    return this.#said;
  }

  /** Done when the connection may be closed without cutting the word off. */
  async heard(): Promise<void> {
    // An empty send buffer says only that the word is under way; that the other end closes the
    // channel says that it came. An end that does not is not waited for.
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, HEARD_LIMIT_MS);
      const onClose = (): void => {
        clearTimeout(timer);
        resolve();
      };
      for (const name of ["closing", "close"] as const) {
        this.#channel.addEventListener(name, onClose, { once: true });
      }
    });
  }
}

const HANG_UP = "hangup";
const HEARD_LIMIT_MS = 150;
