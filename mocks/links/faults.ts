/** What can go wrong with a board or its line, on purpose: one small behaviour each. */

/** What a fault can do besides changing bytes. */
export interface FaultActions {
  /** Ends the line behind the bytes at hand. */
  cut(): void;
  /** Presses the board's reset button behind the bytes at hand. */
  reset(): void;
  /** Holds the bytes at hand, and those behind them, for so long. */
  pause(ms: number): void;
}

/** A fault at work on one line. It may look at the bytes, change them, or act. */
export interface Fault {
  /** What is heard before anything else, each time the line is opened. */
  opening?(): Uint8Array;
  /** What is left of bytes on their way to the host. */
  toHost?(data: Uint8Array, actions: FaultActions): Uint8Array;
  /** What is left of bytes on their way to the board. */
  toBoard?(data: Uint8Array, actions: FaultActions): Uint8Array;
}

/** A fault of the board itself, whichever line it is reached by. */
export interface BoardFault {
  /** Python that runs at every start, before boot.py. */
  readonly bootProgram?: string;
  /** So many bytes of its flash are free, and no more. */
  readonly freeBytes?: number;
}

/** A fault that can be asked for. */
export interface FaultKind {
  readonly name: string;
  readonly summary: string;
  /** What N is when none is given. */
  readonly usual: number;
  /** Makes one for a line. `random` gives 32 bits at a time. */
  line?(n: number, random: () => number): Fault;
  /** Makes one for a board. */
  board?(n: number): BoardFault;
}

/** A fault that was asked for. */
export interface AskedFault {
  readonly kind: FaultKind;
  readonly n: number;
}

/** One byte in so many is hit by a fault that hits at random. */
const ODDS = 1000;
/** How many bytes go to the host between two times that a line stands still. */
const STALL_EVERY_BYTES = 1024;
/** In pieces of this size memory is taken away. */
const BALLAST_BYTES = 256;
/** What a flooding board prints, again and again. */
const FLOOD_LINE = "I (4711) wifi: the quick brown fox jumps over the lazy dog";

/** Calls `then` once when `count` bytes have gone by; splits them there. */
function behind(count: number, then: (actions: FaultActions) => void) {
  let left = count;
  let done = false;
  return (data: Uint8Array, actions: FaultActions): Uint8Array => {
    if (done || data.length === 0) return data;
    const kept = data.subarray(0, left);
    left -= kept.length;
    if (left > 0) return kept;
    done = true;
    then(actions);
    return kept;
  };
}

/** Hits one byte in {@linkcode ODDS} at random, from byte `count` on. */
function atRandom(
  count: number,
  random: () => number,
  hit: (byte: number) => readonly number[],
): (data: Uint8Array) => Uint8Array {
  let left = count;
  return (data) => {
    const out: number[] = [];
    for (const byte of data) {
      const hits = left <= 0 && random() % ODDS === 0;
      if (left > 0) left--;
      out.push(...(hits ? hit(byte) : [byte]));
    }
    return Uint8Array.from(out);
  };
}

/** Python that prints for `ms`, for ever when that is 0, no faster than a UART at 460,800 baud. */
function floodProgram(ms: number): string {
  const condition = ms === 0 ? "True" : "time.ticks_diff(time.ticks_ms(), start) < " + ms;
  return `def _boot():\n    import time\n    start = time.ticks_ms()\n` +
    `    while ${condition}:\n        print(${JSON.stringify(FLOOD_LINE)})\n` +
    "        time.sleep_ms(1)\ntry:\n    _boot()\nfinally:\n    del _boot\n";
}

/** Python that keeps all memory but `free` bytes for itself: what a large program would. */
function ballastProgram(free: number): string {
  // A Ctrl-C that comes as it starts must not stop it.
  return `import gc, micropython\nmicropython.kbd_intr(-1)\ngc.collect()\n_ballast = None\n` +
    `while gc.mem_free() > ${free}:\n    _ballast = (bytearray(${BALLAST_BYTES}), _ballast)\n` +
    "micropython.kbd_intr(3)\ndel gc, micropython\n";
}

