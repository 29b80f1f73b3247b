/** One board's part of a run: its checks in order, from taking it to giving it back. */

import type picomatch from "picomatch";
import { IotError } from "@/base/errors.ts";
import type { Product } from "@/cli/main.ts";
import type { Environment } from "@/config/environment.ts";
import type { BoardFacts, Check } from "../checks/check.ts";
import type { BoardSpec } from "../rig/bench.ts";
import type { Mount, MountBoard } from "../rig/mount.ts";
import { readFacts } from "./facts.ts";
import type { Progress } from "./progress.ts";
import type { BoardResult, CheckResult } from "./result.ts";
import { runCheck } from "./run_check.ts";

/** One check, to be run in one round. */
export interface Turn {
  readonly check: Check;
  /** From 1. */
  readonly round: number;
}

/** What a board's part is run with. */
export interface RunBoardOptions {
  readonly mountBoard: MountBoard;
  readonly product: Product;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly redact: (text: string) => string;
  readonly match: typeof picomatch;
  /** Of all that is random; each check's follows from it. */
  readonly seed: number;
  /** Whether nothing more is run when a check fails. */
  readonly untilFail: boolean;
  /** Whether power is cut before the first check, where it can be. */
  readonly powerCycle: boolean;
}

/**
 * Runs checks on a board. Whatever happens to it is in the result, and so is what was done when
 * somebody interrupted.
 */
export async function runBoard(
  spec: BoardSpec,
  turns: readonly Turn[],
  options: RunBoardOptions,
): Promise<BoardResult> {
  const { progress, redact, signal } = options;
  const checks: CheckResult[] = [];
  let known: Pick<BoardResult, "url" | "identity"> = {};
  let infrastructure: string | undefined;
  progress.boardBegins(spec.name, turns.length);
  try {
    await using mount = await options.mountBoard(spec, {
      signal,
      onWait: (reason) => progress.boardWaits(spec.name, reason),
    });
    known = { url: mount.url };
    if (options.powerCycle) await mount.powerCycle?.({ signal });
    const facts = await readFacts(mount, options);
    known = { url: mount.url, identity: facts.identity };
    infrastructure = await runTurns(turns, { ...options, mount, facts, checks });
  } catch (error) {
    if (!signal.aborted) infrastructure = redact(explain(error));
  }
  if (infrastructure !== undefined) {
    for (const turn of turns.slice(checks.length)) {
      const result = unrun(turn, { verdict: "infrastructure", message: infrastructure });
      checks.push(result);
      progress.checkEnds(spec.name, result);
    }
  }
  const result = {
    board: spec.name,
    ...known,
    checks,
    ...(infrastructure !== undefined && { infrastructure }),
  };
  progress.boardEnds(result);
  return result;
}

/** Runs turn after turn; why the board was lost, where it was. */
async function runTurns(
  turns: readonly Turn[],
  options: RunBoardOptions & {
    readonly mount: Mount;
    readonly facts: BoardFacts;
    readonly checks: CheckResult[];
  },
): Promise<string | undefined> {
  const { facts, checks, progress, signal, untilFail, match } = options;
  const { name, quirks } = facts.spec;
  for (const turn of turns) {
    signal.throwIfAborted();
    const { check, round } = turn;
    const reason = knownQuirk(check, { quirks, match }) ?? unmetNeed(check, facts) ??
      failedBefore(check, checks, round);
    if (reason !== undefined) {
      const result = unrun(turn, { verdict: "skip", message: reason });
      checks.push(result);
      progress.checkEnds(name, result);
      continue;
    }
    progress.checkBegins(name, check.name);
    const seed = seedOf(options.seed, turn);
    const { result, lost } = await runCheck(check, { ...options, seed, round });
    checks.push(result);
    progress.checkEnds(name, result);
    if (lost !== undefined) return lost;
    if (untilFail && result.verdict === "fail") return undefined;
  }
}

function knownQuirk(
  { name }: Check,
  { quirks, match }: { quirks: BoardSpec["quirks"]; match: typeof picomatch },
): string | undefined {
  const [glob] = Object.keys(quirks).filter((glob) => match(glob)(name));
  return glob === undefined ? undefined : `known quirk: ${quirks[glob]}`;
}

function unmetNeed({ needs = [] }: Check, facts: BoardFacts): string | undefined {
  for (const need of needs) {
    const reason = need(facts);
    if (reason !== undefined) return reason;
  }
}

/** A check that was not run says nothing; only failures stop those that build on it. */
function failedBefore(
  { after = [] }: Check,
  checks: readonly CheckResult[],
  round: number,
): string | undefined {
  const failed = checks.find((result) =>
    result.round === round && after.includes(result.check) &&
    (result.verdict === "fail" || result.message?.startsWith(BUILDS_ON))
  );
  return failed && `${BUILDS_ON} ${failed.check}, which failed`;
}

const BUILDS_ON = "builds on";

function unrun(
  { check, round }: Turn,
  { verdict, message }: { verdict: CheckResult["verdict"]; message: string },
): CheckResult {
  const { name, summary } = check;
  return {
    ...{ check: name, summary, verdict, message, round },
    ...{ attempts: [], measurements: [], log: [], seed: 0 },
  };
}

/**
 * The seed of a round: another one each, and the first's is the run's own, so that a run of one
 * check with the seed that its failure names does the same again.
 */
function seedOf(seed: number, { round }: Turn): number {
  return (seed + Math.imul(round - 1, 0x9e37_79b1)) >>> 0; // 2^32 / golden ratio: spreads well
}

function explain(error: unknown): string {
  if (error instanceof IotError) return error.message;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something is wrong with iot itself: ${reason}`;
}
