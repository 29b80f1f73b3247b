/** Magics that are not ours: IPython's, in the Python of this computer. */

import { UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { closest } from "@/base/text.ts";
import type { Context } from "@/commands/command.ts";
import type { HostMagics } from "@/host/host_python.ts";

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
 * @throws {UsageError} when IPython does not know it either, or is not there.
 */
export async function runForeignMagic(
  { sign, name, code }: ForeignMagic,
  { host, commands, cellMagics, sink, signal }: Context,
): Promise<Outcome> {
  const kind = sign === "%%" ? "cell" : "line";
  let magics: HostMagics | undefined;
  let missing = "IPython has more, where Python has ipykernel: it has none here.";
  try {
    magics = await host.magics({ signal });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    missing = `IPython has more. ${error.message}`;
  }
  const theirs = magics?.[kind] ?? [];
  if (theirs.includes(name)) return await host.run(code, { sink, signal });
  const ours = kind === "cell"
    ? cellMagics
    : commands.filter(({ surfaces }) => surfaces.includes("notebook"));
  // Ours first: who mistypes a magic here most likely means one of these.
  const near = closest(name, ours.map(({ name }) => name)) ?? closest(name, theirs);
  throw new UsageError(
    `Unknown ${kind === "cell" ? "cell magic" : "magic"} "${sign}${name}". ` +
      `${near === undefined ? "" : `Did you mean ${sign}${near}? `}%lsmagic lists all.` +
      (magics === undefined ? ` ${missing}` : ""),
  );
}
