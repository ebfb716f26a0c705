import type { Media } from "../../generated/protocol";
import { End } from "./end";
import { Guest, type GuestKind, type GuestMessage, toGuest, toSignal } from "./guest";
import type { Probe } from "./probe";
import { seeded, type Delay, Wire } from "./wire";

/** A call between an engine and the stand-in of the tutorial's page. */
export interface GuestCallOptions {
  readonly guest: GuestKind;
  readonly caller: "engine" | "guest";
  readonly media?: Media;
  readonly delay?: Delay;
  readonly seed?: number;
}

/** An engine and a guest. */
export class GuestCall {
  readonly end: End;
  readonly guest: Guest;

  constructor(probe: Probe, options: GuestCallOptions) {
    const random = seeded(options.seed ?? 1);
    const toEngine = new Wire<GuestMessage>(options.delay ?? [0, 0], random);
    const fromEngine = new Wire<GuestMessage>(options.delay ?? [0, 0], random);
    this.guest = new Guest(options.guest, probe, (message) => {
      toEngine.send(message, (arrived) => {
        const signal = toSignal(arrived);
        if (signal) this.end.order({ kind: "signal", signal });
      });
    });
    this.end = new End(
      probe,
      crypto.randomUUID(),
      (signal) => {
        const message = toGuest(signal);
        if (!message) return;
        fromEngine.send(message, (arrived) => {
          this.guest.hear(arrived);
        });
      },
      () => undefined,
    );
    const role = options.caller === "engine" ? "caller" : "callee";
    this.end.start(role, options.media ?? { audio: true, video: true });
    if (options.caller === "guest") void this.guest.invite();
  }

  dispose(): void {
    this.end.dispose();
    this.guest.hangUp();
  }
}
