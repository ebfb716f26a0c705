import type { EngineConnection } from "./bridge";
import { parseCandidate } from "./iceCandidate";
import type { IceCredentials } from "./jsep/view";
import { queueTask } from "./tasks";

export interface GathererPort {
  readonly engine: EngineConnection;
  /** Null is the end of candidates. */
  found(candidate: string | null, ufrag: string): void;
  stateChanged(state: RTCIceGatheringState): void;
}

/**
 * The local side of ICE: credentials by generation and the candidates that go with them. With a
 * candidate pool, gathering starts before there is a description, and what was found waits for it.
 */
export class Gatherer {
  readonly #port: GathererPort;
  /** Of the newest generation. */
  #credentials: IceCredentials | null = null;
  #candidates: string[] = [];
  #state: RTCIceGatheringState = "new";
  /** Whether a description with these credentials was set. */
  #isSurfaced = false;
  #used: IceCredentials | null = null;
  #proposed: IceCredentials | null = null;

  constructor(port: GathererPort) {
    this.#port = port;
  }

  /** Starts before it has to. */
  prepare(): void {
    if (!this.#credentials) this.#start(newCredentials());
  }

  /** For a description: those in use, or new ones where it restarts ICE. */
  credentials(restart: boolean): IceCredentials {
    if (restart) return newCredentials();
    if (this.#used) return this.#used;
    if (this.#credentials && !this.#isSurfaced) return this.#credentials;
    this.#proposed ??= newCredentials();
    return this.#proposed;
  }

  /** A local description with these credentials was set. */
  use(credentials: IceCredentials): void {
    if (this.#used?.ufrag === credentials.ufrag) return;
    this.#used = credentials;
    this.#proposed = null;
    if (this.#credentials?.ufrag !== credentials.ufrag) this.#start(credentials);
    this.#surface();
  }

  /** A rollback, or the end of all m-lines: those before are in use again, or none. */
  back(credentials: IceCredentials | null): void {
    if (this.#used?.ufrag === credentials?.ufrag) return;
    this.#used = credentials;
    if (!credentials) {
      this.#setState("new");
      return;
    }
    // Their candidates are known to the page; the engine only needs them once more.
    const isKnown = this.#state === "complete";
    this.#start(credentials);
    if (!isKnown) this.#surface();
  }

  candidate(text: string): void {
    const credentials = this.#credentials;
    if (!credentials || this.#candidates.length >= CANDIDATES_MAX) return;
    // One of the generation before, which came late.
    if (parseCandidate(text)?.ufrag !== credentials.ufrag) return;
    this.#candidates.push(text);
    if (this.#isSurfaced) this.#port.found(text, credentials.ufrag);
  }

  gathering(state: "gathering" | "complete"): void {
    if (this.#state === state) return;
    this.#state = state;
    if (this.#isSurfaced) this.#tell(state);
  }

  #start(credentials: IceCredentials): void {
    this.#credentials = credentials;
    this.#candidates = [];
    this.#state = "new";
    this.#isSurfaced = false;
    this.#port.engine.request("gather", { ...credentials }).catch(() => {
      // A connection without an engine fails as a whole.
    });
  }

  #surface(): void {
    // In a task of its own: who set the description can send it before its candidates.
    queueTask(() => {
      const credentials = this.#credentials;
      if (this.#isSurfaced || !credentials || this.#used?.ufrag !== credentials.ufrag) return;
      this.#isSurfaced = true;
      if (this.#state === "new") return;
      this.#port.stateChanged("gathering");
      for (const candidate of this.#candidates) this.#port.found(candidate, credentials.ufrag);
      if (this.#state === "complete") this.#tell("complete");
    });
  }

  #tell(state: RTCIceGatheringState): void {
    this.#port.stateChanged(state);
    if (state === "complete" && this.#credentials) {
      this.#port.found(null, this.#credentials.ufrag);
    }
  }

  #setState(state: RTCIceGatheringState): void {
    this.#state = state;
    this.#port.stateChanged(state);
  }
}

const CANDIDATES_MAX = 256;

/** RFC 8839, section 5.4: at least 24 bits, and 128. */
function newCredentials(): IceCredentials {
  return { ufrag: randomText(8), pwd: randomText(24) };
}

function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ICE_CHARS[byte & 63]).join("");
}

/** The 64 `ice-char`s. */
const ICE_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
