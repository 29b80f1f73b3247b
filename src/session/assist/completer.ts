/** Completes names, attributes, modules, magics, their arguments, and paths. */

import type { CellMagic, Command } from "@/commands/command.ts";
import type { Environment } from "@/config/environment.ts";
import type { Device } from "@/device/device.ts";
import type { Names, ObjectPath } from "@/device/names/names.ts";
import type { Completion, Completions } from "../answers.ts";
import { BUILTINS, HARMLESS_MODULES, KEYWORDS } from "./builtin_names.ts";
import { namesInCell } from "./cell_names.ts";
import { type Cursor, cursorAt } from "./cursor.ts";
import type { Knowledge } from "./knowledge.ts";
import { completeArgument, completeMagic } from "./magic_words.ts";
import type { Notes } from "./notes.ts";
import { boardPaths, hostPaths } from "./paths.ts";

/** The boards, as far as completion looks at them. */
export interface BoardList {
  readonly connected: Device | undefined;
  /** What was found last, without looking again. */
  readonly found: readonly { readonly name: string; readonly uid: string; readonly url: string }[];
  /** What device files call boards. */
  readonly names: {
    readonly boards: readonly { readonly name: string }[];
    load(): Promise<void>;
  };
}

/** What completing needs to know. */
export interface CompleterOptions {
  readonly commands: readonly Command[];
  readonly cellMagics: readonly CellMagic[];
  readonly environment: Environment;
  /** What addresses begin with. */
  readonly schemes: { keys(): Iterable<string> };
  readonly devices: BoardList;
  readonly knowledge: Knowledge;
  readonly notes: Notes;
}

/** What may stand at `cursor`, a UTF-16 index in `text`. */
export async function complete(
  text: string,
  cursor: number,
  options: CompleterOptions,
): Promise<Completions> {
  const at = cursorAt(text, cursor);
  const above = text.slice(0, text.lastIndexOf("\n", cursor - 1) + 1);
  const prefix = "prefix" in at ? at.prefix : "";
  const found = await candidates(at, above, options);
  const matches = found
    .filter(({ text }) => text.startsWith(prefix))
    // What begins with an underscore is not meant unless it is said.
    .filter(({ text }) => prefix !== "" || !text.startsWith("_"))
    .toSorted((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0)
    .filter(({ text }, index, all) => text !== all[index - 1]?.text);
  return { matches, start: cursor - prefix.length, end: cursor };
}

async function candidates(
  cursor: Cursor,
  above: string,
  options: CompleterOptions,
): Promise<readonly Completion[]> {
  const { knowledge } = options;
  switch (cursor.kind) {
    case "nothing":
      return [];
    case "name":
      return await plainNames(options);
    case "attribute":
      return listed(await attributes(cursor.object, above, options));
    case "module":
      return modules(await knowledge.modules(cursor.inPackage), cursor.inPackage);
    case "member":
      return listed(await knowledge.attributes(loadedModule(cursor.module)));
    case "key":
      return (await knowledge.keys(cursor.object) ?? [])
        .filter((text) => !/["'\\]/.test(text))
        .map((text) => ({ text, type: "key" }));
    case "string":
      return cursor.opens || cursor.prefix.startsWith("/")
        ? await boardPaths(cursor.prefix, knowledge)
        : [];
    case "shell":
      return await hostPaths(cursor.prefix, options.environment);
    case "magic":
      return completeMagic(cursor, options);
    case "argument":
      return await completeArgument(cursor, options);
  }
}

/** The names that can stand alone: as the board has them, and as cells since have made them. */
async function plainNames({ knowledge, notes }: CompleterOptions): Promise<Completion[]> {
  const known = await knowledge.main();
  const names: Names = new Map([
    ...(known?.builtin ?? BUILTINS),
    ...(known?.fresh ? [] : notes.bound),
    ...(known?.main ?? []),
  ]);
  return [...KEYWORDS.map((text) => ({ text, type: "keyword" })), ...listed(names)];
}

/** @param above the lines of the cell before the cursor's, which may not have run */
async function attributes(
  object: ObjectPath,
  above: string,
  { knowledge }: CompleterOptions,
): Promise<Names | undefined> {
  const { root, attributes } = object;
  const names = await knowledge.attributes(object) ??
    await knowledge.attributes(importedAbove(object, above) ?? object);
  // While it runs, a cell may import what was not known before it: a module is one however it got there.
  if (names !== undefined || attributes.length > 0 || !HARMLESS_MODULES.has(root)) return names;
  return knowledge.remembered(loadedModule(root));
}

/** The same object by what the cell imports its name from, if that can be had without running code. */
function importedAbove({ root, attributes }: ObjectPath, above: string): ObjectPath | undefined {
  const imported = namesInCell(above).imports.get(root);
  if (imported === undefined) return undefined;
  const { module, member } = imported;
  const begin = member === undefined ? [] : [member];
  return { root: loadedModule(module).root, attributes: [...begin, ...attributes] };
}

/** How a module that is loaded, or does nothing when it is, can be had without naming it. */
export function loadedModule(name: string): ObjectPath {
  const root = HARMLESS_MODULES.has(name)
    ? `__import__(${JSON.stringify(name)})`
    : `__import__("sys").modules[${JSON.stringify(name)}]`;
  return { root, attributes: [] };
}

function listed(names: Names | undefined): Completion[] {
  return [...names ?? []].map(([text, type]) => ({ text, type }));
}

/** Modules by the part of their names that follows the package's. */
function modules(names: ReadonlySet<string> | undefined, inPackage: string): Completion[] {
  const begin = inPackage === "" ? "" : `${inPackage}.`;
  return [...names ?? []]
    .filter((name) => name.startsWith(begin))
    .map((name) => ({ text: name.slice(begin.length).split(".")[0], type: "module" }));
}
