/** Running code that a board without raw paste has to collect first, in lines of collect_code.ts. */

import { collect, FORGET, memoryError } from "./collect_code.ts";
import type { Line } from "./enter.ts";
import { type Failed, followAnswer } from "./follow_answer.ts";
import { Interruption } from "./interruption.ts";
import { damagedError, type Delivery, finishLine, typeLine } from "./send_code.ts";
import type { AnswerEnd } from "./splitter.ts";
import { SAFE_TYPED_BYTES } from "./timeouts.ts";

/** How often code is collected anew when what arrived is not what was sent. */
const ATTEMPTS = 3;

/**
 * Has the board collect code, and run it when it is whole. Unless it runs, some of it may be left on
 * the board: see {@linkcode forgetCollected}.
 *
 * @returns `running`, or how it ended before that
 * @throws {ReplError} when the board does not answer as it should.
 */
export async function runCollected(
  delivery: Delivery,
): Promise<"running" | "cancelled" | AnswerEnd | Failed> {
  // In lines, a secret in the code would not be seen.
  using load = delivery.line.transport.trace?.carry("host");
  load?.holds(delivery.code);
  const { lines, run } = collect(delivery.code, { lineBytes: SAFE_TYPED_BYTES - 1 });
  attempts: for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    for (const code of lines) {
      if (await typeLine({ ...delivery, code }) === "cancelled") return "cancelled";
      const end = await followAnswer(delivery);
      if ("failure" in end || end.restarted) return end;
      if (delivery.interruption.begun) return "cancelled";
      if (end.stderr === "") continue;
      const stderr = memoryError(end.stderr);
      if (stderr !== undefined) return { ...end, stderr };
      continue attempts;
    }
    return await typeLine({ ...delivery, code: run });
  }
  return { failure: damagedError(delivery.line.transport.address, ATTEMPTS) };
}

/**
 * Frees the memory of what was collected and did not run.
 *
 * @throws {ReplError} `protocol` when the board does not answer, or not in time.
 */
export async function forgetCollected(line: Line): Promise<void> {
  const { transport, timeouts } = line;
  // Nobody interrupts this, so that it needs an end of its own: the board may go mute just now.
  const delivery: Delivery = {
    line,
    code: FORGET,
    interruption: new Interruption(transport, timeouts),
    onOutput: () => {},
  };
  await typeLine(delivery);
  await finishLine(delivery);
}
