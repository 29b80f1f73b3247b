/** The repository's own rig: every check that applies runs on every kind of board, and passes. */

import assert from "node:assert/strict";
import type { CheckResult, RunResult } from "../run/result.ts";
import { iot, isolated, ROOT, temporaryDirectory } from "./support/product.ts";

/** It takes a minute where nothing else runs. */
const DEADLINE_MS = 10 * 60_000;

/** What boards lack, each with the checks that it spares them. */
const NO_WEBREPL = {
  "the bench names no WebREPL of it (transports)": [
    "webrepl/right-password",
    "webrepl/wrong-password",
  ],
};
const NO_WIFI = { "the bench says of no wifi (has)": ["wifi/reconnect"] };
const NO_PINS = { "its firmware has no machine.Pin": ["gpio/loopback", "gpio/i2c"] };
const NO_WIRES = {
  "no loopback is wired (wiring)": ["gpio/loopback"],
  "no i2c is wired (wiring)": ["gpio/i2c"],
};
const MICROBIT = {
  ...{ ...NO_WEBREPL, ...NO_PINS, ...NO_WIFI },
  "its firmware has no sys.stdout.buffer": ["exec/binary"],
  "its file system has no room for 50000 bytes": ["files/round-trip-50000"],
  "its firmware has no clock that tells the date": ["clock/synctime"],
};

/** Everything that is skipped on each board of the bench, and why. */
const SKIPS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "sim-esp": { ...NO_WEBREPL, ...NO_WIRES, ...NO_WIFI },
  "sim-pico": { ...NO_WEBREPL, ...NO_WIRES, ...NO_WIFI },
  circuitpython: {
    ...{ ...NO_WEBREPL, ...NO_PINS, ...NO_WIFI },
    "its file system is read-only to code while USB has it": [
      ...[0, 1, 63, 64, 65, 255, 256, 257, 4096, 50000].map((size) => `files/round-trip-${size}`),
      ...["sync/twice", "sync/cut", "throughput/files"],
    ],
  },
  micro: MICROBIT,
  "micro-far": MICROBIT,
  webrepl: { ...NO_WIRES, ...NO_WIFI },
};

/** A result in a line, for the test's own message. */
const line = (board: string, { check, verdict, message = "" }: CheckResult) =>
  `${verdict} ${board} ${check}: ${message}`;

Deno.test("iot hil-test passes on the repository's own rig, and skips what boards lack", async () => {
  await using folder = await temporaryDirectory();
  const [junit, html, json] = ["xml", "html", "json"].map((kind) => `${folder.path}/r.${kind}`);
  const { code, stdout, stderr } = await iot(
    [
      ...["hil-test", "--bench", "hil/benches/ci.yaml", "--parallel"],
      ...["--junit", junit, "--html", html, "--json", json],
    ],
    { env: isolated(folder.path), cwd: ROOT, timeoutMs: DEADLINE_MS },
  );
  const run: RunResult = JSON.parse(await Deno.readTextFile(json));
  const results = run.boards.flatMap(({ board, checks }) =>
    checks.map((result) => ({ board, result }))
  );
  const odd = results.filter(({ result: { verdict } }) => verdict !== "pass" && verdict !== "skip");
  const said = odd.map(({ board, result }) => line(board, result)).join("\n");
  assert.equal(code, 0, `${said}\n${stdout.slice(-3000)}\n${stderr}`);

  assert.deepEqual(run.boards.map(({ board }) => board), Object.keys(SKIPS));
  const [first] = run.boards;
  for (const { board, checks } of run.boards) {
    const names = checks.map(({ check }) => check);
    assert.deepEqual(names, first.checks.map(({ check }) => check), "all checks, on every board");
    const skipped = Object.fromEntries(
      checks.filter(({ verdict }) => verdict === "skip").map(({ check, message }) => [
        check,
        message,
      ]),
    );
    const expected = Object.fromEntries(
      Object.entries(SKIPS[board]).flatMap(([reason, names]) =>
        names.map((name) => [name, reason])
      ),
    );
    assert.deepEqual(skipped, expected, `what ${board} skips\n${said}`);
  }

  const cases = (await Deno.readTextFile(junit)).match(/<testcase /g) ?? [];
  assert.equal(cases.length, results.length);
  assert.match(await Deno.readTextFile(html), /^<!doctype html>/i);
});
