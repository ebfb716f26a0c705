/** Prints a time, in milliseconds, beside what is promised. Decides nothing: machines are noisy. */
export function figure(what: string, took: number, promised: number): void {
  measured(what, took, "ms", { atMost: promised });
}

/** What a figure should be. */
export interface Promised {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Prints any figure, beside what is promised if something is. Decides nothing either. */
export function measured(what: string, value: number, unit: string, promise: Promised = {}): void {
  const { atMost = Infinity, atLeast = -Infinity } = promise;
  const promised = [
    ...(promise.atMost === undefined ? [] : [`promised: ${atMost} ${unit}`]),
    ...(promise.atLeast === undefined ? [] : [`promised: ${atLeast} ${unit} or more`]),
    ...(value > atMost || value < atLeast ? ["MISSED"] : []),
  ];
  const beside = promised.length > 0 ? ` (${promised.join(", ")})` : "";
  console.log(`figure: ${what}: ${value.toFixed(DIGITS[unit] ?? 0)} ${unit}${beside}`);
}

/** Behind the point, for units that need some. */
const DIGITS: Readonly<Record<string, number>> = { fps: 1, MiB: 1, "s/s": 2, times: 2 };

/** The time that this share of all does not exceed; NaN where there is none. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
