import type { Notice } from "../generated/app";
import { Model } from "./model";

/** Long enough to be read twice. */
const SHOWN_MS = 10_000;
const SHOWN_MAX = 3;

export interface ShownNotice {
  readonly id: number;
  readonly notice: Notice;
}

/** What the user is told once. */
export class Notices extends Model<readonly ShownNotice[]> {
  #nextId = 0;

  constructor() {
    super([]);
  }

  add(notice: Notice): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.show([...this.view, { id, notice }].slice(-SHOWN_MAX));
    setTimeout(() => {
      this.dismiss(id);
    }, SHOWN_MS);
  }

  dismiss(id: number): void {
    this.show(this.view.filter((shown) => shown.id !== id));
  }
}
