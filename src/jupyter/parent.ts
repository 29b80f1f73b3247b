/** Notices that the program which started this one is gone. */

/** How often to look, in milliseconds. */
const POLL_MS = 1_000;

/** How a process learns about others; replaced in tests. */
export interface Processes {
  /** The process that started this one, now. */
  parent(): number;
  exists(pid: number): boolean;
}

/** The system's own answers. */
export const SYSTEM_PROCESSES: Processes = {
  parent: () => Deno.ppid,
  exists(pid) {
    if (Deno.build.os !== "linux") return true;
    try {
      Deno.statSync(`/proc/${pid}`);
      return true;
    } catch {
      return false;
    }
  },
};

/**
 * Calls `onGone` once when process `pid`, which Jupyter announces as `$JPY_PARENT_PID`, has died:
 * it is no longer there, or this process has been handed to another parent. Between the two there
 * may be a wrapper, so `pid` need not be the direct parent.
 */
export function watchParent(
  pid: number,
  onGone: () => void,
  options: { processes?: Processes; pollMs?: number } = {},
): Disposable {
  const { processes = SYSTEM_PROCESSES, pollMs = POLL_MS } = options;
  const parent = processes.parent();
  const timer = setInterval(() => {
    if (processes.parent() === parent && processes.exists(pid)) return;
    clearInterval(timer);
    onGone();
  }, pollMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
