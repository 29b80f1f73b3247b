/** One board's part of a run: its checks in order, from taking it to giving it back. */

import type picomatch from "picomatch";
import { withDeadline } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Product } from "@/cli/main.ts";
import type { Environment } from "@/config/environment.ts";
import type { BoardFacts, Check } from "../checks/check.ts";
import { CheckFailure } from "../checks/expect.ts";
import type { BoardSpec } from "../rig/bench.ts";
import type { Mount, MountBoard } from "../rig/mount.ts";
import { readFacts } from "./facts.ts";
import type { Progress } from "./progress.ts";
import type { BoardResult, CheckResult } from "./result.ts";
import { runCheck } from "./run_check.ts";
import { type FindSecrets, Transcript } from "./transcript.ts";
import { Workbench, type WorkbenchOptions } from "./workbench.ts";

/** How long a board may take to come back to its prompt after an interrupt, in milliseconds. */
const LEAVE_MS = 20_000;

/** One check, to be run in one round. */
interface Turn {
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
  /** Where secrets stand among bytes on the wire. */
  readonly findSecrets?: FindSecrets;
  readonly match: typeof picomatch;
  /** Of all that is random; each check's follows from it. */
  readonly seed: number;
  /** How often all checks are run; Infinity until somebody stops it, once where nothing is said. */
  readonly rounds?: number;
  /** Whether nothing more is to be begun, though nobody interrupts. */
  readonly isOver?: () => boolean;
  /** Is told when a check failed, or the rig did. */
  readonly onFailure?: () => void;
  /** Whether power is cut before the first check, where it can be. */
  readonly powerCycle: boolean;
}

/**
 * Runs checks on a board, in the order given. Whatever happens to it is in the result, and so is
 * what was done when somebody interrupted.
 */
export async function runBoard(
  spec: BoardSpec,
  checks: readonly Check[],
  options: RunBoardOptions,
): Promise<BoardResult> {
  const { progress, redact, signal, rounds = 1 } = options;
  const record = new BoardRecord(spec.name, options);
  let known: Pick<BoardResult, "url" | "identity"> = {};
  let infrastructure: string | undefined;
  progress.boardBegins(spec.name, checks.length * rounds);
  try {
    await using mount = await options.mountBoard(spec, {
      signal,
      onWait: (reason) => progress.boardWaits(spec.name, reason),
    });
    known = { url: mount.url };
    if (options.powerCycle) await mount.powerCycle?.({ signal });
    const facts = await readFacts(mount, options);
    known = { url: mount.url, identity: facts.identity };
    try {
      infrastructure = await runRounds(checks, { ...options, mount, facts, record });
    } finally {
      if (signal.aborted) await leaveUsable({ ...options, mount, facts });
    }
  } catch (error) {
    if (!signal.aborted) infrastructure = redact(explain(error));
  }
  if (infrastructure !== undefined) {
    // Of a round that was begun, what could not be run any more; of later ones, nothing.
    const round = Math.max(1, record.round);
    const begun = record.results.filter((result) => result.round === round).length;
    const message = infrastructure;
    for (const check of checks.slice(begun)) {
      record.add(unrun({ check, round }, { verdict: "infrastructure", message }));
    }
    options.onFailure?.();
  }
  const result = {
    board: spec.name,
    ...known,
    checks: record.results,
    ...(infrastructure !== undefined && { infrastructure }),
  };
  progress.boardEnds(result);
  return result;
}

/** The results of a board so far. */
class BoardRecord {
  readonly results: CheckResult[] = [];
  /** The round of the last one; 0 before the first. */
  round = 0;
  /** What this round's checks cannot build on: by name, the check that failed. */
  readonly failed = new Map<string, string>();
  readonly #board: string;
  readonly #options: Pick<RunBoardOptions, "progress" | "onFailure">;

  constructor(board: string, options: Pick<RunBoardOptions, "progress" | "onFailure">) {
    this.#board = board;
    this.#options = options;
  }

  beginRound(round: number): void {
    this.round = round;
    this.failed.clear();
  }

  add(result: CheckResult): void {
    this.results.push(result);
    const { verdict, check } = result;
    if (verdict === "fail") this.failed.set(check, check);
    if (verdict === "fail" || verdict === "infrastructure") this.#options.onFailure?.();
    this.#options.progress.checkEnds(this.#board, result);
  }
}

/** What rounds of checks are run with. */
interface RoundOptions extends RunBoardOptions {
  readonly mount: Mount;
  readonly facts: BoardFacts;
  readonly record: BoardRecord;
}

/** Runs round after round; why the board was lost, where it was. */
async function runRounds(
  checks: readonly Check[],
  options: RoundOptions,
): Promise<string | undefined> {
  const { rounds = 1, isOver = () => false, record, signal } = options;
  for (let round = 1; round <= rounds; round++) {
    record.beginRound(round);
    let hasRun = false;
    for (const check of checks) {
      signal.throwIfAborted();
      if (isOver()) return undefined;
      const turn = { check, round };
      const reason = reasonToSkip(check, options);
      if (reason !== undefined) {
        record.add(unrun(turn, { verdict: "skip", message: reason }));
        continue;
      }
      const lost = await runTurn(turn, options);
      if (lost !== undefined) return lost;
      hasRun = true;
    }
    // Where all is skipped, another round would be the same.
    if (!hasRun) return undefined;
  }
}

async function runTurn(turn: Turn, options: RoundOptions): Promise<string | undefined> {
  const { facts, progress, record } = options;
  progress.checkBegins(facts.spec.name, turn.check.name);
  const seed = seedOf(options.seed, turn);
  const { result, lost } = await runCheck(turn.check, { ...options, seed, round: turn.round });
  record.add(result);
  return lost;
}

function reasonToSkip(check: Check, { facts, match, record }: RoundOptions): string | undefined {
  const { quirks } = facts.spec;
  return knownQuirk(check, { quirks, match }) ?? unmetNeed(check, facts) ??
    failedBefore(check, record);
}

/** Has the board at its prompt, whatever the interrupted check did; as far as it can be had. */
async function leaveUsable(
  options:
    & Omit<WorkbenchOptions, "transcript" | "signal">
    & Pick<RunBoardOptions, "redact" | "findSecrets">,
): Promise<void> {
  try {
    await withDeadline(LEAVE_MS, async (signal) => {
      const transcript = new Transcript(options);
      await using bench = await Workbench.open({ ...options, transcript, signal });
      await bench.settle();
    }, { error: () => new CheckFailure("The board did not come back to its prompt.") });
  } catch (error) {
    if (!(error instanceof IotError)) throw error;
    // Who interrupts has been told so; the next run's health check says what is wrong with it.
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
function failedBefore({ name, after = [] }: Check, { failed }: BoardRecord): string | undefined {
  const cause = after.map((before) => failed.get(before)).find((cause) => cause !== undefined);
  if (cause === undefined) return undefined;
  failed.set(name, cause);
  return `builds on ${cause}, which failed`;
}

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
  // What happened, and what happened as the board was given back.
  if (error instanceof SuppressedError) {
    return `${explain(error.suppressed)} Then: ${explain(error.error)}`;
  }
  if (error instanceof IotError) return error.message;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something is wrong with iot itself: ${reason}`;
}
