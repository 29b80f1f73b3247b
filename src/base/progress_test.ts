import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { formatProgress, formatTotal, Progress } from "./progress.ts";
import { MemorySink, type StatusOptions } from "./sink.ts";

class StatusSink extends MemorySink {
  readonly lines: (string | [string, StatusOptions])[] = [];

  override status(text: string, options?: StatusOptions): Promise<void> {
    this.lines.push(options === undefined ? text : [text, options]);
    return Promise.resolve();
  }
}

function setUp() {
  const clock = { ms: 0 };
  const sink = new StatusSink();
  const progress = new Progress(sink, { now: () => clock.ms });
  return { clock, sink, progress };
}

Deno.test("Progress shows nothing of work that is done at once", async () => {
  const { sink, progress } = setUp();
  progress.update({ path: "/a", doneBytes: 1, totalBytes: 2 });
  await progress.end();
  assertEquals(sink.lines, []);
});

Deno.test("Progress shows at most five lines a second, and takes the last one away", async () => {
  const { clock, sink, progress } = setUp();
  for (; clock.ms <= 2_500; clock.ms += 10) {
    progress.update({ path: "/a", doneBytes: clock.ms, totalBytes: 4_000 });
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
  await progress.end();
  assertEquals(sink.lines.length, 11 + 1);
  assertEquals(sink.lines.at(-1), "");
});

Deno.test("Progress.end() leaves the line that it is given", async () => {
  const { sink, progress } = setUp();
  await progress.end("done");
  assertEquals(sink.lines, [["done", { final: true }]]);
});

Deno.test("formatProgress() shows file, bar, part, rate and time left", () => {
  const half = formatProgress({ path: "/lib/x.py", doneBytes: 5_120, totalBytes: 10_240 }, 2_000);
  assertEquals(
    half,
    "/lib/x.py                 ██████████░░░░░░░░░░   50 %    2.5 KB/s  0:02 left",
  );
  const none = formatProgress({ path: "/é".padEnd(60, "x"), doneBytes: 0, totalBytes: 9 }, 100);
  assertEquals(none, `…${"x".repeat(23)}  ░░░░░░░░░░░░░░░░░░░░    0 %   0 bytes/s`);
  const empty = formatProgress({ path: "/e", doneBytes: 0, totalBytes: 0 }, 0);
  assertEquals(empty.includes("100 %"), true);
});

Deno.test("formatTotal() sums up", () => {
  assertEquals(
    formatTotal({ files: 1, bytes: 2_048, elapsedMs: 500 }),
    "1 file, 2.0 KB in 0.5 s, 4.0 KB/s",
  );
});

Deno.test("MemorySink shows only final lines, on standard error", async () => {
  const sink = new MemorySink();
  await sink.status("half");
  await sink.status("done", { final: true });
  assertEquals([sink.stdout, sink.stderr], ["", "done\n"]);
});
