/** One check on one board: its attempts, its deadline, its verdict. */

import { abortable, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Check } from "../checks/check.ts";
import { CheckFailure, Skipped } from "../checks/expect.ts";
import { RigError } from "../rig/rig_error.ts";
import { checkHealth, recover } from "./health.ts";
import type { Attempt, CheckResult, Measurement } from "./result.ts";
import { type FindSecrets, Transcript } from "./transcript.ts";
import { Workbench, type WorkbenchOptions } from "./workbench.ts";

/** How long a check may take where it says nothing, in milliseconds. */
const CHECK_MS = 60_000;

/** How long a check may take to end when it is told to; then it is left behind. */
const STOP_MS = 15_000;

/** A failing check is tried so often: one that passes then is flaky, and said to be. */
const ATTEMPTS = 2;

/** What a check is run with. */
export interface RunCheckOptions extends Omit<WorkbenchOptions, "transcript" | "signal" | "seed"> {
  /** Somebody interrupts the run. */
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
  readonly findSecrets?: FindSecrets;
  readonly round: number;
  readonly seed: number;
  /** How long a check may take to end when it is told to, instead of the usual. */
  readonly stopMs?: number;
}

/** A check's result, and whether the board can be used for the next one. */
export interface CheckRun {
  readonly result: CheckResult;
  /** Why the board is of no use any more. */
  readonly lost?: string;
}

/**
 * Runs a check. The board answers before it, or is brought back; afterwards likewise.
 *
 * @throws the signal's reason when somebody interrupts.
 */
export async function runCheck(check: Check, options: RunCheckOptions): Promise<CheckRun> {
  const attempts: Attempt[] = [];
  const measurements: Measurement[] = [];
  const log: string[] = [];
  const { round, seed } = options;
  const result = (verdict: CheckResult["verdict"], message?: string): CheckResult => ({
    check: check.name,
    summary: check.summary,
    verdict,
    ...(message !== undefined && { message }),
    ...{ attempts, measurements, log, seed, round },
  });
  for (let number = 1;; number++) {
    const tried = await attempt(check, options);
    attempts.push(tried.attempt);
    log.push(...tried.log);
    measurements.splice(0, Infinity, ...tried.measurements);
    if (tried.skipped !== undefined) return { result: result("skip", tried.skipped) };
    if (tried.lost !== undefined) {
      const { message = tried.lost } = tried.attempt;
      const verdict = tried.began && !tried.isRig ? "fail" : "infrastructure";
      return { result: result(verdict, message), lost: tried.lost };
    }
    if (tried.attempt.message === undefined) {
      const [first] = attempts;
      if (number === 1) return { result: result("pass") };
      return { result: result("flaky", `Passed when it was tried again. ${first.message}`) };
    }
    if (tried.isRig) return { result: result("infrastructure", tried.attempt.message) };
    if (number === ATTEMPTS) return { result: result("fail", tried.attempt.message) };
  }
}

interface Tried {
  readonly attempt: Attempt;
  /** Whether the check itself began. */
  readonly began: boolean;
  /** Whether it is the rig's failure. */
  readonly isRig: boolean;
  readonly lost?: string;
  /** Why the check found that it cannot be done here. */
  readonly skipped?: string;
  readonly log: readonly string[];
  readonly measurements: readonly Measurement[];
}

async function attempt(check: Check, options: RunCheckOptions): Promise<Tried> {
  const startedMs = Date.now();
  const start = performance.now();
  const transcript = new Transcript(options);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const bench = await Workbench.open({ ...options, transcript, signal });
  let began = false;
  let isRig = false;
  let lost: string | undefined;
  let skipped: string | undefined;
  let message: string | undefined;
  const say = (error: unknown) => {
    options.signal.throwIfAborted();
    if (error instanceof Skipped) return void (skipped = error.message);
    isRig ||= error instanceof RigError;
    message = message === undefined ? explain(error) : `${message} Then: ${explain(error)}`;
  };
  try {
    lost = await makeHealthy(bench, transcript);
    if (lost === undefined) {
      began = true;
      await runWithin(check, { bench, stop, stopMs: options.stopMs }).catch(say);
      // A check that did not stop has what it holds closed under it.
      await bench.release().catch(say);
      lost = await healthAfter(options, { transcript, say });
    }
  } finally {
    await bench[Symbol.asyncDispose]();
  }
  message ??= lost;
  const chunks = message === undefined ? [] : transcript.chunks();
  const durationMs = Math.round(performance.now() - start);
  return {
    attempt: {
      ...{ startedMs, durationMs, transcript: chunks },
      ...(message !== undefined && { message: options.redact(message) }),
    },
    ...{ began, isRig, log: bench.logged, measurements: bench.measured },
    ...(lost !== undefined && { lost: options.redact(lost) }),
    ...(skipped !== undefined && { skipped }),
  };
}

/**
 * Runs a check to its end, or to the end of its time. One that does not stop when it is told to,
 * also by an interrupt, is left behind: its workbench gives it nothing any more.
 */
async function runWithin(
  check: Check,
  { bench, stop, stopMs = STOP_MS }: {
    readonly bench: Workbench;
    readonly stop: AbortController;
    readonly stopMs?: number | undefined;
  },
): Promise<void> {
  const ms = Math.max(check.timeoutMs ?? CHECK_MS, bench.facts.spec.timeouts.checkMs ?? 0);
  const running = check.run(bench);
  const isInTime = await abortable(within(ms, running), bench.signal).catch(() => false);
  if (isInTime) return await running;
  const failure = new CheckFailure(`It was not done after ${ms / 1000} s.`);
  stop.abort(failure);
  if (!await within(stopMs, running)) {
    running.catch(() => {}); // nobody waits for it any more
    throw new CheckFailure(`${failure.message} It did not stop when told to, either.`);
  }
  // Where it stood when its time was over says more than that it was over.
  await running.catch((error) => {
    if (error === failure || !(error instanceof IotError)) throw failure;
    throw new CheckFailure(`${failure.message} ${error.message}`, { cause: error });
  });
  throw failure;
}

/** Brings a board back that does not answer; why it is lost, where that does not help. */
async function makeHealthy(bench: Workbench, transcript: Transcript): Promise<string | undefined> {
  try {
    await checkHealth(bench);
    return undefined;
  } catch (error) {
    bench.signal.throwIfAborted();
    transcript.note(explain(error));
  }
  try {
    transcript.note(`brought back by ${await recover(bench)}`);
    return undefined;
  } catch (error) {
    bench.signal.throwIfAborted();
    return explain(error);
  }
}

/** A check that leaves a board unusable has not passed, whatever it says itself. */
async function healthAfter(
  options: RunCheckOptions,
  { transcript, say }: { transcript: Transcript; say(error: unknown): void },
): Promise<string | undefined> {
  await using bench = await Workbench.open({ ...options, transcript });
  try {
    await checkHealth(bench);
    return undefined;
  } catch (error) {
    say(new CheckFailure(`Afterwards the board did not answer: ${explain(error)}`));
  }
  return await makeHealthy(bench, transcript);
}

function explain(error: unknown): string {
  if (error instanceof IotError) return error.message;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something is wrong with the check itself: ${reason}`;
}
