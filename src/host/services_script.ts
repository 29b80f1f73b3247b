/** Shell scripts that run inside a container: one that runs a cell, one that ends what it started. */

import { UsageError } from "@/base/errors.ts";

/** Marks all processes of a cell by their environment, which children inherit and cannot lose. */
const MARK_VARIABLE = "IOT_SERVICE_CELL";

/**
 * The most characters in one argument. Linux takes 128 KiB (`MAX_ARG_STRLEN`, execve(2)), and a
 * character has up to four bytes.
 */
const PIECE_CHARACTERS = 30_000;

/** Linux takes 2 MiB of arguments and environment, at the usual limit of the stack: execve(2). */
const MAX_SCRIPT_CHARACTERS = 600_000;

/** What {@linkcode cellArguments} is told. */
export interface CellOptions {
  /** As the user named it: in the name of the file that is sourced first, and in messages. */
  readonly service: string;
  /** The shell in the container; bash where there is one, else sh, where not said. */
  readonly shell?: string | undefined;
  /** The number, from 1, that the body's first line has in the cell. */
  readonly firstLine: number;
}

/**
 * The program and arguments that run `body` with a shell of the container: in the user's home
 * directory, after `.init_SERVICE.sh` there if there is one, as iot49's kernel does
 * (`iot_kernel/magics/ssh.py`, `service_magic`). No shell ever parses the body but the one that runs
 * it, and line numbers in its messages are the cell's.
 *
 * @throws {UsageError} when the body is too long, or holds what no shell can.
 */
export function cellArguments(body: string, options: CellOptions): string[] {
  const { service, shell, firstLine } = options;
  if (body.includes("\0")) {
    throw new UsageError("The cell holds a NUL character. No shell takes it.");
  }
  if (body.length > MAX_SCRIPT_CHARACTERS) {
    throw new UsageError(
      `The cell is too long for a shell: ${body.length} characters, at most ` +
        `${MAX_SCRIPT_CHARACTERS}. Put what makes it long into a file that the container sees.`,
    );
  }
  const script = "\n".repeat(firstLine - 1) + body;
  const pieces = split(script);
  const run = [startScript(pieces.length), service, ...pieces];
  if (shell !== undefined) return [shell, "-c", ...run];
  return ["sh", "-c", 'command -v bash >/dev/null 2>&1 && exec bash -c "$@"; exec sh -c "$@"', "sh"]
    .concat(run);
}

/**
 * Takes the body from the arguments, lest the file that it sources first sees them, and runs it. All
 * in one line: shells count the body's lines from here.
 */
function startScript(pieces: number): string {
  const all = Array.from({ length: pieces }, (_, index) => `\${${index + 1}-}`).join("");
  return `_iot_cell=${all}; set --; cd "\${HOME:-/}" 2>/dev/null || :; ` +
    'if [ -f "./.init_$0.sh" ]; then . "./.init_$0.sh"; fi; ' +
    'eval "unset _iot_cell; $_iot_cell"';
}

/** Never between the halves of a surrogate pair. */
function split(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${PIECE_CHARACTERS}}`, "gu")) ?? [""];
}

/** The marking of a cell's processes, as an engine's `exec --env` takes it. */
export function markOf(cell: string): string {
  return `${MARK_VARIABLE}=${cell}`;
}

/** Signals that processes are ended with; `0` only looks. Names as POSIX's `kill -s` takes them. */
export type EndSignal = "INT" | "TERM" | "KILL" | "0";

/**
 * The program and arguments that send `signal` to all processes that are marked with `mark`, and
 * print the number of each. They need nothing but a shell and `cat`.
 */
export function signalArguments(mark: string, signal: EndSignal): string[] {
  const script = 'for process in /proc/[0-9]*; do case $(cat "$process/environ") in *"$1"*) ' +
    'kill -s "$0" "${process#/proc/}" && echo "${process#/proc/}";; esac; done 2>/dev/null';
  return ["sh", "-c", script, signal, mark];
}
