/** What comes at the same time, twice or late: the judge and two agents in virtual time. */
import { passing } from "./cargo.ts";
import { IS_QUICK, test } from "./fault.ts";

const SEEDS = IS_QUICK ? 1000 : 10_000;

for (const { name, tests } of [
  {
    name: "F15 hang-ups, accept and cancel, invites cross",
    tests: ["over_a_good_network", "glare_gives_one_call"],
  },
  {
    name: "F16 messages lost, twice, out of order, late",
    tests: ["both_ends_and_the_server_agree"],
  },
]) {
  test(name, async ({ line }) => {
    test.setTimeout(900_000);
    const filter = ["-p", "ringdove-server", "--lib", "--", ...tests];
    const passed = await passing(filter, { RINGDOVE_SEEDS: String(SEEDS) });
    line.holds(`one outcome, the same on both sides, ${SEEDS} seeds each`, passed === tests.length);
  });
}
