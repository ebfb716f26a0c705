import { addLine, writeSdp } from "./jsep/sdp";
import { iceOf, type DescriptionView } from "./jsep/view";
import { SessionDescription } from "./sessionDescription";

/** A description that was set. */
export interface Description {
  readonly type: "offer" | "pranswer" | "answer";
  readonly view: DescriptionView;
}

/** Pending and current descriptions of both ends (W3C WebRTC, section 4.7.1). */
export class Descriptions {
  currentLocal: Description | null = null;
  pendingLocal: Description | null = null;
  currentRemote: Description | null = null;
  pendingRemote: Description | null = null;
  readonly #shown = new WeakMap<Description, SessionDescription>();

  get local(): Description | null {
    return this.pendingLocal ?? this.currentLocal;
  }

  get remote(): Description | null {
    return this.pendingRemote ?? this.currentRemote;
  }

  /** Both are agreed on. */
  settle(local: Description, remote: Description): void {
    this.currentLocal = local;
    this.currentRemote = remote;
    this.dropPending();
  }

  dropPending(): void {
    this.pendingLocal = null;
    this.pendingRemote = null;
  }

  /** The same object until a candidate is added. */
  show(description: Description | null): SessionDescription | null {
    if (!description) return null;
    const sdp = writeSdp(description.view.text);
    const shown = this.#shown.get(description);
    if (shown?.sdp === sdp) return shown;
    const { type } = description;
    const fresh = new SessionDescription({ type, sdp });
    this.#shown.set(description, fresh);
    return fresh;
  }

  /** Writes a candidate, or the end of them (null), into those with its credentials. */
  addCandidate(
    side: "local" | "remote",
    candidate: string | null,
    line: number,
    ufrag: string | null,
  ): void {
    const [pending, current] =
      side === "local"
        ? [this.pendingLocal, this.currentLocal]
        : [this.pendingRemote, this.currentRemote];
    for (const description of [pending, current]) {
      const section = description?.view.text.media[line];
      if (!description || !section) continue;
      const ice = description.view.media[line]?.ice ?? iceOf(description.view);
      if (ufrag !== null && ice?.ufrag !== ufrag) continue;
      if (candidate === null) addLine(section, "a=end-of-candidates");
      else addLine(section, `a=${candidate.replace(/^a=/, "")}`);
    }
  }
}
