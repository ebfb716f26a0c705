import { invoke } from "@tauri-apps/api/core";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import type { Command, Event, Snapshot } from "../generated/app";
import type { Host, MissingMedia, Remembered } from "./host";

/** Opens the host of the app: the core behind Tauri's commands and events. */
export async function openTauriHost(): Promise<Host> {
  const host = new TauriHost(await invoke("missing_media"));
  // Listens before it is handed out, so that no event falls between a snapshot and the listener.
  await getCurrentWebview().listen<Event>("ringdove://event", ({ payload }) => {
    host.tell(payload);
  });
  return host;
}

class TauriHost implements Host {
  readonly kind = "app";
  readonly missingMedia: MissingMedia | null;
  readonly #listeners = new Set<(event: Event) => void>();
  /** Tauri promises no order between two calls that are under way at once; the core needs one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(missingMedia: MissingMedia | null) {
    this.missingMedia = missingMedia;
  }

  dispatch(command: Command): void {
    this.#last = this.#last
      .then(() => invoke("dispatch", { command }))
      .catch((error: unknown) => {
        console.error(`the command ${command.kind} did not reach the core`, error);
      });
  }

  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  snapshot(): Promise<Snapshot> {
    return invoke("snapshot");
  }

  remembered(): Promise<Remembered> {
    return invoke("remembered");
  }

  tell(event: Event): void {
    for (const listener of [...this.#listeners]) {
      listener(event);
    }
  }
}
