/** What comes at the same time, twice or late: the server and its clients in virtual time. */
import { passing } from "./cargo.ts";
import { IS_QUICK, test } from "./fault.ts";

const SEEDS = IS_QUICK ? 1000 : 10_000;

for (const { name, tests } of [
  {
    name: "F15 hang-ups, accept and cancel, invites cross",
    tests: ["over_good_links_both_ends", "glare_gives_one_call"],
  },
  {
    name: "F16 messages lost, twice, out of order, late",
    tests: ["whatever_fails_everybody_agrees"],
  },
]) {
  test(name, async ({ line }) => {
    test.setTimeout(900_000);
    const filter = ["-p", "ringdove-tests", "--test", "simulation", "--", ...tests];
    const passed = await passing(filter, { RINGDOVE_SEEDS: String(SEEDS) });
    line.holds(`one outcome, the same on both sides, ${SEEDS} seeds each`, passed === tests.length);
  });
}
