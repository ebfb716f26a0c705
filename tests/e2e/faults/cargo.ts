import { output } from "../app/processes.ts";
import { ROOT } from "../support/project.ts";

/** For compiling the tests too. */
const LIMIT_MS = 600_000;

/** Runs tests of a crate that show a fault better than any page; gives how many have passed. */
export async function passing(
  filter: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const args = ["test", "--quiet", "--manifest-path", `${ROOT}Cargo.toml`, ...filter];
  const told = await output("cargo", args, { ...process.env, ...env }, LIMIT_MS);
  const counts = [...told.matchAll(/^test result: ok\. (\d+) passed/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
