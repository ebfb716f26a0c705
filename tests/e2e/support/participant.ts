import type { Received } from "./peers.ts";

/** Somebody at whatever client: does and sees what a person does and sees. */
export interface Participant {
  readonly name: string;
  signIn(): Promise<void>;
  /** Calls with video. */
  call(name: string): Promise<void>;
  answer(from: string): Promise<void>;
  hangUp(): Promise<void>;
  /** Puts the ended call out of sight. */
  dismiss(): Promise<void>;
  /** Waits until this is to be read on the screen. */
  reads(text: string): Promise<void>;
  received(): Promise<Received>;
  /** Runs a function of ours in the page. */
  run<T>(work: () => T): Promise<Awaited<T>>;
  /** When the call that began after `since` reached a stage, in milliseconds since 1970. */
  reached(stage: string, since: number, limit?: number): Promise<number>;
  /** Waits until nothing of a call is left open. */
  expectReleased(): Promise<void>;
  /** Ends the client. */
  leave(): Promise<void>;
}
