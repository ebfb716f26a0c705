import type { Candidate } from "../generated/protocol";

/**
 * Candidates that came before the description they belong to, in the order in which they came.
 * Null is the end of candidates.
 */
export class HeldCandidates {
  #candidates: (Candidate | null)[] = [];

  /** Keeps at most 64: whoever sends more before a description means no good. */
  hold(candidate: Candidate | null): void {
    if (this.#candidates.length < HELD_MAX) this.#candidates.push(candidate);
  }

  /** Gives all of them up. */
  take(): (Candidate | null)[] {
    const candidates = this.#candidates;
    this.#candidates = [];
    return candidates;
  }
}

const HELD_MAX = 64;
