import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";

const MIB = 1024 * 1024;

/** The page's JavaScript heap after a collection, in MiB. */
export async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("HeapProfiler.collectGarbage");
    await session.send("Performance.enable");
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find((metric) => metric.name === "JSHeapUsedSize")?.value ?? 0) / MIB;
  } finally {
    await session.detach();
  }
}

/** What the processes hold in memory together, in MiB; null where the system does not tell. */
export function resident(pids: readonly number[]): number | null {
  try {
    const lines = execFileSync("ps", ["-o", "rss=", "-p", pids.join(",")], { encoding: "utf8" });
    return lines.split("\n").reduce((sum, line) => sum + Number(line.trim()), 0) / 1024;
  } catch {
    return null;
  }
}

/**
 * What the processes hold in memory together, in MiB; of what several hold, each has its part (PSS).
 * On Linux alone.
 */
export function proportional(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + proportionalOf(pid), 0) / 1024;
}

/** In KiB. */
function proportionalOf(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? NaN);
  } catch (error) {
    // It has ended: it is gone, or holds nothing any more.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return 0;
    throw error;
  }
}
