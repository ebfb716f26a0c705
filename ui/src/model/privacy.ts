import type { Privacy as PrivacyView } from "../generated/app";
import type { Name, WhoMayRing } from "../generated/protocol";
import type { Host } from "../host/host";
import { Model } from "./model";

/** Nobody is known or blocked, and everybody may ring. */
export const OPEN: PrivacyView = {
  quiet: false,
  rings: { who: "everybody", contacts: [], blocked: [] },
};

/** Who may ring, and whether that makes a sound. */
export class Privacy extends Model<PrivacyView> {
  readonly #host: Host;

  constructor(host: Host) {
    super(OPEN);
    this.#host = host;
  }

  setQuiet(quiet: boolean): void {
    this.#host.dispatch({ kind: "setQuiet", quiet });
  }

  setWho(who: WhoMayRing): void {
    this.#host.dispatch({ kind: "setWhoMayRing", who });
  }

  setContact(name: Name, contact: boolean): void {
    this.#host.dispatch({ kind: "setContact", name, contact });
  }

  setBlocked(name: Name, blocked: boolean): void {
    this.#host.dispatch({ kind: "setBlocked", name, blocked });
  }

  apply(privacy: PrivacyView): void {
    this.show(privacy);
  }
}
