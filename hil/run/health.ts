/** Whether a board answers, and what is tried when it does not. */

import { withDeadline } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { hardReset } from "@/device/hard_reset.ts";
import { CheckFailure, expectSame } from "../checks/expect.ts";
import type { Workbench } from "./workbench.ts";

/** A program that every board runs, with an answer that no echo and no chance gives. */
const PROBE = "print(6 * 7 * 1001)";
const ANSWER = "42042";

/**
 * How long it is tried to connect, in milliseconds: a server of one client may still be busy with the
 * end of the connection before.
 */
const CONNECT_MS = 2_000;

/** How long a board may take to answer, in milliseconds: it is idle, and the program is small. */
const ANSWER_MS = 20_000;

/** How long something that may bring it back may take, besides the board's own start. */
const REMEDY_MS = 30_000;

/**
 * Connects anew and runs a line.
 *
 * @throws {IotError} saying how it does not answer.
 */
export async function checkHealth(bench: Workbench): Promise<void> {
  await bench.settle(CONNECT_MS);
  const device = await bench.device();
  const answer = await withDeadline(
    ANSWER_MS,
    (signal) => device.evaluate(PROBE, { signal }),
    {
      signal: bench.signal,
      error: () => new CheckFailure(`${PROBE} was not answered after ${ANSWER_MS / 1000} s.`),
    },
  );
  expectSame(answer.trim(), ANSWER, PROBE);
  await bench.release();
}

/** Something that may bring a board back. */
interface Remedy {
  readonly name: string;
  /** Undefined where it cannot be done on this board. */
  apply(bench: Workbench, options: { readonly signal: AbortSignal }): Promise<void> | undefined;
}

/** From the mildest to the strongest. */
const REMEDIES: readonly Remedy[] = [
  {
    name: "soft reset",
    apply: async (bench, { signal }) => await (await bench.device()).softReset({ signal }),
  },
  {
    name: "hard reset",
    apply: async (bench, { signal }) => await hardReset(await bench.device(), { signal }),
  },
  { name: "power", apply: (bench) => bench.powerCycle?.() },
];

/**
 * Brings a board back that did not answer: soft reset, hard reset, power, until one helps.
 *
 * @returns the name of what helped
 * @throws {CheckFailure} when nothing does, with what came of each.
 */
export async function recover(bench: Workbench): Promise<string> {
  const tried: string[] = [];
  for (const { name, apply } of REMEDIES) {
    try {
      const isApplied = await withDeadline(REMEDY_MS, async (signal) => {
        const applied = apply(bench, { signal });
        await applied;
        return applied !== undefined;
      }, {
        signal: bench.signal,
        error: () => new CheckFailure(`It was not done after ${REMEDY_MS / 1000} s.`),
      });
      if (!isApplied) continue;
      await bench.settle();
      await checkHealth(bench);
      return name;
    } catch (error) {
      bench.signal.throwIfAborted();
      if (!(error instanceof IotError)) throw error;
      tried.push(`${name}: ${error.message}`);
    }
  }
  throw new CheckFailure(`The board does not come back. Tried ${tried.join(" Then ")}`);
}
