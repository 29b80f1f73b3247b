/** A program with everything that it has started, as far as that has not left it: signalled as one. */

import { pause, within } from "@/base/deadline.ts";

/**
 * What a group is ended with, and how long it may take to heed it, in milliseconds. All together is
 * less than the five seconds that Jupyter gives a kernel to shut down (`shutdown_wait_time`).
 */
const STAGES: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGINT", 2_000],
  ["SIGTERM", 1_000],
  ["SIGKILL", 1_000],
];

/**
 * How long of that is left to what outlives the program itself, in milliseconds: a shell's
 * background jobs do not hear SIGINT (POSIX, Shell Command Language, 2.9.3.1).
 */
const STRAGGLER_MS = 500;

/** Between two looks whether all have ended, in milliseconds. */
const POLL_MS = 20;

/** How long Windows' `taskkill` may take, in milliseconds. */
const TASKKILL_MS = 3_000;

/** How groups are dealt with on one kind of system. */
interface Ways {
  /** Whether the program leads a session of its own: it has a group then, and no terminal. */
  readonly detached: boolean;
  /** Signals all of the group. */
  send(pid: number, signal: Deno.Signal): Promise<void>;
  /** Whether any of the group is left once its leader has ended. */
  remains(pid: number): Promise<boolean>;
}

const POSIX: Ways = {
  detached: true,
  send: (pid, signal) => {
    reaches(pid, signal);
    reaches(pid, "SIGCONT"); // what is stopped hears nothing
    return Promise.resolve();
  },
  remains: async (pid) => {
    if (!reaches(pid, 0)) return false;
    return Deno.build.os !== "linux" || await livesInProc(pid);
  },
};

const WINDOWS: Ways = {
  detached: false,
  // There are neither groups nor signals: the tree below the program is ended at once.
  send: async (pid) => {
    const [program, ...args] = taskkill(pid);
    const ended = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output();
    await within(TASKKILL_MS, ended);
  },
  remains: () => Promise.resolve(false),
};

/** The command line that ends a program of Windows and what it has started. */
export function taskkill(pid: number): string[] {
  return ["taskkill", "/T", "/F", "/PID", `${pid}`];
}

const WAYS = Deno.build.os === "windows" ? WINDOWS : POSIX;

/** What a program must be started with to be in a group of its own. */
export const GROUP_OPTIONS = { detached: WAYS.detached } as const;

/** The group of a program that was started with {@linkcode GROUP_OPTIONS}. */
export class ProcessGroup {
  readonly #child: Deno.ChildProcess;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Whether anything of it runs once the program itself has ended. */
  async remains(): Promise<boolean> {
    return await WAYS.remains(this.#child.pid);
  }

  /**
   * Ends all of it, first kindly. Resolves with whether nothing is left when the program and all
   * others have ended, or have not heeded even SIGKILL for a second.
   */
  async end(): Promise<boolean> {
    const { pid, status } = this.#child;
    for (const [signal, graceMs] of STAGES) {
      const start = performance.now();
      await WAYS.send(pid, signal);
      if (!await within(graceMs, status)) continue;
      const end = Math.min(start + graceMs, performance.now() + STRAGGLER_MS);
      do {
        if (!await this.remains()) return true;
        await pause(POLL_MS);
      } while (performance.now() < end);
    }
    return false;
  }
}

/** Sends a signal to a group, 0 for none; whether the group has anybody in it. */
function reaches(pid: number, signal: Deno.Signal | 0): boolean {
  try {
    Deno.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // What has become another user's, as sudo does, is there all the same.
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}

/**
 * Whether any of a group runs. Where nobody buries the dead, as in a container without an init, they
 * still count as members.
 */
async function livesInProc(group: number): Promise<boolean> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => ""); // it has just ended
    // `pid (name) state parent group …`, and a name may hold anything: proc(5).
    const [state, , member] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(member) === group && state !== "Z" && state !== "X") return true;
  }
  return false;
}
