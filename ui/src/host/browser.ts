import wasmUrl from "../../wasm/ringdove.wasm?url";
import type { Command, Event, Kept, Snapshot } from "../generated/app";
import type { HostInput, HostOutput, HostReply } from "../generated/web";
import { Core } from "./core";
import { deviceSeed, keep } from "./deviceSeed";
import type { Host, Remembered } from "./host";
import { watchNetwork } from "./network";
import { Socket } from "./socket";

const NAME_ITEM = "ringdove.name";
const KEPT_ITEMS: Readonly<Record<Kept, string>> = {
  book: "ringdove.people",
  link: "ringdove.link",
  privacy: "ringdove.privacy",
};

/** Opens the host of the web client: the WebAssembly core over the browser's own WebSocket. */
export async function openBrowserHost(): Promise<Host> {
  const [core, { seed, storage }] = await Promise.all([Core.fetch(wasmUrl), deviceSeed()]);
  const host = new BrowserHost(core, storage);
  host.start(seed, serverOf(window.location.href));
  host.watchPage();
  return host;
}

/** The page's own server, also behind a path prefix. */
export function serverOf(page: string): string {
  const url = new URL(".", page);
  return `${url.protocol === "https:" ? "wss" : "ws"}://${url.host}${url.pathname}`;
}

/** Drives the core: the socket, the timer and the page's events are here, the rules are there. */
export class BrowserHost implements Host {
  readonly kind = "browser";
  /** A browser brings along all that calls need. */
  readonly missingMedia = null;
  readonly #core: Core;
  readonly #storage: Storage | null;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #outputs: HostOutput[] = [];
  readonly #socket = new Socket((input) => {
    this.#take(input);
  });
  #carryingOut = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `storage` keeps the name and what the core wants kept; null where the browser keeps nothing. */
  constructor(core: Core, storage: Storage | null) {
    this.#core = core;
    this.#storage = storage;
  }

  start(seed: string, server: string): void {
    const book = this.#storage?.getItem(KEPT_ITEMS.book) ?? null;
    const link = this.#storage?.getItem(KEPT_ITEMS.link) ?? null;
    const privacy = this.#storage?.getItem(KEPT_ITEMS.privacy) ?? null;
    this.#apply(this.#core.start({ seed, server, book, link, privacy }, performance.now()));
  }

  watchPage(): void {
    watchNetwork(() => {
      this.#take({ kind: "networkChanged" });
    });
    // The server ends a call at once when its page says goodbye, and waits when it is just lost.
    window.addEventListener("pagehide", () => {
      this.#socket.close(1000);
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) {
        this.#take({ kind: "closed", code: null });
        this.#take({ kind: "networkChanged" });
      }
    });
  }

  dispatch(command: Command): void {
    this.#take({ kind: "command", command });
  }

  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  snapshot(): Promise<Snapshot> {
    const reply = this.#core.input({ kind: "snapshot" }, performance.now());
    for (const output of reply.outputs) {
      if (output.kind === "snapshot") {
        return Promise.resolve(output.snapshot);
      }
    }
    return Promise.reject(new Error(reply.fault ?? "the core gave no snapshot"));
  }

  remembered(): Promise<Remembered> {
    return Promise.resolve({ name: this.#storage?.getItem(NAME_ITEM) ?? null, server: null });
  }

  #take(input: HostInput): void {
    this.#apply(this.#core.input(input, performance.now()));
  }

  #apply(reply: HostReply): void {
    this.#outputs.push(...reply.outputs);
    this.#wakeAt(reply.wakeAtMs);
    if (reply.fault !== null) {
      this.#fail(reply.fault);
    }
    // A listener that dispatches comes back here; its outputs wait for those before them.
    if (this.#carryingOut) {
      return;
    }
    this.#carryingOut = true;
    for (let output = this.#outputs.shift(); output; output = this.#outputs.shift()) {
      this.#carryOut(output);
    }
    this.#carryingOut = false;
  }

  #carryOut(output: HostOutput): void {
    switch (output.kind) {
      case "close":
        this.#socket.close(output.code);
        break;
      case "connect":
        this.#socket.open(output.url);
        break;
      case "event":
        this.#tell(output.event);
        break;
      case "keep":
        keep(this.#storage, KEPT_ITEMS[output.what], output.text);
        break;
      case "send":
        this.#socket.send(output.text);
        break;
      case "snapshot":
        // Asked for, and answered, in `snapshot`.
        break;
      default:
        output satisfies never;
    }
  }

  #tell(event: Event): void {
    if (event.kind === "link" && event.link.phase === "online") {
      keep(this.#storage, NAME_ITEM, event.link.name);
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // One screen's fault must not keep the others, or the socket, from what follows.
        reportError(error);
      }
    }
  }

  #wakeAt(wakeAtMs: number | null): void {
    clearTimeout(this.#timer);
    if (wakeAtMs !== null) {
      this.#timer = setTimeout(
        () => {
          this.#take({ kind: "timeout" });
        },
        Math.max(0, Math.ceil(wakeAtMs - performance.now())),
      );
    }
  }

  /** An input that the core cannot read changes nothing; a panic ends the client of this page. */
  #fail(fault: string): void {
    console.error("the core:", fault);
    if (this.#core.broken) {
      this.#socket.close(1000);
      this.#outputs.push(
        { kind: "event", event: { kind: "link", link: { phase: "signedOut", error: null } } },
        { kind: "event", event: { kind: "call", call: null, security: null } },
      );
    }
  }
}
