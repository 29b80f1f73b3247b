/**
 * Checks everything: `deno task test` sets up what the tests need first; `deno task ok` takes it as
 * done and stops at the first thing that is wrong.
 *
 * Format, lint with the project's own rules, types, the executable, and every test, those of the
 * product as a user has it among them. The last line is the count: `N passed, N failed`. A step
 * that fails counts as one failed test.
 */

import { compile } from "./compile.ts";
import { RunError } from "./run.ts";
import { setup, SetupError } from "./setup.ts";
import { closingLine, countBrokenFiles, countReport, type Totals } from "./totals.ts";

/** The whole must be done by then: CI gives it an hour. */
const DEADLINE_MS = 52 * 60_000;

/** A test that takes longer hangs. Deno says so itself, and goes on waiting. */
const STALL_MS = 5 * 60_000;
const STILL_RUNNING = "has been running for over";

const ROOT = import.meta.dirname!.replace(/\/scripts$/, "");

const deadline = AbortSignal.timeout(DEADLINE_MS);

/** One step. It returns the tests that it counted, if it runs any. */
interface Step {
  readonly name: string;
  run(): Promise<Totals | void>;
  /** Whether nothing after it makes sense when it fails. */
  readonly vital?: boolean;
}

const SETUP: Step = { name: "set-up", run: () => setup(ROOT), vital: true };

const CHECKS: readonly Step[] = [
  { name: "format", run: () => deno(["fmt", "--check"]) },
  { name: "lint", run: () => deno(["lint"]) },
  { name: "types", run: () => deno(["check", "-q"]) },
  { name: "executable", run: async () => void await compile({ root: ROOT }), vital: true },
  { name: "tests", run: runTests },
];

/** Runs a subcommand of Deno; its output goes where ours goes. */
async function deno(args: string[]): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    signal: deadline,
  }).spawn().status;
  if (code !== 0) throw new RunError(`deno ${args.join(" ")} ended with exit code ${code}.`);
}

async function runTests(): Promise<Totals> {
  const folder = await Deno.makeTempDir({ prefix: "iot-test-" });
  try {
    const report = `${folder}/junit.xml`;
    const stalled = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", `--junit-path=${report}`],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
      signal: AbortSignal.any([deadline, stalled.signal]),
      env: Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {},
    }).spawn();
    let output = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      await writeAll(chunk);
      const text = decoder.decode(chunk, { stream: true });
      output += text;
      if (timer !== undefined && text.includes(STILL_RUNNING)) continue;
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), STALL_MS);
    }
    clearTimeout(timer);
    if (stalled.signal.aborted) {
      console.error(`No test ended within ${STALL_MS / 60_000} minutes: stopped.`);
    }
    const { code } = await child.status;
    const { passed, failed, skipped } = countReport(await readReport(report));
    const broken = countBrokenFiles(output);
    // Whatever made `deno test` fail without a trace in either counts as well.
    const unseen = code !== 0 && failed + broken === 0 ? 1 : 0;
    return { passed, failed: failed + broken + unseen, skipped };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The report; empty where the tests could not even be loaded. */
async function readReport(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function writeAll(chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += await Deno.stdout.write(chunk.subarray(done));
}

/** Runs the steps and adds up their tests. */
async function runSteps(steps: readonly Step[], options: { keepGoing: boolean }): Promise<Totals> {
  let totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run, vital } of steps) {
    console.log(`\n--- ${name}`);
    let counted: Totals = { passed: 0, failed: 0, skipped: 0 };
    try {
      counted = await run() ?? counted;
    } catch (error) {
      if (!(error instanceof RunError || error instanceof SetupError)) console.error(error);
      else console.error(error.message);
      counted = { passed: 0, failed: 1, skipped: 0 };
    }
    totals = {
      passed: totals.passed + counted.passed,
      failed: totals.failed + counted.failed,
      skipped: totals.skipped + counted.skipped,
    };
    if (deadline.aborted) console.error(`Not done after ${DEADLINE_MS / 60_000} minutes: stopped.`);
    if (counted.failed > 0 && (deadline.aborted || vital || !options.keepGoing)) break;
  }
  return totals;
}

// `deno test` takes a file named test.ts, or one that runs at once, for a test: neither is this.
if (import.meta.main) {
  const ready = Deno.args.includes("--ready");
  const totals = await runSteps(ready ? CHECKS : [SETUP, ...CHECKS], { keepGoing: !ready });
  console.log(`\n${closingLine(totals)}`);
  Deno.exit(totals.failed > 0 ? 1 : 0);
}
