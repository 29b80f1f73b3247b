/** Completes magics and their arguments, as the commands declare them. */

import {
  type Declared,
  type DeclaredArgument,
  declaredBy,
  declaredByCell,
  listArguments,
} from "@/commands/arguments.ts";
import type { Completion } from "../answers.ts";
import type { CompleterOptions } from "./completer.ts";
import type { Cursor } from "./cursor.ts";
import { boardPaths, hostPaths } from "./paths.ts";

/** What an argument that stands by its place is; a path of the host where nothing is said. */
const MEANINGS: Readonly<Record<string, "board path" | "board name" | "either path">> = {
  cat: "board path",
  connect: "board name",
  cp: "either path",
  mkdirs: "board path",
  register: "board name",
  rlist: "board path",
  rm: "board path",
};

/** The magics that begin so. */
export function completeMagic(
  { prefix, cellToo }: Extract<Cursor, { kind: "magic" }>,
  { commands, cellMagics }: CompleterOptions,
): Completion[] {
  const magics = commands
    .filter(({ surfaces }) => surfaces.includes("notebook"))
    .map(({ name }) => `%${name}`);
  const both = [...magics, ...(cellToo ? cellMagics.map(({ name }) => `%%${name}`) : [])];
  return both.filter((text) => text.startsWith(prefix)).map((text) => ({ text, type: "magic" }));
}

/** What `%name` or `%%name` declares; undefined when there is none. */
export function declaredMagic(
  name: string,
  { isCell, commands, cellMagics }:
    & Pick<CompleterOptions, "commands" | "cellMagics">
    & { readonly isCell: boolean },
): Declared | undefined {
  if (isCell) {
    const magic = cellMagics.find((magic) => magic.name === name);
    return magic && declaredByCell(magic);
  }
  const command = commands.find((command) =>
    command.name === name && command.surfaces.includes("notebook")
  );
  return command && declaredBy(command, "notebook");
}

/** A magic's flags, the values of an option, boards, or paths. */
export async function completeArgument(
  { magic, isCell, before, prefix }: Extract<Cursor, { kind: "argument" }>,
  options: CompleterOptions,
): Promise<Completion[]> {
  const declared = declaredMagic(magic, { ...options, isCell });
  const args = declared === undefined ? [] : await listArguments(declared);
  if (prefix.startsWith("-")) {
    return args.flatMap(({ flags }) => flags).map((text) => ({ text, type: "option" }));
  }
  const last = before.at(-1);
  const option = args.find(({ flags, takesValue }) => takesValue && flags.includes(last ?? ""));
  const byPlace = args.filter(({ flags }) => flags.length === 0);
  const argument = option ?? byPlace[Math.min(countWords(before, args), byPlace.length - 1)];
  if (argument && argument.choices.length > 0) {
    return argument.choices.map((text) => ({ text, type: "value" }));
  }
  if (declared !== undefined && argument === undefined) return [];
  if (argument && /^(?:device|target|board)s?$|^names$/.test(argument.name)) {
    return await boardNames(options);
  }
  switch (option === undefined ? MEANINGS[magic] : undefined) {
    case "board name":
      return await boardNames(options);
    case "board path":
      return await boardPaths(prefix, options.knowledge);
    case "either path":
      if (!prefix.startsWith(":")) return await hostPaths(prefix, options.environment);
      return (await boardPaths(prefix.slice(1), options.knowledge))
        .map(({ text }) => ({ text: `:${text}`, type: "path" }));
    default:
      return await hostPaths(prefix, options.environment);
  }
}

/** How many of the words are arguments that stand by their place. */
function countWords(words: readonly string[], args: readonly DeclaredArgument[]): number {
  let count = 0;
  for (const [index, word] of words.entries()) {
    const valued = args.find(({ flags }) => flags.includes(words[index - 1] ?? ""))?.takesValue;
    if (!word.startsWith("-") && !valued) count++;
  }
  return count;
}

/** Boards that are known, and how addresses begin. Asks no board, and nobody on the network. */
async function boardNames({ devices, schemes }: CompleterOptions): Promise<Completion[]> {
  await devices.names.load();
  const names = [
    ...devices.names.boards.map(({ name }) => name),
    ...devices.found.flatMap(({ name, url, uid }) => [name, url, uid]),
    ...(devices.connected ? [devices.connected.url] : []),
  ];
  return [
    ...names.filter((name) => name !== "").map((text) => ({ text, type: "device" })),
    ...[...schemes.keys()].map((name) => ({ text: `${name}://`, type: "scheme" })),
  ];
}
