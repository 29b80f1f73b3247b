/** What goes wrong in the fault campaign: one thing each time, at a place that follows from a seed. */

import { type Fault, type FaultActions, FAULTS } from "../../mocks/links/faults.ts";
import { below, oneOf, type Random } from "./trees_testing.ts";

/** A fault of one case. */
export interface CaseFault {
  readonly name: string;
  /** For people, e.g. `flip: byte 312 to the board`. */
  readonly label: string;
  readonly line: readonly Fault[];
  /** So many bytes are free on the flash; undefined: enough. */
  readonly freeBytes?: number;
  /** Whether it has happened. */
  readonly happened: () => boolean;
}

/** Which way bytes go. */
type Way = "toBoard" | "toHost";

/** How far into a sync faults may be, in bytes each way. */
const REACH = { toBoard: 5_000, toHost: 700 } as const;
/** Entering the raw REPL, and the first answers. */
const HANDSHAKE_BYTES = 80;
/** How often it is there: one in so many. */
const HANDSHAKE_ODDS = 5;
/** Some are shorter than all deadlines, some longer. */
const STALLS_MS = [20, 120, 700];
/** What a UART's overrun loses at once. */
const MOST_LOST_BYTES = 40;

/** What is left of a chunk whose byte `at` is hit. */
type Hit = (data: Uint8Array, at: number, actions: FaultActions) => Uint8Array;

/** Lets bytes by until byte `at` goes `way`; then `act` says what is left of that chunk. */
class At implements Fault {
  happened = false;
  readonly #way: Way;
  readonly #act: Hit;
  #left: number;

  constructor(way: Way, at: number, act: Hit) {
    this.#way = way;
    this.#left = at;
    this.#act = act;
  }

  toHost(data: Uint8Array, actions: FaultActions): Uint8Array {
    return this.#way === "toHost" ? this.#pass(data, actions) : data;
  }

  toBoard(data: Uint8Array, actions: FaultActions): Uint8Array {
    return this.#way === "toBoard" ? this.#pass(data, actions) : data;
  }

  #pass(data: Uint8Array, actions: FaultActions): Uint8Array {
    if (this.happened) return data;
    if (this.#left >= data.length) {
      this.#left -= data.length;
      return data;
    }
    this.happened = true;
    return this.#act(data, this.#left, actions);
  }
}

/** What happens at a byte, how often among all cases, and which ways it can. */
const ACTS: Readonly<
  Record<string, { share: number; ways: readonly Way[]; act: (random: Random) => Hit }>
> = {
  cut: {
    share: 20,
    ways: ["toBoard", "toHost"],
    act: () => (data, at, { cut }) => (cut(), data.subarray(0, at)),
  },
  reset: {
    share: 20,
    ways: ["toBoard", "toHost"],
    act: () => (data, at, { reset }) => (reset(), data.subarray(0, at)),
  },
  flip: {
    share: 20,
    ways: ["toBoard", "toBoard", "toHost"],
    act: (random) => {
      const bit = 1 << below(random, 8);
      return (data, at) => data.map((byte, index) => index === at ? byte ^ bit : byte);
    },
  },
  lose: {
    share: 20,
    ways: ["toBoard", "toBoard", "toHost"],
    act: (random) => {
      const count = below(random, 2) === 0 ? 1 : 1 + below(random, MOST_LOST_BYTES);
      return (data, at) => data.filter((_, index) => index < at || index >= at + count);
    },
  },
  stall: {
    share: 4,
    ways: ["toHost"],
    act: (random) => {
      const ms = oneOf(random, STALLS_MS);
      return (data, _at, { pause }) => (pause(ms), data);
    },
  },
};

/** What happens otherwise. */
const OTHERS = { full: 10, mute: 1, flips: 2, losses: 2 } as const;

/** The fault of a case. */
export function randomFault(random: Random): CaseFault {
  const shares: [string, number][] = [
    ...Object.entries(ACTS).map(([name, { share }]): [string, number] => [name, share]),
    ...Object.entries(OTHERS),
  ];
  let left = below(random, shares.reduce((sum, [, share]) => sum + share, 0));
  const [name] = shares.find(([, share]) => (left -= share) < 0)!;
  if (name in ACTS) return actAt(name, random);
  switch (name) {
    case "full": {
      const freeBytes = below(random, 5) * 4096 + below(random, 4096);
      return {
        name,
        label: `full: ${freeBytes} bytes free`,
        line: [],
        freeBytes,
        happened: () => true,
      };
    }
    case "mute": {
      const at = placeOf("toHost", random);
      const line = FAULTS.find((kind) => kind.name === "mute")!.line!(at, random);
      return { name, label: `mute from byte ${at}`, line: [line], happened: () => true };
    }
    default: {
      const at = placeOf("toBoard", random);
      const kind = name === "flips" ? "flip" : "lose";
      const line = FAULTS.find((known) => known.name === kind)!.line!(at, random);
      return { name, label: `${name} from byte ${at}`, line: [line], happened: () => true };
    }
  }
}

function actAt(name: string, random: Random): CaseFault {
  const { ways, act } = ACTS[name];
  const way = oneOf(random, ways);
  const at = placeOf(way, random);
  const fault = new At(way, at, act(random));
  const label = `${name}: byte ${at} ${way === "toBoard" ? "to the board" : "to the host"}`;
  return { name, label, line: [fault], happened: () => fault.happened };
}

function placeOf(way: Way, random: Random): number {
  const early = below(random, HANDSHAKE_ODDS) === 0;
  return below(random, early ? HANDSHAKE_BYTES : REACH[way]);
}
