/** The modules that a board brings along: MicroPython sources, there only while it starts. */

import type { Profile } from "../profiles.ts";
import asyncioLoop from "../python/asyncio_loop.py" with { type: "text" };
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
}

/** The sources for one board: name to text. */
export function romFor(profile: Profile, options: RomOptions): ReadonlyMap<string, string> {
  const { uid, resetCause, bootProgram = "" } = options;
  return new Map([
    [BOOT_PROGRAM, bootProgram],
    ["start.py", start],
    ["machine.py", machine],
    ["asyncio_loop.py", asyncioLoop],
    ["board_facts.py", facts(profile, uid, resetCause)],
  ]);
}

function facts(profile: Profile, uid: Uint8Array, resetCause: number): string {
  const version = `v${profile.release} on ${profile.released}`;
  const fields = [
    ["sysname", profile.platform],
    ["nodename", profile.platform],
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
    "",
  ].join("\n");
}
