import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { MemorySink } from "@/base/sink.ts";
import { sampleBoard, sampleCheck, sampleFailure } from "../report/sample_testing.ts";
import { LiveProgress } from "./live_progress.ts";

/** Keeps the lines that take each other's place, too. */
class StatusSink extends MemorySink {
  readonly statuses: string[] = [];

  override status(text: string): Promise<void> {
    this.statuses.push(text);
    return Promise.resolve();
  }
}

Deno.test("LiveProgress writes a line for each check that ended, and what is under way", async () => {
  const sink = new StatusSink();
  let now = 0;
  {
    await using progress = new LiveProgress(sink, { boards: ["pico", "gone-1"], now: () => now });
    progress.boardBegins("pico", 3);
    progress.boardBegins("gone-1", 3);
    progress.checkBegins("pico", "exec/output");
    now = 5_200;
    progress.checkEnds("pico", sampleCheck());
    progress.checkBegins("pico", "exec/64k");
    now = 9_700;
    const gone = sampleBoard("gone-1", [], { infrastructure: "Not found." });
    progress.boardEnds(gone);
    progress.checkEnds(
      "pico",
      sampleFailure("\x1b[2Jwrong\nmore", { check: "exec/64k", round: 2 }),
    );
    const reason = { verdict: "skip", message: "no Wi-Fi", attempts: [] } as const;
    progress.checkEnds("pico", sampleCheck({ check: "wifi", ...reason }));
    progress.boardEnds(sampleBoard("pico", []));
  }
  assertEquals(
    sink.stdout,
    [
      "pass   pico    exec/output  0.50 s",
      "rig    gone-1  Not found.",
      "fail   pico    exec/64k (round 2)  1.6 s  \\x1b[2Jwrong",
      "skip   pico    wifi  no Wi-Fi",
      "",
    ].join("\n"),
  );
  assertEquals(sink.statuses, [
    "0 of 6 · pico exec/output",
    "1 of 6 · pico exec/64k",
    "1 of 6, 1 failed · pico exec/64k 4 s",
    "",
  ]);
});