/** All faults there are. */
export const FAULTS: readonly FaultKind[] = [
  {
    name: "mute",
    summary: "the board is not heard from byte N on",
    usual: 0,
    line: (n) => {
      let left = n;
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
    usual: 0,
    line: (n) => ({ toHost: behind(n, ({ cut }) => cut()) }),
  },
  {
    name: "reset",
    summary: "the board is reset after it said N bytes, once; what it says behind them is lost",
    usual: 1,
    line: (n) => ({ toHost: behind(n, ({ reset }) => reset()) }),
  },
  {
    name: "lose",
    summary: `one byte in ${ODDS} is lost, each way, from byte N on`,
    usual: 0,
    line: (n, random) => ({
      toHost: atRandom(n, random, () => []),
      toBoard: atRandom(n, random, () => []),
    }),
  },
  {
    name: "flip",
    summary: `one bit is wrong in one byte of ${ODDS}, each way, from byte N on`,
    usual: 0,
    line: (n, random) => {
      const flipped = (byte: number) => [byte ^ 1 << random() % 8];
      return { toHost: atRandom(n, random, flipped), toBoard: atRandom(n, random, flipped) };
    },
  },
  {
    name: "stall",
    summary: `the line to the host stands still for N ms (1000), each ${STALL_EVERY_BYTES} bytes`,
    usual: 1000,
    line: (n) => {
      let count = 0;
      return {
        toHost(data, { pause }) {
          count += data.length;
          if (count >= STALL_EVERY_BYTES) pause(n);
          count %= STALL_EVERY_BYTES;
          return data;
        },
      };
    },
  },
  {
    name: "delay",
    summary: "what the board says comes up to N ms (20) late, at random",
    usual: 20,
    line: (n, random) => ({
      toHost(data, { pause }) {
        if (data.length > 0 && n > 0) pause(random() % n);
        return data;
      },
    }),
  },
  {
    name: "noise",
    summary: "N random bytes (256) are heard first, each time the port is opened",
    usual: 256,
    line: (n, random) => ({ opening: () => Uint8Array.from({ length: n }, () => random() & 0xff) }),
  },
  {
    name: "flood",
    summary: "the board prints at every start, for N ms or for ever, until a Ctrl-C",
    usual: 0,
    board: (n) => ({ bootProgram: floodProgram(n) }),
  },
  {
    name: "deaf",
    summary: "the board prints at every start, for N ms or for ever, and ignores Ctrl-C",
    usual: 0,
    board: (n) => ({
      bootProgram: "import micropython\nmicropython.kbd_intr(-1)\n" +
        floodProgram(n) +
        "micropython.kbd_intr(3)\ndel micropython\n",
    }),
  },
  {
    name: "full",
    summary: "the board's flash has N bytes left, in whole blocks, and no more",
    usual: 0,
    board: (n) => ({ freeBytes: n }),
  },
  {
    name: "memory",
    summary: "the board's memory has about N bytes (8192) left at every start, before boot.py",
    usual: 8192,
    board: (n) => ({ bootProgram: ballastProgram(n) }),
  },
];

/**
 * Reads `NAME` or `NAME=N`.
 *
 * @throws {RangeError} when there is no such fault, or N is not a whole number.
 */
export function parseFault(text: string): AskedFault {
  const [name, count] = text.split("=", 2);
  const kind = FAULTS.find((fault) => fault.name === name);
  if (kind === undefined) {
    const known = FAULTS.map((fault) => fault.name).join(", ");
    throw new RangeError(`There is no fault "${name}". Faults are ${known}.`);
  }
  if (count !== undefined && !/^\d{1,9}$/.test(count)) {
    throw new RangeError(`"${text}" wants a number behind the "=", such as ${name}=100.`);
  }
  return { kind, n: count === undefined ? kind.usual : Number(count) };
}

/** Those of `asked` that are at work on a line, for one line. */
export function lineFaults(asked: readonly AskedFault[], random: () => number): Fault[] {
  return asked.flatMap(({ kind, n }) => kind.line === undefined ? [] : [kind.line(n, random)]);
}

/** Those of `asked` that are at work on a board, as one. */
export function boardFault(asked: readonly AskedFault[]): BoardFault {
  const faults = asked.flatMap(({ kind, n }) => kind.board === undefined ? [] : [kind.board(n)]);
  const programs = faults.flatMap(({ bootProgram }) => bootProgram ?? []);
  const free = faults.flatMap(({ freeBytes }) => freeBytes ?? []);
  return {
    ...(programs.length > 0 && { bootProgram: programs.join("\n") }),
    ...(free.length > 0 && { freeBytes: Math.min(...free) }),
  };
}
