import type { Media, Signal } from "../../generated/protocol";
import { End } from "./end";
import type { Probe } from "./probe";
import { seeded, type Delay, Wire } from "./wire";

/** A call between two engines of one page. */
export interface CallOptions {
  readonly caller?: Media;
  readonly callee?: Media;
  readonly delay?: Delay;
  readonly seed?: number;
  /** Descriptions are this much later than what was said after them, in milliseconds. */
  readonly lateDescriptions?: number;
  /** The callee's devices take this much longer to open, in milliseconds. */
  readonly calleeDevicesLate?: number;
  /** Stop both ends as soon as the caller or the callee makes its n-th report. */
  readonly stopAt?: { readonly end: "caller" | "callee"; readonly report: number };
}

const BOTH: Media = { audio: true, video: true };

/** Two engines, each told what the other says. */
export class Pair {
  readonly caller: End;
  readonly callee: End;
  readonly #options: CallOptions;
  readonly #wires: Wire<Signal>[] = [];
  readonly #losing = { caller: 0, callee: 0 };

  constructor(probe: Probe, options: CallOptions) {
    this.#options = options;
    const callId = crypto.randomUUID();
    const random = seeded(options.seed ?? 1);
    const end = (name: "caller" | "callee", other: () => End): End => {
      const wire = new Wire<Signal>(options.delay ?? [0, 0], random);
      this.#wires.push(wire);
      return new End(
        probe,
        callId,
        (signal) => {
          if (signal.kind === "description" && this.#losing[name] > 0) this.#losing[name] -= 1;
          else this.#carry(wire, signal, other());
        },
        () => {
          this.#reported(name);
        },
      );
    };
    this.caller = end("caller", () => this.callee);
    this.callee = end("callee", () => this.caller);
    // Devices are opened in the order in which the ends start, after both have.
    probe.faults.next = [0, options.calleeDevicesLate ?? 0];
    this.caller.start("caller", options.caller ?? BOTH);
    this.callee.start("callee", options.callee ?? BOTH);
  }

  /** Loses the next descriptions of one end, as a link that breaks does. */
  lose(end: "caller" | "callee", descriptions: number): void {
    this.#losing[end] = descriptions;
  }

  stop(): void {
    for (const wire of this.#wires) wire.cut();
    this.caller.order({ kind: "stop" });
    this.callee.order({ kind: "stop" });
  }

  dispose(): void {
    this.stop();
    this.caller.dispose();
    this.callee.dispose();
  }

  #carry(wire: Wire<Signal>, signal: Signal, to: End): void {
    const deliver = (): void => {
      to.order({ kind: "signal", signal });
    };
    const late = this.#options.lateDescriptions;
    if (late && signal.kind === "description") setTimeout(deliver, late);
    else wire.send(signal, deliver);
  }

  #reported(end: "caller" | "callee"): void {
    const { stopAt } = this.#options;
    if (stopAt?.end === end && this[end].events.length === stopAt.report) this.stop();
  }
}
