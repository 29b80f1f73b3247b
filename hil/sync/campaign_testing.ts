/**
 * Syncs of random trees to simulated boards, with one fault in each, and what must be so afterwards:
 * every file is the old or the new one, whole; the sync ended; another one, without a fault, makes
 * the board what it should be and leaves nothing else behind.
 */

import assert from "node:assert/strict";
import { Interrupted, IotError } from "@/base/errors.ts";
import { within } from "@/base/deadline.ts";
import type { Device } from "@/device/device.ts";
import type { FilesSettings } from "@/device/files/board_files.ts";
import { openBoardFiles } from "@/device/files/open_board_files.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { applySync } from "@/sync/apply.ts";
import { planSync, type SyncStep } from "@/sync/plan.ts";
import { randomFault } from "./faults_testing.ts";
import { type ConnectOptions, Rig } from "./rig_testing.ts";
import {
  nextTree,
  type Random,
  randomFrom,
  sameBytes,
  type Tree,
  wantedFiles,
} from "./trees_testing.ts";

/** No sync may take longer, whatever happens to it: none of its deadlines is a tenth of it. */
const HANG_MS = 60_000;

/** When somebody gives up: a line with an error in every KB gets ahead, but only slowly. */
const PATIENCE_MS = 15_000;

/** What is waited for while something goes wrong. */
const QUICK = {
  timeouts: {
    attemptMs: 100,
    silentMs: 400,
    enterMs: 800,
    replyMs: 250,
    interruptMs: 30,
    interruptFloodMs: 400,
    resetQuietMs: 20,
  },
  writeTimeoutMs: 300,
  ownProgramMs: 2_000,
  quietMs: 300,
};

/** Takes space away from a board, and is no business of the sync. */
const FILLER = "/.filler";
/** How much of its flash a board has for the trees. */
const FLASH_BYTES = 128 * 1024;

/** A case of the campaign, which follows from the seed and its number. */
interface Case {
  readonly number: number;
  readonly old: Tree;
  readonly next: Tree;
  readonly random: Random;
}

/** What became of the cases: how often by fault and end. */
export type Tally = Map<string, number>;

/** Which cases to try. */
export interface Campaign {
  readonly profile: string;
  readonly seed: number;
  readonly cases: number;
  /** So many boards work at the same time. */
  readonly lanes: number;
  /** Tries this case alone. */
  readonly only?: number | undefined;
}

/**
 * Tries all cases.
 *
 * @throws {AssertionError} with how to repeat it, for the first case that goes wrong in each lane.
 */
export async function runCampaign(campaign: Campaign): Promise<Tally> {
  const tally: Tally = new Map();
  const lanes = Array.from({ length: campaign.lanes }, (_, lane) => runLane(campaign, lane, tally));
  const failures = (await Promise.allSettled(lanes)).flatMap((result) =>
    result.status === "rejected" ? [result.reason] : []
  );
  if (failures.length > 0) throw failures[0];
  return tally;
}

async function runLane(campaign: Campaign, lane: number, tally: Tally): Promise<void> {
  const { profile, seed, only } = campaign;
  let rig: Rig | undefined;
  try {
    for (const attempt of casesOf(campaign, lane)) {
      if (only !== undefined && attempt.number !== only) continue;
      rig ??= await Rig.start({ profile, files: attempt.old, freeBytes: FLASH_BYTES });
      const fault = randomFault(attempt.random);
      try {
        const end = await tryCase(rig, attempt, fault);
        const key = `${fault.name}: ${fault.happened() ? end : "did not happen"}`;
        tally.set(key, (tally.get(key) ?? 0) + 1);
      } catch (cause) {
        throw new Error(
          `${profile}, ${fault.label}: ${(cause as Error).message}\n` +
            `Repeat it with IOT_FUZZ_SEED=${seed} IOT_FUZZ_CASE=${attempt.number}.`,
          { cause },
        );
      }
    }
  } finally {
    await rig?.[Symbol.asyncDispose]();
  }
}

/** The cases of a lane: each begins with the tree that the one before has left. */
function* casesOf({ seed, cases, lanes }: Campaign, lane: number): Generator<Case> {
  let old: Tree = new Map();
  for (let number = lane; number < cases; number += lanes) {
    const random = randomFrom(seed + number);
    const next = nextTree(random, old);
    yield { number, old, next, random };
    old = next;
  }
}

