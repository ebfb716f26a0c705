/** Asks again and again until there is an answer; fails with the last reason at the deadline. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  let reason: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) {
        return answer;
      }
    } catch (error) {
      reason = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (performance.now() < deadline);
  throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: reason });
}
