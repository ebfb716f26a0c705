import type { EngineConnection } from "./bridge";
import type { Descriptions } from "./descriptions";
import { invalidState, operation } from "./errors";
import { parseCandidate } from "./iceCandidate";
import { bundleTag, iceOf } from "./jsep/view";

/**
 * Candidates of the other end. The engine gets them once it knows the description they belong to;
 * until then they are held.
 */
export class RemoteCandidates {
  readonly #engine: EngineConnection;
  readonly #used: () => void;
  #held: { readonly candidate: string; readonly ufrag: string }[] = [];
  #activeUfrag: string | null = null;

  /** `used` is called when the engine gets a candidate. */
  constructor(engine: EngineConnection, used: () => void) {
    this.#engine = engine;
    this.#used = used;
  }

  /** An empty candidate is the end of them. */
  add(candidate: string, ufrag: string): void {
    if (ufrag === this.#activeUfrag) this.#send(candidate, ufrag);
    else if (this.#held.length < HELD_MAX) this.#held.push({ candidate, ufrag });
  }

  /** The engine works with these credentials now. */
  activate(ufrag: string): void {
    this.#activeUfrag = ufrag;
    const held = this.#held;
    this.#held = [];
    for (const each of held) if (each.ufrag === ufrag) this.#send(each.candidate, ufrag);
  }

  /** The description of those that wait was taken back. */
  drop(): void {
    this.#held = [];
  }

  #send(candidate: string, ufrag: string): void {
    if (candidate !== "") this.#used();
    this.#engine.request("addCandidate", { candidate, ufrag }).catch(() => {
      // One that cannot be used, such as a name of mDNS, is no reason to fail (RFC 8838, section 8).
    });
  }
}

const HELD_MAX = 256;

/** A candidate, and what it belongs to. */
export interface RemoteCandidate {
  /** "" is the end of them. */
  readonly candidate: string;
  readonly line: number;
  readonly mid: string;
  readonly ufrag: string;
}

/** The checks of `addIceCandidate`; null for one of an m-line that carries nothing. */
export function readRemoteCandidate(
  init: RTCIceCandidateInit,
  { remote: described, pendingRemote, currentRemote }: Descriptions,
): RemoteCandidate | null {
  if (!described) throw invalidState("There is no remote description.");
  const remote = described.view;
  const { candidate = "", sdpMid = null, sdpMLineIndex = null } = init;
  const line =
    sdpMid === null
      ? (sdpMLineIndex ?? bundleTag(remote)?.index ?? 0)
      : remote.media.findIndex(({ mid }) => mid === sdpMid);
  const media = remote.media[line];
  // The end of all candidates, where there are none to come.
  if (!media && candidate === "" && sdpMid === null && sdpMLineIndex === null) return null;
  if (!media) throw operation("The candidate is for no m-line of the description.");
  const parsed = parseCandidate(candidate);
  if (candidate !== "" && !parsed) throw operation("This is not a candidate.");
  const known = [pendingRemote, currentRemote].flatMap(
    (description) => description?.view.media[line]?.ice?.ufrag ?? [],
  );
  const named = init.usernameFragment ?? parsed?.ufrag ?? null;
  if (named !== null && !known.includes(named)) {
    throw operation("The candidate is for another generation of ICE.");
  }
  const ufrag = named ?? media.ice?.ufrag ?? iceOf(remote)?.ufrag;
  if (ufrag === undefined || media.rejected) return null;
  return { candidate, line, mid: media.mid, ufrag };
}
