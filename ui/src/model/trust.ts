import type { Known } from "../generated/app";
import type { Host } from "../host/host";
import { Model } from "./model";

/** Whom one has met on this server, and what one thinks of them. */
export class Trusted extends Model<Known> {
  readonly #host: Host;

  constructor(host: Host) {
    super({ link: null, people: [] });
    this.#host = host;
  }

  apply(known: Known): void {
    this.show(known);
  }

  /** Both have the same pictures, or the same number; or that is taken back. */
  verify(name: string, verified: boolean): void {
    this.#host.dispatch({ kind: "verify", name, verified });
  }

  forget(name: string): void {
    this.#host.dispatch({ kind: "forget", name });
  }

  addPerson(link: string): void {
    this.#host.dispatch({ kind: "addPerson", link });
  }
}
