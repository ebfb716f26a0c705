import { describe, expect, it } from "vitest";
import type { Candidate } from "../generated/protocol";
import { HeldCandidates } from "./candidates";

describe("HeldCandidates", () => {
  it("gives candidates back in the order in which they came, with their end, and only once", () => {
    const held = new HeldCandidates();
    const [first, second] = [candidate(1), candidate(2)];
    for (const next of [first, second, null]) held.hold(next);
    expect(held.take()).toEqual([first, second, null]);
    expect(held.take()).toEqual([]);
  });

  it("keeps the first 64 of a flood", () => {
    const held = new HeldCandidates();
    for (let index = 0; index < 100; index += 1) held.hold(candidate(index));
    const kept = held.take();
    expect(kept).toHaveLength(64);
    expect(kept.at(-1)).toEqual(candidate(63));
  });
});

function candidate(index: number): Candidate {
  const port = 50_000 + index;
  return {
    candidate: `candidate:1 1 udp 1 192.0.2.1 ${port} typ host`,
    sdpMid: "0",
    sdpMLineIndex: 0,
    usernameFragment: null,
  };
}
