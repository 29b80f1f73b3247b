/** Magics that are not ours: IPython's, in the Python of this computer. */

import { UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { closest } from "@/base/text.ts";
import type { Context } from "@/commands/command.ts";
import type { HostMagics } from "@/host/host_python.ts";
import { linesOf } from "./cell.ts";
import { PythonLines } from "./python_lines.ts";

/** A magic that is none of ours. */
export interface ForeignMagic {
  readonly sign: "%" | "%%";
  readonly name: string;
  /** The line, or the whole cell. */
  readonly code: string;
}

/**
 * Runs a magic by IPython.
 *
 * @throws {UsageError} when IPython does not know it either, or is not there, or when it would run
 * IPython's magics in the place of ours.
 */
export async function runForeignMagic(magic: ForeignMagic, context: Context): Promise<Outcome> {
  const { sign, name, code } = magic;
  const { host, sink, signal, devices } = context;
  if (name === "") throw new UsageError(`"${sign}" lacks a name. %lsmagic lists all magics.`);
  let magics: HostMagics | undefined;
  let missing = "";
  try {
    magics = await host.magics({ signal });
    if (magics === undefined) missing = "its Python has no ipykernel.";
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    missing = error.message;
  }
  if (!(magics?.[sign === "%%" ? "cell" : "line"] ?? []).includes(name)) {
    throw unknown(magic, { context, magics, missing });
  }
  const ours = context.commands.filter(({ surfaces }) => surfaces.includes("notebook"));
  const taken = takenFromUs(magic, new Set(ours.map(({ name }) => name)));
  if (taken !== undefined) throw takingOurs(magic, taken);
  const outcome = await host.run(code, { sink, signal });
  return devices.connected === undefined ? outcome : withHint(outcome, `${sign}${name}`);
}

/** A line that IPython would run as a magic of its own. */
interface TakenLine {
  /** The number, from 1, that it has in the cell. */
  readonly line: number;
  readonly text: string;
  /** The magic's, which is one of ours. */
  readonly name: string;
}

/** Cell magics of IPython's whose cells are no code of IPython's: in those a `%` is the text's own. */
const TEXTS: ReadonlySet<string> = new Set([
  ...["!", "bash", "file", "html", "HTML", "javascript", "js", "latex", "markdown", "perl", "pypy"],
  ...["python", "python2", "python3", "ruby", "script", "sh", "svg", "SVG", "sx", "system"],
  "writefile",
]);

/** A magic, perhaps with a variable for its value in front: IPython takes both, and indented. */
const MAGIC_LINE = /^\s*(?:[\p{L}_][\p{L}\p{N}_.,\s[\]]*=\s*)?%\s*([\p{L}_][\p{L}\p{N}_]*)/u;

/** A magic as what another one runs, behind its options: `%timeit -n1 %rm x`, but not `%timeit a %b`. */
const LINE_WITHIN = /^%+\s*\S+\s+(?:-\S*\s+)*%\s*([\p{L}_][\p{L}\p{N}_]*)/u;

/**
 * The first line of what a magic runs that begins with one of `ours`. IPython has aliases such as `%rm`
 * and `%cp`: they would change files of this computer where those of a board are meant.
 */
export function takenFromUs(
  { sign, name, code }: ForeignMagic,
  ours: ReadonlySet<string>,
): TakenLine | undefined {
  if (sign === "%%" && TEXTS.has(name)) return undefined;
  const [first, ...body] = linesOf(code);
  const inLine = LINE_WITHIN.exec(first)?.[1];
  if (inLine !== undefined && ours.has(inLine)) {
    return { line: 1, text: first.trim(), name: inLine };
  }
  const scanner = new PythonLines();
  for (const [index, text] of body.entries()) {
    const taken = scanner.atStart ? MAGIC_LINE.exec(text)?.[1] : undefined;
    if (taken !== undefined && ours.has(taken)) {
      return { line: index + 2, text: text.trim(), name: taken };
    }
    // Neither a magic's words nor a shell's are Python: a quote there opens no string.
    if (!scanner.atStart || !/^\s*[%!]/.test(text)) scanner.read(text);
  }
  return undefined;
}

function takingOurs(
  { sign, name }: ForeignMagic,
  { line, text, name: taken }: TakenLine,
): UsageError {
  return new UsageError(
    `Line ${line}, "${text}": ${sign}${name} runs what it is given on this computer, where %${taken} ` +
      `is not iot's. Nothing was run. Put %${taken} in a cell of its own, without ${sign}${name}; if ` +
      `you mean IPython's %${taken}, on this computer, use a %%host cell.`,
  );
}

function unknown(
  { sign, name }: ForeignMagic,
  { context: { commands, cellMagics }, magics, missing }: {
    readonly context: Pick<Context, "commands" | "cellMagics">;
    readonly magics: HostMagics | undefined;
    /** Why there are none of IPython's; empty where there are. */
    readonly missing: string;
  },
): UsageError {
  const lines = commands.filter(({ surfaces }) => surfaces.includes("notebook"))
    .map(({ name }) => name);
  const cells = cellMagics.map(({ name }) => name);
  const [ours, others] = sign === "%%" ? [cells, lines] : [lines, cells];
  const [theirs, theirOthers] = sign === "%%"
    ? [magics?.cell, magics?.line]
    : [magics?.line, magics?.cell];
  if (others.includes(name) || theirOthers?.includes(name)) {
    return new UsageError(
      sign === "%%"
        ? `"%%${name}" is no magic for a cell, but %${name} is one for a line.`
        : `"%${name}" is no magic for a line, but %%${name} is one for a cell: write it in the ` +
          "cell's first line, and what it shall work on below.",
    );
  }
  // Ours first: who mistypes a magic here most likely means one of these.
  const near = closest(name, ours) ?? closest(name, theirs ?? []);
  if (near === undefined && missing !== "") {
    return new UsageError(
      `"${sign}${name}" is none of iot's magics, and IPython's are not available: ${missing}`,
    );
  }
  return new UsageError(
    `Unknown ${sign === "%%" ? "cell magic" : "magic"} "${sign}${name}". ` +
      `${near === undefined ? "" : `Did you mean ${sign}${near}? `}%lsmagic lists iot's.` +
      (missing === "" ? "" : ` IPython's magics are not available: ${missing}`),
  );
}

/** The errors of code that was written for a board. */
const MISSING_NAMES: readonly string[] = ["NameError", "ModuleNotFoundError", "ImportError"];

/** Says where the code ran, in case that it was meant for the board. */
function withHint(outcome: Outcome, magic: string): Outcome {
  if (outcome.status === "ok" || !MISSING_NAMES.includes(outcome.ename)) return outcome;
  const hint = `${magic} ran this by the Python of this computer, not on the board.`;
  return { ...outcome, traceback: [...outcome.traceback, hint] };
}
