/** Prints a time, in milliseconds, beside what is promised. Decides nothing: machines are noisy. */
export function figure(what: string, took: number, promised: number): void {
  const missed = took > promised ? ", MISSED" : "";
  console.log(`figure: ${what}: ${took.toFixed(0)} ms (promised: ${promised} ms${missed})`);
}

/** The time that this share of all does not exceed; NaN where there is none. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
