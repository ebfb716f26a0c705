import { execFileSync } from "node:child_process";
import type { Browser, Page } from "@playwright/test";

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

/** All processes of a browser. */
export async function processes(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return processInfo.map((process) => process.id);
  } finally {
    await session.detach();
  }
}
