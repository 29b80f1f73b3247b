/**
 * The fault campaign: some two thousand syncs, each with something that goes wrong at a random place.
 * A failure prints what repeats it: `IOT_FUZZ_SEED` and `IOT_FUZZ_CASE`.
 */

import { runCampaign, type Tally } from "./campaign_testing.ts";

const SEED = Number(Deno.env.get("IOT_FUZZ_SEED") ?? Date.now() % 1_000_000);
const ONLY = Deno.env.get("IOT_FUZZ_CASE");

/** How many cases by kind of board: together well more than 2,000 faults that happen. */
const CASES = { esp32: 1_300, pico: 900, legacy: 300 };
/** Most of the time is waiting for deadlines. */
const LANES = 8;

for (const [profile, usual] of Object.entries(CASES)) {
  const cases = Number(Deno.env.get("IOT_FUZZ_RUNS") ?? usual);
  Deno.test(`a sync that something goes wrong with leaves whole files on a board like ${profile}`, async () => {
    const only = ONLY === undefined ? undefined : Number(ONLY);
    const tally = await runCampaign({ profile, seed: SEED, cases, lanes: LANES, only });
    console.log(summary(profile, tally));
  });
}

function summary(profile: string, tally: Tally): string {
  const rows = [...tally].toSorted(([a], [b]) => a < b ? -1 : 1);
  return [`${profile}, seed ${SEED}`, ...rows.map(([what, count]) => `  ${count} ${what}`)].join(
    "\n",
  );
}
