/** The value of a board's variable, as it is. */

import { IotError, UsageError } from "@/base/errors.ts";
import type { Value } from "@/store/value.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { compact } from "../compact.ts";
import type { Device } from "../device.ts";
import { forgetOurs, runOurs, type Told } from "./run_ours.ts";
import block from "./block.py" with { type: "text" };
import part from "./part.py" with { type: "text" };
import tell from "./tell.py" with { type: "text" };
import { DamagedValue, readTold } from "./told_value.ts";

/** Five times the memory of the largest boards: escapes take four letters a byte. */
const MAX_TOLD_BYTES = 128 * 1024 * 1024;

/** How often it is told anew when it does not arrive whole. */
const ATTEMPTS = 3;

/**
 * Reads the variable `name` of `__main__`. Leaves no name behind on the board.
 *
 * @throws {UsageError} when there is no such variable.
 * @throws {CannotCross} naming the part, when some of it is no value that crosses.
 * @throws {IotError} when the board has no memory left for this, or the line is too bad.
 * @throws what Device.exec() throws.
 */
export async function readValue(
  device: Device,
  name: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Value> {
  for (let attempt = 1;; attempt++) {
    const { outcome, text } = await told(device, name, signal);
    if (outcome.status === "error") throw failure(device, name, outcome);
    try {
      return readTold(text, name);
    } catch (error) {
      if (!(error instanceof DamagedValue)) throw error;
      if (attempt < ATTEMPTS) continue;
      throw new IotError(
        `Cannot store ${name}: what the board at ${device.url} says of it does not arrive as it ` +
          `was sent, in ${ATTEMPTS} attempts (${error.message}). Check the cable and the speed.`,
        1,
      );
    }
  }
}

/** Our functions on the board, in the order in which they are defined. */
const PARTS = {
  _iot_block: compact(block),
  _iot_part: compact(part),
  _iot_tell: compact(tell),
};
const NAMES = Object.keys(PARTS);

/**
 * What the board tells of a variable. One function at a time: a micro:bit has no room to compile
 * both at once. Where that ends in the middle, what it left there goes.
 */
async function told(device: Device, name: string, signal: AbortSignal): Promise<Told> {
  const question = `try:\n _iot_tell('${name}')\nfinally:\n del ${NAMES}\n`;
  let last: Told | undefined;
  let isDone = false;
  try {
    for (const code of [...Object.values(PARTS), question]) {
      last = await runOurs(device, code, { signal, maxBytes: MAX_TOLD_BYTES });
      if (last.outcome.status === "error") return last;
    }
    isDone = true;
    return last!;
  } finally {
    if (!isDone) await forgetOurs(device, NAMES);
  }
}

function failure(
  device: Device,
  name: string,
  outcome: { readonly ename: string; readonly evalue: string; readonly status: "error" },
): IotError {
  if (outcome.ename === "KeyError" && outcome.evalue.replaceAll("'", "") === name) {
    return new UsageError(
      `Cannot store ${name}: there is no variable of this name on the board at ${device.url}.`,
    );
  }
  if (outcome.ename === "MemoryError") {
    return new IotError(
      `Cannot store ${name}: the board at ${device.url} has too little memory left to tell its ` +
        "value. Delete what is not needed there, or store its parts one by one.",
      1,
    );
  }
  return new ReplError(
    "exception",
    device.url,
    `Cannot store ${name}: the board at ${device.url} raised ${outcome.ename}: ${outcome.evalue}`,
  );
}
