import { readdirSync, readFileSync } from "node:fs";

/** How many of the units that Linux counts a process's time in are a second; on every machine. */
const TICKS_PER_SECOND = 100;

/** A process and all that descend from it, as Linux tells of them. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const status = /^\d+$/.test(entry) ? statusOf(Number(entry)) : undefined;
    if (status === undefined) continue;
    children.set(status.parent, [...(children.get(status.parent) ?? []), Number(entry)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** How much of the machine's processors is idle, in seconds since it was started. */
export function idleTime(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  // `cpu`, user, nice, system, idle, and idle with a disk at work (proc(5)).
  const [idle = NaN, waiting = NaN] = line.trim().split(/\s+/).slice(4).map(Number);
  return (idle + waiting) / TICKS_PER_SECOND;
}

/**
 * The processor's time that these processes have taken until now, in seconds, with that of processes
 * that they started and that have ended: what was counted of a whole tree once stays counted.
 */
export function processorTime(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statusOf(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND;
}

interface Status {
  readonly parent: number;
  readonly ticks: number;
}

/** Nothing of a process that is gone. */
function statusOf(pid: number): Status | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name is in parentheses, and can have some itself, and spaces (proc(5)). After it come the
  // third field, the state, and the others.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [parent = NaN] = fields.slice(1).map(Number);
  // utime, stime, and those of the children that were waited for: cutime, cstime.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent, ticks };
}
