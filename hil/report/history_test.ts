import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
import { digest } from "./digest.ts";
import { figureKey, historyElement, historyIn, MAX_RUNS, remember, withThis } from "./history.ts";
import { htmlReport } from "./html.ts";
import { HOSTILE, sampleBoard, sampleCheck, sampleFailure, sampleRun } from "./sample_testing.ts";

function runAt(startedMs: number, rate: number) {
  const measurements = [{ name: "up", value: rate, unit: "KB/s" }];
  return sampleRun([
    sampleBoard("constructor", [
      sampleCheck({ check: "throughput/files", measurements }),
      sampleFailure("no", { check: "exec/output" }),
    ]),
  ], { startedMs });
}

Deno.test("a page hands its history on to the page that replaces it", async () => {
  let page = "";
  for (let day = 1; day <= MAX_RUNS + 3; day++) {
    page = await htmlReport(runAt(day, day * 10), { past: historyIn(page) });
  }
  const runs = historyIn(page);
  assertEquals(runs.length, MAX_RUNS);
  assertEquals(runs[0].startedMs, 4);
  const { figures, ran, trouble } = runs.at(-1)!;
  const key = figureKey({ check: "throughput/files", name: "up", unit: "KB/s" });
  assertEquals(figures.constructor, { [key]: (MAX_RUNS + 3) * 10 });
  assertEquals(ran, { constructor: 2 });
  assertEquals(trouble.constructor, { "exec/output": "fail" });
  assert(page.includes(`It did not pass in ${MAX_RUNS - 1} of the ${MAX_RUNS - 1} runs before`));
});

Deno.test("withThis() holds a run once, however often it is written, and in order", () => {
  const [first, second] = [runAt(1, 1), runAt(2, 2)].map((run) => remember(digest(run)));
  assertEquals(withThis([second, first], second).map(({ startedMs }) => startedMs), [1, 2]);
});

Deno.test("historyIn() starts anew from what is no page of ours, and leaves out what is no run", () => {
  const good = remember(digest(runAt(1, 1)));
  const page = historyElement([good]);
  for (const other of ["", "<html>", page.slice(0, -30), page.replace("[", "[,")]) {
    assertEquals(historyIn(other), []);
  }
  const list = [null, 3, {}, { ...good, figures: { a: { b: "c" } } }, { ...good, ran: 1 }, good];
  const text = page.replace(/\[.*\]/s, () => JSON.stringify(list));
  assertEquals(historyIn(text).map(({ startedMs }) => startedMs), [1]);
});

Deno.test("historyElement() cannot be ended by a name in it", () => {
  const measurements = [{ name: HOSTILE, value: 1, unit: "KB/s" }];
  const run = sampleRun([sampleBoard(HOSTILE, [sampleCheck({ measurements })])]);
  const element = historyElement([remember(digest(run))]);
  assertEquals(element.match(/<\/script/g)?.length, 1);
  assertEquals(historyIn(element).length, 1);
});
