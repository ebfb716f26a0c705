import { expect } from "@playwright/test";

/** The name under which a test hands its line to the table. */
export const LINE = "line";

/** One thing that was promised, and what came of it. */
export interface Promised {
  readonly promise: string;
  readonly measured: string;
  readonly kept: boolean;
}

/** What a fault must lead to. A broken promise fails the test, but does not end it. */
export class Line {
  readonly all: Promised[] = [];

  /** A figure that may not be larger. */
  atMost(what: string, limit: number, value: number, unit: Unit): void {
    this.#note(`${what} <= ${limit} ${unit}`, shown(value, unit), value <= limit);
  }

  /** A figure that may not be smaller. */
  atLeast(what: string, limit: number, value: number, unit: Unit): void {
    this.#note(`${what} >= ${limit} ${unit}`, shown(value, unit), value >= limit);
  }

  /** A figure to read the others beside; nothing is promised of it. */
  beside(what: string, value: number, unit: Unit): void {
    this.#note(`(${what})`, shown(value, unit), true);
  }

  /** Something that was waited for, and has come. */
  happened(what: string): void {
    this.#note(what, "yes", true);
  }

  /** Something that is so, or is not. */
  holds(what: string, is: boolean): void {
    this.#note(what, is ? "yes" : "no", is);
  }

  #note(promise: string, measured: string, kept: boolean): void {
    this.all.push({ promise, measured, kept });
    expect.soft(kept, `${promise}: ${measured}`).toBe(true);
  }
}

type Unit = "ms" | "fps" | "times" | "seeds" | "files" | "processes" | "tests";

function shown(value: number, unit: Unit): string {
  return `${Number.isFinite(value) ? value.toFixed(unit === "fps" ? 1 : 0) : "never"} ${unit}`;
}
