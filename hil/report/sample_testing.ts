/** A run to make reports of, and text that means harm. */

import type { BoardResult, CheckResult, RunResult } from "../run/result.ts";

/** What a board could say so that a report does something, or is none any more. */
export const HOSTILE = [
  "</script><script>window.harm=1</script>",
  "<img src=x onerror=window.harm=1>",
  "\"'><svg/onload=window.harm=1>",
  "<!-- <![CDATA[ ]]> &amp; &lt; -->",
  "${window.harm=1} `window.harm=1`",
  "\x00\x07\x1b[2J\x1b]0;harm\x07\x7f\x9b\ufffe\uffff\ud800 \u202e\u2066gnp.exe",
  "\r\n\tµ 日本語 👩‍🔬",
].join(" ");

/** A check that passed, but for what is given. */
export function sampleCheck(parts: Partial<CheckResult> = {}): CheckResult {
  return {
    ...{ check: "exec/output", summary: "What a cell prints comes back", verdict: "pass" },
    ...{ attempts: [{ startedMs: 1_795_388_584_000, durationMs: 500, transcript: [] }] },
    ...{ measurements: [], log: [], seed: 7, round: 1 },
    ...parts,
  };
}

/** A check that failed twice, with `message` and a transcript. */
export function sampleFailure(message: string, parts: Partial<CheckResult> = {}): CheckResult {
  const transcript = [
    { atMs: 0, direction: "note", text: "opened serial:///dev/ttyACM0" },
    { atMs: 12, direction: "out", text: `\\x01print(1)${message}` },
    { atMs: 25, direction: "in", text: `OK2\\r\\n\\x04\\x04>${message}` },
  ] as const;
  const attempt = { startedMs: 1_795_388_585_000, durationMs: 812, message, transcript };
  return sampleCheck({ verdict: "fail", message, attempts: [attempt, attempt], ...parts });
}

/** A board with `checks`. */
export function sampleBoard(
  board: string,
  checks: readonly CheckResult[],
  parts: Partial<BoardResult> = {},
): BoardResult {
  return {
    ...{ board, checks, url: "serial:///dev/ttyACM0" },
    identity: {
      ...{ uid: "24:0a:c4:d3:71:d6", platform: "esp32", implementation: "micropython" },
      ...{ version: "1.27.0", machine: "Generic ESP32 module with ESP32" },
    },
    ...parts,
  };
}

/** A run of `boards`. */
export function sampleRun(
  boards: readonly BoardResult[],
  parts: Partial<RunResult> = {},
): RunResult {
  return {
    ...{ version: "0.1.0", bench: "bench.yaml", seed: 7, interrupted: false, boards },
    ...{ startedMs: 1_795_388_583_000, durationMs: 217_000 },
    ...parts,
  };
}

/** One of everything; `text` stands wherever a board, a rig or a file has a say. */
export function everything(text: string): RunResult {
  const identity = {
    ...{ uid: text, platform: text, implementation: text, version: text, machine: text },
  };
  const measurements = [{ name: text, value: 12.5, unit: `${text}/s` }];
  return sampleRun([
    sampleBoard(`one ${text}`, [
      sampleCheck({ measurements, log: [text] }),
      sampleFailure(text, { check: `files/${text}`, summary: text, log: [text], measurements }),
      sampleFailure(text, { check: "exec/64k", verdict: "flaky" }),
      sampleFailure(text, { check: "exec/binary", verdict: "infrastructure" }),
      sampleCheck({ check: "wifi/reconnect", verdict: "skip", message: text, attempts: [] }),
    ], { identity, url: text }),
    sampleBoard("lost", [], { infrastructure: text }),
  ], { bench: `${text}.yaml`, version: text, interrupted: true });
}
