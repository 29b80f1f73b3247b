/** Gives a board's variable a value, in pieces that the board has room for. */

import { IotError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { formatSize } from "@/base/text.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { CannotCross } from "@/store/cannot_cross.ts";
import { describePlace, type Place, type Value } from "@/store/value.ts";
import type { Device } from "../device.ts";
import probe from "./probe.py" with { type: "text" };
import { compact } from "../compact.ts";
import { BROKEN, SEAL_NAMES, sealed } from "../sealed.ts";
import { type BoardSize, sizeOnBoard } from "./board_size.ts";
import { forgetOurs, isMemoryError, runOurs } from "./run_ours.ts";
import { HELPERS, helpersIn, STACK, statementsFor } from "./statements.ts";

/** What a board says about itself. */
interface Abilities {
  /** Undefined where it cannot tell. */
  readonly freeBytes: number | undefined;
  readonly lacks: ReadonlySet<string>;
}

/** Code in one go, in bytes: a board compiles it, in several times its size, beside the value. */
const MIN_CELL_BYTES = 400;
const MAX_CELL_BYTES = 4_096;

/** The part of a board's free memory that code in one go may be. */
const CELL_PART = 1 / 24;

/** What else is to stay free for a board to work with, in bytes. */
const SPARE_BYTES = 1_024;

/** What any board has; for one that cannot tell what is free. */
const SMALL_BOARD_BYTES = 8 * 1_024;

/** With less than this free, a board lacks the memory and the stack for sealed code, as a micro:bit. */
const SEAL_BYTES = 16 * 1_024;

/** How often a value is built when a part of it does not arrive as it was sent. */
const ATTEMPTS = 5;

/**
 * Sets the variable `name` of `__main__`. It has its old value until the new one is whole, whatever
 * happens, and no other name is left.
 *
 * @throws {CannotCross} naming the part, when the board knows no such type, or when there is no room
 * for the value.
 * @throws {IotError} when the line is too bad.
 * @throws {ReplError} when the board raises something unexpected, besides what Device.exec() throws.
 */
export async function writeValue(
  device: Device,
  name: string,
  { value, signal }: { readonly value: Value; readonly signal: AbortSignal },
): Promise<void> {
  let isDone = false;
  try {
    const { freeBytes, lacks } = await askAbilities(device, signal);
    checkTypes(value, { name, lacks });
    const size = sizeOnBoard(value);
    if (freeBytes !== undefined && size.total + size.largest + SPARE_BYTES > freeBytes) {
      throw tooLarge(device, name, { size, freeBytes });
    }
    const cellBytes = cellBytesFor(freeBytes ?? SMALL_BOARD_BYTES);
    const isSealed = (freeBytes ?? 0) >= SEAL_BYTES;
    const seal = (cell: string) => isSealed ? sealed(cell, { main: true }) : cell;
    for (let attempt = 1;; attempt++) {
      // From the beginning each time: what a damaged piece has done is not known.
      const failure = await build(device, cellsFor(name, value, cellBytes).map(seal), signal);
      if (failure === undefined) break;
      if (failure !== DAMAGE && isMemoryError(failure)) {
        throw tooLarge(device, name, { size, freeBytes });
      }
      if (isSealed && attempt < ATTEMPTS) continue;
      throw failure === DAMAGE ? damaged(device, name) : raised(device, name, failure);
    }
    isDone = true;
  } finally {
    if (!isDone) await forgetOurs(device, [STACK, ...Object.keys(HELPERS), PROBE, ...SEAL_NAMES]);
  }
}

/** A piece that the board did not run, as it was not what had been sent. */
const DAMAGE = "damage";

/** An exception of the board's. */
type Raised = Extract<Outcome, { status: "error" }>;

/** Runs `cells` up to the first that fails, and says why that did. */
async function build(
  device: Device,
  cells: Iterable<string>,
  signal: AbortSignal,
): Promise<Raised | typeof DAMAGE | undefined> {
  for (const cell of cells) {
    const { outcome, text } = await runOurs(device, cell, { signal });
    if (outcome.status === "error") return outcome;
    if (text.includes(BROKEN)) return DAMAGE;
  }
}

function cellBytesFor(freeBytes: number): number {
  return Math.min(MAX_CELL_BYTES, Math.max(MIN_CELL_BYTES, Math.floor(freeBytes * CELL_PART)));
}

/** The name that probe.py has while it runs. */
const PROBE = "_iot_probe";

/**
 * Programs that together set the variable, the last of them in one statement. Each defines the
 * helpers that it is the first to need.
 */
function* cellsFor(name: string, value: Value, cellBytes: number): Generator<string> {
  const helpers = new Set<string>();
  let cell = `${STACK}=[]\n`;
  // A line is at most half of a cell, so that cells are never much longer than they may be.
  for (const statement of statementsFor(value, Math.floor(cellBytes / 2))) {
    if (cell.length + statement.length > cellBytes) {
      yield cell;
      cell = "";
    }
    for (const helper of helpersIn(statement)) {
      if (!helpers.has(helper)) cell += `${helper}=${HELPERS[helper]}\n`;
      helpers.add(helper);
    }
    cell += `${statement}\n`;
  }
  yield `${cell}${name}=${STACK}.pop()\ndel ${[STACK, ...helpers]}\n`;
}

async function askAbilities(device: Device, signal: AbortSignal): Promise<Abilities> {
  const [free, ...lacks] = (await device.evaluate(compact(probe), { signal })).trim().split(" ");
  return { freeBytes: /^\d+$/.test(free) ? Number(free) : undefined, lacks: new Set(lacks) };
}

/** Refuses what the board has no type for, and numbers that its arrays would cut off. */
function checkTypes(
  value: Value,
  { name, lacks }: { readonly name: string; readonly lacks: ReadonlySet<string> },
): void {
  const refuse = (place: Place | undefined, reason: string): never => {
    throw new CannotCross({ verb: "restore", part: describePlace(name, place), reason });
  };
  const check = (value: Value, place?: Place): void => {
    if (value === null || typeof value !== "object") return;
    if (lacks.has(value.kind)) refuse(place, `this board has no ${value.kind}.`);
    if (value.kind === "array") {
      const range = LONG_RANGES[value.typecode];
      if (range === undefined) return;
      const index = value.items.findIndex((item) => item < range[0] || item > range[1]);
      if (index !== -1) {
        refuse(
          { within: place, step: { index } },
          `${value.items[index]} does not fit into an array of type '${value.typecode}' there: ` +
            `its items have 32 bits. Use '${value.typecode === "l" ? "q" : "Q"}'.`,
        );
      }
    } else if (value.kind === "dict") {
      for (const [key, item] of value.entries) {
        check(key, { within: place, step: "key" });
        check(item, { within: place, step: { key } });
      }
    } else if ("items" in value) {
      const isRow = value.kind === "list" || value.kind === "tuple";
      value.items.forEach((item, index) =>
        check(item, { within: place, step: isRow ? { index } : "item" })
      );
    }
  };
  check(value);
}

/** `long` has 64 bits on this computer, and 32 on boards, which drop the others silently. */
const LONG_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  l: [-(2n ** 31n), 2n ** 31n - 1n],
  L: [0n, 2n ** 32n - 1n],
};

function tooLarge(
  device: Device,
  name: string,
  { size, freeBytes }: { readonly size: BoardSize; readonly freeBytes: number | undefined },
): CannotCross {
  const has = freeBytes === undefined ? "has not" : `has ${formatSize(freeBytes)} free`;
  return new CannotCross({
    verb: "restore",
    part: name,
    reason: `it takes about ${formatSize(size.total)}, and ` +
      `${formatSize(size.total + size.largest + SPARE_BYTES)} while it is built; the board at ` +
      `${device.url} ${has}, and not always in one piece. Nothing was changed. ` +
      "Free memory by del, gc.collect() or %softreset, or restore it in smaller parts.",
  });
}

function damaged(device: Device, name: string): IotError {
  return new IotError(
    `Cannot restore ${name}: what goes to the board at ${device.url} does not arrive as it was ` +
      `sent, in ${ATTEMPTS} attempts. Nothing was changed. Check the cable and the speed.`,
    1,
  );
}

function raised(
  device: Device,
  name: string,
  { ename, evalue }: Raised,
): IotError {
  return new ReplError(
    "exception",
    device.url,
    `Cannot restore ${name}: the board at ${device.url} raised ${ename}: ${evalue}`,
  );
}
