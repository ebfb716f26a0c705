import { decodesMore } from "../support/decodesMore.ts";
import type { Participant } from "../support/participant.ts";
import type { Server } from "../support/server.ts";

/** For media between two clients on a machine that has other work too. */
const PATIENCE_MS = 30_000;

/** How far a call came. */
export interface Progress {
  connected: boolean;
  /** Sound and picture of the other end were decoded at both ends. */
  decoded: boolean;
  /** The end that did not hang up was told that the other did. */
  parted: boolean;
  /** From the answer to the first frame, in milliseconds. */
  caller: number | null;
  callee: number | null;
}

/** How a call ends. */
export interface Ending {
  readonly by: "caller" | "callee";
  /** A server that is down by then, so that only the data channel can tell of it. */
  readonly without: Server | null;
}

/** One call from the ring to the end; notes in `progress` how far it came. */
export async function makeCall(
  caller: Participant,
  callee: Participant,
  ending: Ending,
  progress: Progress,
): Promise<void> {
  const both = [caller, callee];
  const since = Date.now();
  await caller.call(callee.name);
  await callee.answer(caller.name);
  const answered = await callee.reached("accepting", since);
  for (const end of both) await end.reached("active", since, PATIENCE_MS);
  progress.connected = true;
  progress.caller = (await caller.reached("firstFrame", since, PATIENCE_MS)) - answered;
  progress.callee = (await callee.reached("firstFrame", since, PATIENCE_MS)) - answered;
  for (const end of both) await decodesMore(end, PATIENCE_MS);
  progress.decoded = true;

  const [first, other] = ending.by === "caller" ? [caller, callee] : [callee, caller];
  await ending.without?.kill();
  const hangingUp = Date.now();
  await first.hangUp();
  await other.reads(`${first.name} hung up.`);
  for (const end of both) {
    await end.reached("ended", hangingUp);
    await end.expectReleased();
    await end.dismiss();
  }
  progress.parted = true;
}
