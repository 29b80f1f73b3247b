/** What a check of `iot doctor` is: a function over a scene, which tests bring themselves. */

import type { Environment } from "@/config/environment.ts";

/** `fail`: something that people want does not work; `warn`: it may hinder them. */
export type Verdict = "ok" | "warn" | "fail";

/** One thing that was looked at. */
export interface Finding {
  readonly verdict: Verdict;
  /** What is there, or what is wrong with it, as a sentence. */
  readonly text: string;
  /** The command, or else the action, that mends it. */
  readonly remedy?: string;
}

/** What a program said. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
}

/** The computer as checks see it. */
export interface Scene {
  readonly environment: Environment;
  /** Stands before /sys, /proc, /etc, /dev and /usr; empty but in tests. */
  readonly root: string;
  /** The user's name and number, and the numbers of the groups that this process has. */
  readonly user: {
    readonly name: string;
    readonly uid: number;
    readonly groups: readonly number[];
  };
  /** The command line that starts this program. */
  readonly launcher: readonly string[];
  /** Whether this user may read and write `path`. It is not opened: that would reset some boards. */
  mayUse(path: string): Promise<boolean>;
  /** Runs a program to its end; undefined where there is none of that name, or it does not end. */
  run(program: string, args: readonly string[]): Promise<Said | undefined>;
}

/** One check. */
export interface Check {
  /** As in `--json`. */
  readonly name: string;
  /** As people read it. */
  readonly title: string;
  run(scene: Scene): Promise<Finding[]>;
}

/** A finding that all is well. */
export function fine(text: string): Finding {
  return { verdict: "ok", text };
}

/** The running programs of a scene, by name. Those that end meanwhile are left out. */
export async function processes({ root }: Scene): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  try {
    for await (const { name } of Deno.readDir(`${root}/proc`)) {
      if (!/^\d+$/.test(name)) continue;
      const comm = await Deno.readTextFile(`${root}/proc/${name}/comm`).catch(() => "");
      if (comm !== "") found.set(comm.trim(), Number(name));
    }
  } catch {
    // No /proc: not Linux.
  }
  return found;
}
