/** A rig that fails: the cause is told in time, the other boards finish, and nothing stays unusable. */

import assert from "node:assert/strict";
import { Device } from "@/device/device.ts";
import { parseAddress } from "@/transport/address.ts";
import { openTcp } from "@/transport/tcp.ts";
import { capture } from "../../scripts/run.ts";
import { LineProcess } from "../acceptance/support/lines.ts";
import { isolated, ROOT, temporaryDirectory } from "../acceptance/support/product.ts";
import { startBoards } from "../../mocks/sim.ts";
import type { BoardResult, RunResult, Verdict } from "./result.ts";

/** Each run here takes a quarter of a minute at most on an idle machine. */
const DEADLINE_MS = 150_000;

/** The command line of `iot hil-test` from its sources. */
const HIL_TEST = ["run", "-A", "--no-check", `${ROOT}main.ts`, "hil-test"];

/** How `iot hil-test` is called. */
interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined where there is no report. */
  readonly result: RunResult | undefined;
}

/** A folder with a bench, and its runs. */
function withBench(
  boards: readonly string[],
  test: (
    run: (options?: RunOptions) => Promise<Ran>,
    bench: { readonly path: string; readonly folder: string },
  ) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using folder = await temporaryDirectory();
    const path = `${folder.path}/bench.yaml`;
    await Deno.writeTextFile(path, `boards:\n${boards.map((line) => `  ${line}\n`).join("")}`);
    const run = async ({ args = [], env = {} }: RunOptions = {}): Promise<Ran> => {
      const json = `${folder.path}/report.json`;
      const ran = await capture(Deno.execPath(), {
        args: [...HIL_TEST, "--bench", path, "--json", json, ...args],
        env: { ...isolated(folder.path), ...env },
        cwd: ROOT,
        timeoutMs: DEADLINE_MS,
      });
      const report = await Deno.readTextFile(json).catch(() => undefined);
      return { ...ran, result: report === undefined ? undefined : JSON.parse(report) };
    };
    await test(run, { path, folder: folder.path });
  };
}

function board({ result, stdout, stderr }: Ran, name: string): BoardResult {
  const found = result?.boards.find(({ board }) => board === name);
  assert.ok(found, `no result of ${name}:\n${stdout}${stderr}`);
  return found;
}

const verdicts = ({ checks }: BoardResult): Verdict[] => [
  ...new Set(checks.map(({ verdict }) => verdict)),
];

/** Boards on which nothing can be checked, and what must be said of each. */
const LOST: readonly (readonly [name: string, line: string, cause: RegExp])[] = [
  [
    "hung",
    "hung: { sim: pico, faults: [mute], timeouts: { boot: 1 } }",
    /Nothing answers at serial:/,
  ],
  [
    "deaf",
    "deaf: { sim: pico, faults: [deaf], timeouts: { boot: 1 } }",
    /does not stop what it does: Ctrl-C and Ctrl-A were sent/,
  ],
  ["wrong", 'wrong: { uid: "01:02:03" }', /^The board "wrong" is not there: .*01:02:03/],
  ["away", "away: { url: tcp://127.0.0.1:1, timeouts: { boot: 1 } }", /Cannot open tcp:.*listens/],
];

Deno.test(
  "hil-test: boards that hang, are away or are others are the rig's failures; the rest is checked",
  withBench(
    ["well: { sim: pico }", ...LOST.map(([, line]) => line)],
    async (run) => {
      const ran = await run({ args: ["--parallel", "--check", "exec"] });
      assert.equal(ran.code, 1, ran.stdout + ran.stderr);
      assert.deepEqual(verdicts(board(ran, "well")), ["pass"]);
      for (const [name, , cause] of LOST) {
        const lost = board(ran, name);
        assert.deepEqual(verdicts(lost), ["infrastructure"], name);
        assert.match(lost.infrastructure ?? "", cause);
        assert.equal(lost.checks.length, board(ran, "well").checks.length, "each check says so");
      }
    },
  ),
);

