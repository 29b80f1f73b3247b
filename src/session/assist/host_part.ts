/** The part of a cell that is for the Python of this computer, and its completions. */

import type { MimeBundle } from "@/base/mime.ts";
import type { CellMagic, Command } from "@/commands/command.ts";
import type { HostNames } from "@/host/host_python.ts";
import type { Completions } from "../answers.ts";
import { linesOf } from "../cell.ts";
import { cursorAt } from "./cursor.ts";

/** Which magics are ours. */
export interface OurMagics {
  readonly commands: readonly Command[];
  readonly cellMagics: readonly CellMagic[];
}

/** What of a cell's text IPython is to look at. */
export interface HostPart {
  readonly code: string;
  /** UTF-16 index of the cursor in it. */
  readonly cursor: number;
  /** UTF-16 index of its beginning in the cell. */
  readonly offset: number;
  /** Whether Python may be started for it: it is meant for Python for sure. */
  readonly start: boolean;
}

/** The part that `cursor` is in, a UTF-16 index in `text`; undefined where it is not Python's. */
export function hostPart(text: string, cursor: number, ours: OurMagics): HostPart | undefined {
  const from = (offset: number, end: number, start: boolean): HostPart => ({
    code: text.slice(offset, end),
    cursor: cursor - offset,
    offset,
    start,
  });
  const blank = /^(?:[^\S\r\n]*(?:\r\n|\n|\r))*/.exec(text)![0].length;
  const header = linesOf(text.slice(blank))[0];
  const name = /^%%\s*(\S+)/.exec(header);
  const headerEnd = blank + header.length;
  if (name?.[1] === "host") {
    if (cursor <= headerEnd) return undefined;
    const body = headerEnd + /^(?:\r\n|\n|\r)?/.exec(text.slice(headerEnd))![0].length;
    return from(body, text.length, true);
  }
  if (name !== null && !ours.cellMagics.some((magic) => magic.name === name[1])) {
    return cursor <= blank + name[0].length ? undefined : from(blank, text.length, false);
  }
  const at = cursorAt(text, cursor);
  if (at.kind !== "argument" || at.isCell) return undefined;
  const isOurs = ours.commands.some((command) =>
    command.name === at.magic && command.surfaces.includes("notebook")
  );
  if (isOurs) return undefined;
  const before = /[^\r\n]*$/.exec(text.slice(0, cursor))![0].length;
  const behind = /^[^\r\n]*/.exec(text.slice(cursor))![0].length;
  return from(cursor - before, cursor + behind, false);
}

/** What IPython says may stand at the cursor of its part. */
export async function completePart(
  { code, cursor, offset, start }: HostPart,
  names: HostNames,
): Promise<Completions> {
  const found = await names.complete(code, cursor, { start });
  if (found === undefined) return { matches: [], start: offset + cursor, end: offset + cursor };
  return { ...found, start: offset + found.start, end: offset + found.end };
}

/** What IPython knows about the name at the cursor of its part. */
export async function inspectPart(
  { code, cursor, start }: HostPart,
  names: HostNames,
  { detail }: { readonly detail: 0 | 1 },
): Promise<MimeBundle | undefined> {
  return await names.inspect(code, cursor, { start, detail });
}

/** Adds the magics of IPython, where it runs, to those of ours that begin as the one being typed. */
export async function withForeignMagics(
  completions: Completions,
  { text, cursor, names }: {
    readonly text: string;
    readonly cursor: number;
    readonly names: HostNames;
  },
): Promise<Completions> {
  const at = cursorAt(text, cursor);
  if (at.kind !== "magic") return completions;
  const found = await names.complete(at.prefix, at.prefix.length, { start: false });
  const known = new Set(completions.matches.map(({ text }) => text));
  const more = (found?.matches ?? [])
    .filter(({ text }) => text.startsWith(at.prefix) && !known.has(text))
    .filter(({ text }) => at.cellToo || !text.startsWith("%%"))
    .map(({ text }) => ({ text, type: "magic" }));
  const matches = [...completions.matches, ...more].toSorted((a, b) => a.text < b.text ? -1 : 1);
  return { ...completions, matches };
}
