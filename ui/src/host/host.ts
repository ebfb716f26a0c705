import type { Command, Event, Snapshot } from "../generated/app";

/** What the host remembers between two starts. */
export interface Remembered {
  /** The name of the last sign-in. */
  readonly name: string | null;
  /** The server of the last sign-in, or the one to propose; null where it cannot be chosen. */
  readonly server: string | null;
}

/** What calls have to do without: all sound, all pictures, or the own picture alone. */
export type LostMedia = "sound" | "picture" | "camera";

/** What calls need and this system lacks. */
export interface MissingMedia {
  readonly lost: readonly LostMedia[];
  /** The software packages to install. */
  readonly packages: readonly string[];
  /** Installs them; null where no command is known. */
  readonly command: string | null;
}

/**
 * Where the UI runs: the one way in which it reaches the client core.
 *
 * Implementations: Tauri commands and events (app), the WebAssembly core (browser), a fake (tests).
 */
export interface Host {
  readonly kind: "app" | "browser" | "fake";
  /** Null where nothing is missing. */
  readonly missingMedia: MissingMedia | null;
  /** Hands a command to the core. Never throws; what goes wrong comes back as an event. */
  dispatch(command: Command): void;
  /** Calls `listener` for each event from now on; returns how to stop that. */
  subscribe(listener: (event: Event) => void): () => void;
  /** Everything as it is now, for a UI that starts late. */
  snapshot(): Promise<Snapshot>;
  remembered(): Promise<Remembered>;
}