Deno.test(
  "hil-test: a board that is unplugged fails its check with the cause, and the others finish",
  // Unplugged after so many bytes of each life: enough to be met, and not enough for 64 KB.
  withBench(["well: { sim: pico }", "cut: { sim: pico, faults: [cut=20000] }"], async (run) => {
    const ran = await run({ args: ["--parallel", "--check", "exec"] });
    assert.equal(ran.code, 1, ran.stdout + ran.stderr);
    assert.deepEqual(verdicts(board(ran, "well")), ["pass"]);
    const failed = board(ran, "cut").checks.find(({ check }) => check === "exec/64k");
    assert.equal(failed?.verdict, "fail");
    assert.match(failed?.message ?? "", /went away: the board was unplugged or has reset/);
    assert.ok(failed?.attempts.every(({ transcript }) => transcript.length > 0), "no transcript");
    const next = board(ran, "cut").checks.find(({ check }) => check === "exec/binary");
    assert.equal(next?.verdict, "pass", "power did not bring it back");
  }),
);

Deno.test("hil-test: a board that another run holds is not touched", async () => {
  await using simulation = await startBoards({ names: ["shared"], tcp: 0 });
  const [{ addresses: [url] }] = simulation.boards;
  await withBench([`shared: { url: "${url}" }`, "well: { sim: pico }"], async (run, bench) => {
    const args = [...HIL_TEST, "--bench", bench.path, "--board", "shared", "--repeat", "100000"];
    const env = isolated(bench.folder);
    await using other = new LineProcess(Deno.execPath(), args, env);
    assert.match(await other.line(), /^pass +shared/);
    const ran = await run({ args: ["--parallel", "--check", "exec/output"] });
    assert.equal(ran.code, 1, ran.stdout + ran.stderr);
    assert.deepEqual(verdicts(board(ran, "well")), ["pass"]);
    const shared = board(ran, "shared");
    assert.deepEqual(verdicts(shared), ["infrastructure"]);
    assert.equal(
      shared.infrastructure,
      `Another run has the board "shared": process ${other.pid}.`,
    );
  })();
});

Deno.test("hil-test: Ctrl-C gives the board back usable, and reports what was done", async () => {
  await using simulation = await startBoards({ names: ["kept"], tcp: 0 });
  const [{ addresses: [url] }] = simulation.boards;
  await withBench([`kept: { url: "${url}" }`], async (_run, { path, folder }) => {
    const [json, junit] = [`${folder}/r.json`, `${folder}/r.xml`];
    const args = [...HIL_TEST, "--bench", path, "--repeat", "100000"];
    const reports = ["--json", json, "--junit", junit];
    await using run = new LineProcess(Deno.execPath(), [...args, ...reports], isolated(folder));
    assert.match(await run.line(), /^pass +kept/);
    run.kill("SIGINT");
    assert.equal(await run.ended(), 130);
    const result: RunResult = JSON.parse(await Deno.readTextFile(json));
    assert.equal(result.interrupted, true);
    assert.equal(result.boards[0].checks[0].verdict, "pass");
    assert.match(await Deno.readTextFile(junit), /<testcase[^>]* classname="kept/);
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const device = await Device.attach(await openTcp(parseAddress(url), { signal }), { signal });
    assert.equal(await device.evaluate("print(6 * 7)", { signal }), "42\n");
    await device.close();
  })();
});

/** What is done, and the exit code. */
const EXITS:
  readonly (readonly [what: string, args: readonly string[], code: number, said: RegExp])[] = [
    ["a check passes", ["--check", "exec/output"], 0, /1 passed/],
    ["all is skipped", ["--check", "wifi"], 1, /No check was run/],
    ["there is no such check", ["--check", "exce/output"], 2, /Did you mean exec\/output/],
    ["there is no such board", ["--board", "wel"], 2, /There is no board "wel"/],
    ["the shard is none", ["--shard", "3/2"], 2, /"3\/2" is no shard/],
    ["there is no such bench", ["--bench", "/nowhere.yaml"], 2, /no bench file "\/nowhere\.yaml"/],
  ];

Deno.test(
  "hil-test: exit codes",
  withBench(["well: { sim: pico }"], async (run) => {
    for (const [what, args, code, said] of EXITS) {
      const ran = await run({ args });
      assert.equal(ran.code, code, `${what}:\n${ran.stdout}${ran.stderr}`);
      assert.match(ran.stdout + ran.stderr, said);
    }
  }),
);

Deno.test(
  "hil-test: a bench that is wrong is so by line and column",
  withBench(["well: { sim: pico, wirings: {} }"], async (run) => {
    const { code, stderr } = await run();
    assert.equal(code, 2);
    assert.match(stderr, /bench\.yaml:2:22: unknown key "wirings"/);
  }),
);
