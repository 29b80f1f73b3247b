/** What can go wrong with a line, on purpose: one small behaviour each. */

/** A fault at work on one line. It may look at the bytes, change them, or cut the line. */
export interface Fault {
  /** What is left of bytes on their way to the host. `cut` ends the line behind them. */
  toHost?(data: Uint8Array, cut: () => void): Uint8Array;
  /** What is left of bytes on their way to the board. */
  toBoard?(data: Uint8Array): Uint8Array;
}

/** A fault that can be asked for. */
export interface FaultKind {
  readonly name: string;
  readonly summary: string;
  /** Makes one that begins when `fromByte` bytes have gone to the host. */
  create(fromByte: number): Fault;
}

/** All faults there are. */
export const FAULTS: readonly FaultKind[] = [
  {
    name: "mute",
    summary: "the board is no longer heard from byte N on",
    create: (fromByte) => {
      let left = fromByte;
      return {
        toHost(data) {
          const kept = data.subarray(0, left);
          left -= kept.length;
          return kept;
        },
      };
    },
  },
  {
    name: "cut",
    summary: "the line is unplugged after byte N, once",
    create: (fromByte) => {
      let left = fromByte;
      let done = false;
      return {
        toHost(data, cut) {
          if (done) return data;
          const kept = data.subarray(0, left);
          left -= kept.length;
          if (left > 0) return kept;
          done = true;
          cut();
          return kept;
        },
      };
    },
  },
];

/**
 * Reads `NAME` or `NAME=N` and makes that fault.
 *
 * @throws {RangeError} when there is no such fault, or N is not a whole number.
 */
export function parseFault(text: string): Fault {
  const [name, count = "0"] = text.split("=", 2);
  const kind = FAULTS.find((fault) => fault.name === name);
  if (kind === undefined) {
    const known = FAULTS.map((fault) => fault.name).join(", ");
    throw new RangeError(`There is no fault "${name}". Faults are ${known}.`);
  }
  if (!/^\d+$/.test(count)) {
    throw new RangeError(`"${text}" wants a number of bytes behind the "=", such as ${name}=100.`);
  }
  return kind.create(Number(count));
}
