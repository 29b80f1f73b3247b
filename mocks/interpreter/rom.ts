/** The modules that a board brings along: MicroPython sources, there only while it starts. */

import type { Profile } from "../profiles.ts";
import asyncioLoop from "../python/asyncio_loop.py" with { type: "text" };
import circuitPython from "../python/circuitpython.py" with { type: "text" };
import machine from "../python/machine.py" with { type: "text" };
import start from "../python/start.py" with { type: "text" };

/**
 * How much of Python's memory these modules take, and the build's own start. Boards have theirs in
 * flash; this is given on top of what a profile has.
 */
export const ROM_HEAP_BYTES = 16 * 1024;

/** What runs before boot.py; ports call their own so, e.g. ports/esp32/modules/_boot.py. */
export const BOOT_PROGRAM = "_boot.py";

/** What a board's start depends on. */
export interface RomOptions {
  readonly uid: Uint8Array;
  readonly resetCause: number;
  readonly bootProgram?: string;
  /** Of a CircuitPython board, whose settings outlive its interpreter. */
  readonly autoreload?: boolean;
  readonly readOnly?: boolean;
}

/** The sources for one board: name to text. */
export function romFor(profile: Profile, options: RomOptions): ReadonlyMap<string, string> {
  const { bootProgram = "" } = options;
  return new Map([
    [BOOT_PROGRAM, bootProgram],
    ["start.py", start],
    ...(profile.circuitPython === undefined
      ? [["machine.py", machine], ["asyncio_loop.py", asyncioLoop]] as const
      : [["circuitpython.py", circuitPython]] as const),
    ["board_facts.py", facts(profile, options)],
  ]);
}

function facts(profile: Profile, options: RomOptions): string {
  const { uid, resetCause, autoreload = false, readOnly = false } = options;
  const python = (flag: boolean) => flag ? "True" : "False";
  const version = `${
    profile.circuitPython === undefined ? "v" : ""
  }${profile.release} on ${profile.released}`;
  const fields = [
    ["sysname", profile.platform.toLowerCase()],
    ["nodename", profile.platform.toLowerCase()],
    ["release", profile.release.split("-")[0]],
    ["version", version],
    ["machine", profile.machine],
  ];
  return [
    "from collections import namedtuple",
    `uname = namedtuple("uname", ${JSON.stringify(fields.map(([name]) => name))})(${
      fields.map(([, value]) => JSON.stringify(value)).join(", ")
    })`,
    `uid = bytes(${JSON.stringify([...uid])})`,
    `epoch_offset = ${profile.epochOffsetSeconds}`,
    `frequency = ${profile.frequencyHz}`,
    `reset_cause = ${resetCause}`,
    `family = ${profile.circuitPython === undefined ? '"micropython"' : '"circuitpython"'}`,
    `release = (${profile.release.split(/[.-]/).slice(0, 3).map(Number).join(", ")})`,
    `board_id = ${JSON.stringify(profile.circuitPython?.boardId ?? "")}`,
    `autoreload = ${python(autoreload)}`,
    `readonly = ${python(readOnly)}`,
    "",
  ].join("\n");
}
