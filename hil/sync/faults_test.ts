/**
 * The fault campaign: some two thousand syncs, each with something that goes wrong at a random place.
 * A failure prints what repeats it: `IOT_FUZZ_SEED` and `IOT_FUZZ_CASE`.
 */

import assert from "node:assert/strict";
import { runCampaign, type Tally } from "./campaign_testing.ts";

const SEED = Number(Deno.env.get("IOT_FUZZ_SEED") ?? Date.now() % 1_000_000);
const ONLY = Deno.env.get("IOT_FUZZ_CASE");

/** How many cases by kind of board: together well more than 2,000 faults that happen. */
const CASES = { esp32: 1_100, pico: 800, legacy: 500 };
/** So many of them must happen at least, for the campaign to be worth its name. */
const LEAST_SHARE = 0.84;
/** Most of the time is waiting for deadlines. */
const LANES = 24;

for (const [profile, usual] of Object.entries(CASES)) {
  const cases = Number(Deno.env.get("IOT_FUZZ_RUNS") ?? usual);
  Deno.test(`a sync that something goes wrong with leaves whole files on a board like ${profile}`, async () => {
    const only = ONLY === undefined ? undefined : Number(ONLY);
    const tally = await runCampaign({ profile, seed: SEED, cases, lanes: LANES, only });
    console.log(summary(profile, tally));
    // The first trees are small: of few cases, more are over before their fault.
    if (only !== undefined || cases < usual) return;
    const happened = cases - countOf(tally, "did not happen");
    assert.ok(happened >= LEAST_SHARE * cases, `only ${happened} of ${cases} faults happened`);
  });
}

function summary(profile: string, tally: Tally): string {
  const rows = [...tally].toSorted(([a], [b]) => a < b ? -1 : 1);
  return [`${profile}, seed ${SEED}`, ...rows.map(([what, count]) => `  ${count} ${what}`)].join(
    "\n",
  );
}

/** How many cases ended so. */
function countOf(tally: Tally, end: string): number {
  return [...tally].reduce((sum, [what, count]) => what.endsWith(end) ? sum + count : sum, 0);
}
