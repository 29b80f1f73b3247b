/** Whether a board answers, and what is tried when it does not. */

import { IotError } from "@/base/errors.ts";
import { hardReset } from "@/device/hard_reset.ts";
import { CheckFailure, expectSame } from "../checks/expect.ts";
import type { Workbench } from "./workbench.ts";

/** A program that every board runs, with an answer that no echo and no chance gives. */
const PROBE = "print(6 * 7 * 1001)";
const ANSWER = "42042";

/**
 * Connects anew and runs a line.
 *
 * @throws {IotError} saying how it does not answer.
 */
export async function checkHealth(bench: Workbench): Promise<void> {
  await bench.release();
  const device = await bench.device();
  const answer = await device.evaluate(PROBE, { signal: bench.signal });
  expectSame(answer.trim(), ANSWER, PROBE);
  await bench.release();
}

/** Something that may bring a board back. */
interface Remedy {
  readonly name: string;
  /** Undefined where it cannot be done on this board. */
  apply(bench: Workbench): Promise<void> | undefined;
}

/** From the mildest to the strongest. */
const REMEDIES: readonly Remedy[] = [
  {
    name: "soft reset",
    apply: async (bench) => await (await bench.device()).softReset({ signal: bench.signal }),
  },
  {
    name: "hard reset",
    apply: async (bench) => await hardReset(await bench.device(), { signal: bench.signal }),
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
      const applied = apply(bench);
      if (applied === undefined) continue;
      await applied;
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
