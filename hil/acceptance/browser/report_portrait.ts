/**
 * Takes the picture of a report that docs/hil-report.md shows:
 * `deno run -A hil/acceptance/browser/report_portrait.ts docs/images/hil-report.png`. One of its boards
 * has something wrong with it; the nights before, it had not.
 */

import { CHECKS } from "../../checks/all.ts";
import { type Mutation, runOn } from "../../checks/mutants_testing.ts";
import { htmlReport } from "../../report/html.ts";
import { historyIn } from "../../report/history.ts";
import type { BoardResult, RunResult } from "../../run/result.ts";
import { openBrowser } from "./browser.ts";

const NIGHT_MS = 24 * 60 * 60_000;
const NIGHTS = 14;

/** Quick ones: enough for a picture. */
const WANTED = /^(exec|reset|throughput)\/|^files\/round-trip-4096$/;
const checks = CHECKS.filter(({ name }) => WANTED.test(name));

const BOARDS: Readonly<Record<string, Mutation>> = {
  "pico-1": { profile: "pico" },
  "pico-2": { profile: "pico", in: [["0512456789", "0512456780"]] },
  "esp32-lab": {},
  "esp32-air": { by: "ws" },
};

const boards: BoardResult[] = [];
for (const [board, mutation] of Object.entries(BOARDS)) {
  boards.push({ ...await runOn(mutation, checks), board });
}
const run: RunResult = {
  ...{ version: "0.1.0", bench: "bench.yaml", seed: 1, interrupted: false, boards },
  startedMs: Date.now(),
  durationMs: 84_000,
};

let page = "";
for (let night = NIGHTS; night >= 0; night--) {
  page = await htmlReport(night === 0 ? run : before(night), { past: historyIn(page) });
}
const folder = await Deno.makeTempDir();
try {
  await Deno.writeTextFile(`${folder}/r.html`, page);
  await using browser = await openBrowser(`file://${folder}/r.html`);
  await browser.page.setViewportSize({ width: 1200, height: 2080 });
  await browser.page.addStyleTag({ content: ".wire { max-height: 15rem !important }" });
  await browser.page.locator("details.attempt > summary").first().click();
  await browser.page.screenshot({ path: Deno.args[0] });
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** The run as it may have been some nights ago: nothing failed, and figures a little different. */
function before(night: number): RunResult {
  return {
    ...run,
    startedMs: run.startedMs - night * NIGHT_MS,
    boards: boards.map((board) => ({
      ...board,
      checks: board.checks.map((check, at) => ({
        ...check,
        verdict: check.verdict === "fail" ? "pass" : check.verdict,
        measurements: check.measurements.map((one, which) => ({
          ...one,
          value: one.value * (1 + 0.15 * Math.sin(night * 1.7 + at + which)),
        })),
      })),
    })),
  };
}
