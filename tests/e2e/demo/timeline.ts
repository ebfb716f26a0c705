/** Somebody whose call stages are known, at whatever client. */
interface Timed {
  readonly name: string;
  reached(stage: string, since: number): Promise<number>;
}

/** Prints when both ends of the call that began after `since` reached each stage. */
export async function printTimeline(caller: Timed, callee: Timed, since: number): Promise<void> {
  const stages: [label: string, who: Timed, stage: string][] = [
    ["invite", caller, "dialing"],
    [`ringing (${callee.name})`, callee, "ringing"],
    [`ringing there (${caller.name})`, caller, "remoteRinging"],
    [`accepted (${callee.name})`, callee, "accepting"],
    [`connected (${caller.name})`, caller, "active"],
    [`connected (${callee.name})`, callee, "active"],
    [`first frame (${caller.name})`, caller, "firstFrame"],
    [`first frame (${callee.name})`, callee, "firstFrame"],
    [`hung up (${callee.name})`, callee, "ended"],
    [`ended (${caller.name})`, caller, "ended"],
  ];
  const invite = await caller.reached("dialing", since);
  console.log("\nTimeline, in milliseconds since the invite:");
  for (const [label, who, stage] of stages) {
    const at = await who.reached(stage, since);
    console.log(`  ${label.padEnd(24)}${(at - invite).toFixed(0).padStart(7)}`);
  }
}
