/** Trees of files that follow from a seed, and how one becomes the next. */

import type { WantedFile } from "@/device/files/board_files.ts";

/** 32 random bits at a time. */
export type Random = () => number;

/** Contents of files by their board's path. */
export type Tree = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** A source of random numbers that is the same for the same seed: xorshift32 (G. Marsaglia, 2003). */
export function randomFrom(seed: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>>= 0;
  };
  // Neighbouring seeds begin alike.
  for (let i = 0; i < 8; i++) next();
  return next;
}

/** A whole number from 0 to `limit` - 1. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() / 2 ** 32 * limit);
}

/** One of `choices`. */
export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)];
}

/** Folders never have the name of a file, so that any two trees can follow each other. */
const FOLDERS = ["", "", "lib/", "lib/", "lib/pkg/", "data files/", "größe/", "a/b/c/"];
const NAMES = ["boot.py", "main.py", "x.py", "umlaut-ä.txt", "it's 100%.txt", '"q".bin', "z", "🙂"];
const MOST_FILES = 8;

/** How large files are. */
const SIZES = [0, 1, 40, 200, 511, 512, 513, 1_024, 1_900, 3_000];

/** Any tree, of up to 8 small files. */
export function randomTree(random: Random): Tree {
  return nextTree(random, new Map());
}

/** A tree that could be what becomes of `tree` at the next sync: some files as they are, some not. */
export function nextTree(random: Random, tree: Tree): Tree {
  const next = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [path, data] of tree) {
    const fate = below(random, 10);
    if (fate < 4) next.set(path, data);
    else if (fate < 8) next.set(path, randomContent(random));
  }
  const count = 1 + below(random, MOST_FILES);
  // At least one file is new or another, so that there is something to do.
  do {
    const path = `/${oneOf(random, FOLDERS)}${oneOf(random, NAMES)}`;
    next.set(path, randomContent(random));
  } while (next.size < count);
  return next;
}

function randomContent(random: Random): Uint8Array<ArrayBuffer> {
  const size = Math.max(0, oneOf(random, SIZES) + below(random, 3) - 1);
  switch (below(random, 3)) {
    case 0:
      return Uint8Array.from({ length: size }, () => random() & 0xff);
    case 1: {
      const line = new TextEncoder().encode(`value_${random() % 1000} = ${random()}\n`);
      return Uint8Array.from({ length: size }, (_, at) => line[at % line.length]);
    }
    default: {
      // What REPLs take for commands, and what protocols take for signs.
      const keys = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0d, 0x10, 0x15, 0x16, 0x1a];
      return Uint8Array.from({ length: size }, () => oneOf(random, keys));
    }
  }
}

/** The files of a tree as a board's files are to have them. */
export async function wantedFiles(tree: Tree): Promise<WantedFile[]> {
  return await Promise.all(
    [...tree].map(async ([path, data]) => ({
      path,
      size: data.length,
      sha256: new Uint8Array(await crypto.subtle.digest("SHA-256", data)),
      read: () => Promise.resolve(data),
    })),
  );
}

/** Whether two contents are the same. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