/** One case; returns how its sync ended. */
async function tryCase(
  rig: Rig,
  { old, next }: Case,
  fault: ReturnType<typeof randomFault>,
): Promise<string> {
  if (fault.freeBytes !== undefined) await fill(rig, fault.freeBytes);
  const end = await endOf(syncOver(rig, next, { ...QUICK, faults: fault.line }));
  await rig.settled();
  checkOldOrNew(rig, old, next);
  if (end === "done") checkExactly(rig, next);
  if (fault.freeBytes !== undefined) await empty(rig);

  const steps = await rerun(rig, next);
  await rig.settled();
  checkExactly(rig, next);
  if (end === "done") assert.deepEqual(steps, [], "a sync that was done left something to do");
  return end;
}

/**
 * Another sync, without a fault. A board that was left in the middle of raw paste may answer its
 * first program out of step, which is an error for people: connect again.
 */
async function rerun(rig: Rig, tree: Tree): Promise<SyncStep[]> {
  try {
    return await timely(syncOver(rig, tree));
  } catch (error) {
    if (!(error instanceof ReplError) || error.code !== "protocol") throw error;
    return await timely(syncOver(rig, tree));
  }
}

/** Syncs over a line of its own; what was to be done. */
async function syncOver(
  rig: Rig,
  tree: Tree,
  { quietMs, ...options }: ConnectOptions & FilesSettings = {},
): Promise<SyncStep[]> {
  const patience = new AbortController();
  const { signal } = patience;
  // Another sync, without a fault, has to end by itself.
  const patienceMs = quietMs === undefined ? 2 * HANG_MS : PATIENCE_MS;
  const timer = setTimeout(() => patience.abort(new Interrupted()), patienceMs);
  using _ = { [Symbol.dispose]: () => clearTimeout(timer) };
  await using device = await rig.connect(options);
  const files = openBoardFiles(device, quietMs === undefined ? {} : { quietMs });
  const steps = planSync(
    await files.difference(await wantedFiles(tree), {
      signal,
      roots: ["/"],
      isProtected: (path) => path === FILLER,
    }),
  );
  await applySync(files, steps, { signal });
  return steps;
}

/** How a sync ended: `done`, or what failed. Only errors for people are taken for ends. */
async function endOf(sync: Promise<unknown>): Promise<string> {
  try {
    await timely(sync);
    return "done";
  } catch (error) {
    if (error instanceof Interrupted) return "given up";
    if (error instanceof IotError && "code" in error) return String(error.code);
    throw error;
  }
}

async function timely<T>(work: Promise<T>): Promise<T> {
  if (!await within(HANG_MS, work)) assert.fail(`a sync did not end within ${HANG_MS / 1000} s`);
  return await work;
}

function checkOldOrNew(rig: Rig, old: Tree, next: Tree): void {
  for (const [path, data] of rig.files) {
    if (path === FILLER || path.endsWith(".iot-part")) continue;
    const good = sameBytes(data, old.get(path)) || sameBytes(data, next.get(path));
    assert.ok(good, `${path} is neither the old file nor the new one, it has ${data.length} bytes`);
  }
  for (const path of old.keys()) {
    assert.ok(!next.has(path) || rig.files.has(path), `${path} is gone`);
  }
}

function checkExactly(rig: Rig, tree: Tree): void {
  for (const path of rig.files.keys()) {
    assert.ok(path === FILLER || tree.has(path), `${path} is left on the board`);
  }
  for (const [path, data] of tree) {
    assert.ok(
      sameBytes(rig.files.get(path), data),
      `${path} is ${rig.files.has(path) ? "another" : "missing"} after a sync`,
    );
  }
}

/** Leaves so much space on the flash. */
async function fill(rig: Rig, freeBytes: number): Promise<void> {
  await run(
    rig,
    `import os\ns=os.statvfs("/")\nn=s[3]-${freeBytes}//s[0]\nf=open("${FILLER}","wb")\n` +
      `for _ in range(n):f.write(bytes(s[0]))\nf.close()`,
  );
}

async function empty(rig: Rig): Promise<void> {
  await run(rig, `import os\nos.remove("${FILLER}")`);
  await rig.settled();
}

async function run(rig: Rig, code: string): Promise<void> {
  await using device: Device = await rig.connect();
  await timely(device.evaluate(code));
}
