/** Prints a time, in milliseconds, beside what is promised. Decides nothing: machines are noisy. */
export function figure(what: string, took: number, promised: number): void {
  const missed = took > promised ? ", MISSED" : "";
  console.log(`figure: ${what}: ${took.toFixed(0)} ms (promised: ${promised} ms${missed})`);
}
