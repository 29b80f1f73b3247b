/** How the files of a board differ from those that are wanted, by content, in one question. */

import type { Device } from "../device.ts";
import { ask, type AskOptions } from "./ask.ts";
import type { BoardEntry, TreeDifference, WantedFile } from "./board_files.ts";
import { type ContentDigest } from "./content_digest.ts";
import difference from "./difference.py" with { type: "text" };
import digestOf from "./digest_of.py" with { type: "text" };
import { byPath, readEntry, translated } from "./listing.ts";
import { isPart } from "./part_name.ts";
import { pythonBytes, pythonString } from "./python_text.ts";
import walk from "./walk.py" with { type: "text" };

/** How much of a digest a board says for each file: what tells contents apart, in few bytes. */
const SHORT_DIGEST_BYTES = 8;

/** How many files are asked about at once: a board keeps their names in memory. */
const NAMES_BYTES = 8_192;

/** What comparing may be told. */
export interface DifferenceOptions extends Omit<AskOptions, "path"> {
  readonly digest: ContentDigest;
  /** How much memory the board has for the question, in bytes; 0: not known. */
  readonly freeBytes: number;
  readonly roots: readonly string[];
  isProtected(path: string): boolean;
}

/** A difference, and what earlier transfers left unfinished. */
export interface FoundDifference extends TreeDifference {
  /** Part files that are there. */
  readonly leftovers: readonly BoardEntry[];
}

/**
 * Compares.
 *
 * @throws {BoardFilesError} `corrupt`, or what reading a file fails with.
 */
export async function findDifference(
  device: Device,
  wanted: readonly WantedFile[],
  options: DifferenceOptions,
): Promise<FoundDifference> {
  const sorted = [...wanted].sort(byPath);
  const add: WantedFile[] = [];
  const update: WantedFile[] = [];
  const others = new Map<string, BoardEntry>();
  const groups = inGroups(sorted, options.freeBytes);
  for (const [index, group] of groups.entries()) {
    // What else is there is asked for once, with the names that are asked about then.
    const roots = index === groups.length - 1 ? options.roots : [];
    const { digests, entries } = await compare(device, group, { ...options, roots });
    for (const { file, expected, found } of digests) {
      if (found.every((byte) => byte === 0)) add.push(file);
      else if (!found.every((byte, at) => byte === expected[at])) update.push(file);
    }
    for (const entry of entries) others.set(entry.path, entry);
  }
  const names = {
    file: new Set(sorted.map(({ path }) => path)),
    folder: new Set(sorted.flatMap(({ path }) => foldersOf(path))),
  };
  const extra = [...others.values()].filter(({ path, kind }) => !names[kind].has(path));
  const leftovers = extra.filter(({ path, kind }) => kind === "file" && isPart(path));
  return { add, update, surplus: surplusOf(extra, options), leftovers };
}

/** The folders above a path but for `/`, the nearest first. */
export function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    folders.push(path.slice(0, at));
  }
  return folders;
}

/** Files, then folders that hold nothing but them, deepest first. */
function surplusOf(
  extra: readonly BoardEntry[],
  { isProtected }: Pick<DifferenceOptions, "isProtected">,
): BoardEntry[] {
  const kept = new Set<string>();
  const files: BoardEntry[] = [];
  for (const entry of extra) {
    if (isProtected(entry.path)) foldersOf(entry.path).forEach((folder) => kept.add(folder));
    else if (entry.kind === "file" && !isPart(entry.path)) files.push(entry);
  }
  const folders = extra.filter(({ path, kind }) =>
    kind === "folder" && !isProtected(path) && !kept.has(path)
  );
  const depth = ({ path }: BoardEntry) => path.split("/").length;
  return [
    ...files.sort(byPath),
    ...folders.sort((a, b) => depth(b) - depth(a) || byPath(a, b)),
  ];
}

async function compare(
  device: Device,
  files: readonly WantedFile[],
  { digest, roots, ...options }: DifferenceOptions,
) {
  const width = Math.min(digest.bytes, SHORT_DIGEST_BYTES);
  const folders = new Map<string, WantedFile[]>();
  for (const file of files) {
    const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
    folders.set(folder, [...folders.get(folder) ?? [], file]);
  }
  const order = [...folders.values()].flat();
  const expected = await Promise.all(
    order.map(async (file) => (await digest.of(file)).subarray(0, width)),
  );
  const whole = new Uint8Array(width * order.length);
  expected.forEach((part, at) => whole.set(part, at * width));
  const summary = digest.bytes < 32 ? "None" : pythonBytes(await digest.ofContent(whole));
  const names = [...folders].map(([folder, inside]) => {
    const quoted = inside.map(({ path }) => pythonString(path.slice(folder.length)));
    return `(${pythonString(folder)},(${quoted.join(",")},)),`;
  });
  const call = `difference((${names.join("")}),(${
    roots.map((root) => `${pythonString(root)},`).join("")
  }),${summary},${width})`;
  const parts = [walk, digest.python, ...(digest.bytes < 32 ? [] : [digestOf]), difference];
  const [first, ...rows] = await translated(
    "/",
    "compare",
    () => ask(device, { parts, call }, { ...options, path: "/" }),
  );
  const found = first === "same" ? whole : fromHex(first);
  return {
    digests: order.map((file, at) => ({
      file,
      expected: expected[at],
      found: found.subarray(at * width, (at + 1) * width),
    })),
    entries: rows.map((row) => readEntry(row, 1970)),
  };
}

/** Groups of files whose names a board has memory for. */
function inGroups(files: readonly WantedFile[], freeBytes: number): WantedFile[][] {
  const limit = freeBytes === 0 ? 512 : Math.min(NAMES_BYTES, freeBytes / 16);
  const groups: WantedFile[][] = [[]];
  let size = 0;
  for (const file of files) {
    const name = file.path.length - file.path.lastIndexOf("/") + 3;
    if (size + name > limit && size > 0) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(file);
    size += name;
  }
  return groups;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
