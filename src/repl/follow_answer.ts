/** Following what a board says to code, to its end. */

import { stubbornError } from "./interruption.ts";
import { ResetWatch } from "./reset_watch.ts";
import { type Delivery, resetError } from "./send_code.ts";
import { type AnswerEnd, AnswerSplitter } from "./splitter.ts";

/** Output could not be handed on; the program was stopped for that. */
export interface Failed {
  readonly failure: unknown;
}

/**
 * Follows the answer to its end, whatever happens to the output. The code may run for ever: it is the
 * delivery's interruption that stops it, or gives up.
 *
 * @throws {ReplError} `reset` when the board restarted meanwhile, `busy` when it could not be
 * interrupted.
 * @throws {TransportError} when the connection breaks.
 */
export async function followAnswer(
  { line, interruption, onOutput }: Delivery,
): Promise<AnswerEnd | Failed> {
  const { transport: { address }, inbox, timeouts } = line;
  const splitter = new AnswerSplitter();
  const watch = new ResetWatch();
  let suspicious = false;
  let failure: unknown;
  for (;;) {
    const due = Math.min(
      interruption.dueInMs ?? Infinity,
      suspicious ? timeouts.resetQuietMs : Infinity,
    );
    const chunk = await inbox.next(due === Infinity ? {} : { withinMs: due });
    const quietMs = performance.now() - inbox.lastByteAt;
    if (chunk !== undefined) {
      suspicious = watch.push(chunk);
      const { output, end } = splitter.push(chunk);
      if (output.length > 0 && failure === undefined) {
        failure = await attempt(() => onOutput(output));
        if (failure !== undefined) interruption.begin();
      }
      if (end !== undefined) {
        inbox.unread(end.rest);
        return failure === undefined ? end : { failure };
      }
    } else if (suspicious && quietMs >= timeouts.resetQuietMs) {
      throw resetError(address, inbox.recent);
    }
    const overdue = interruption.elapsedMs >= timeouts.interruptFloodMs;
    if (interruption.advance() && (overdue || quietMs >= timeouts.interruptMs)) {
      throw stubbornError(address, inbox.recent);
    }
  }
}

/** What `work` throws; undefined when it does not. */
async function attempt(work: () => void | Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error ?? new Error("output could not be handed on");
  }
}
