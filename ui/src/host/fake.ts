import type { Command, Event, Snapshot } from "../generated/app";
import { OPEN } from "../model/privacy";
import type { Host, MissingMedia, Remembered } from "./host";

/** What a fake host answers to a command. */
export type Script = (command: Command, host: FakeHost) => void;

export interface FakeStart {
  readonly kind?: Host["kind"];
  readonly missingMedia?: MissingMedia;
  readonly snapshot?: Partial<Snapshot>;
  readonly remembered?: Partial<Remembered>;
  readonly script?: Script;
}

/** A host without a core: for tests, and for looking at screens. */
export class FakeHost implements Host {
  readonly kind: Host["kind"];
  readonly missingMedia: MissingMedia | null;
  /** Every command so far. */
  readonly commands: Command[] = [];
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #snapshot: Snapshot;
  readonly #remembered: Remembered;
  readonly #script: Script;

  constructor(start: FakeStart = {}) {
    this.kind = start.kind ?? "fake";
    this.missingMedia = start.missingMedia ?? null;
    this.#snapshot = {
      link: { phase: "signedOut", error: null },
      people: [],
      lines: [],
      call: null,
      security: null,
      known: { link: null, people: [] },
      privacy: OPEN,
      devices: { code: "", linked: false, signed: null },
      ...start.snapshot,
    };
    this.#remembered = { name: null, server: null, ...start.remembered };
    this.#script = start.script ?? (() => undefined);
  }

  dispatch(command: Command): void {
    this.commands.push(command);
    this.#script(command, this);
  }

  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  snapshot(): Promise<Snapshot> {
    return Promise.resolve(this.#snapshot);
  }

  remembered(): Promise<Remembered> {
    return Promise.resolve(this.#remembered);
  }

  /** Says something as the core would. */
  emit(event: Event): void {
    for (const listener of [...this.#listeners]) {
      listener(event);
    }
  }
}
