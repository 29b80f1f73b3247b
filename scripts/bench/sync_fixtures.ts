/** The files that `bench:sync` moves: the same ones every time, as people have them on boards. */

import { ROOT } from "../../hil/acceptance/support/product.ts";
import { randomSource } from "../../mocks/random.ts";

/** How many bytes the single files have. */
export const FILE_BYTES = 100_000;
/** How many files the tree has. */
const TREE_FILES = 50;
const SEED = 5;
/** Pinned in requirements.txt, and Python as people write it. */
const SOURCE_PACKAGE = "mpremote";

/** Paths below the folder that they lie in, and contents. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Everything that is moved. */
export interface Fixtures {
  readonly random: Uint8Array<ArrayBuffer>;
  readonly source: Uint8Array<ArrayBuffer>;
  readonly tree: Files;
}

/** Reads and makes them. */
export async function fixtures(): Promise<Fixtures> {
  const source = (await pythonSource()).slice(0, FILE_BYTES);
  if (source.length < FILE_BYTES) throw new Error(`${SOURCE_PACKAGE} has become too small`);
  return { random: randomBytes(), source, tree: treeOf(source) };
}

function randomBytes(): Uint8Array<ArrayBuffer> {
  const random = randomSource(SEED);
  return Uint8Array.from({ length: FILE_BYTES }, () => random() & 0xff);
}

async function pythonSource(): Promise<Uint8Array<ArrayBuffer>> {
  const lib = `${ROOT}.venv/lib`;
  const python = (await namesIn(lib)).find((name) => name.startsWith("python"));
  const folder = `${lib}/${python}/site-packages/${SOURCE_PACKAGE}`;
  const parts = [];
  for (const name of await namesIn(folder)) {
    if (name.endsWith(".py")) parts.push(await Deno.readFile(`${folder}/${name}`));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function namesIn(folder: string): Promise<string[]> {
  const names = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.toSorted();
}

/** Fifty modules of 200 to 2,600 bytes in five folders, 70 KB together. */
function treeOf(source: Uint8Array<ArrayBuffer>): Files {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let at = 0;
  for (let index = 0; index < TREE_FILES; index++) {
    const size = 200 + index * 977 % 2400;
    const name = `part${index % 5}/module${String(index).padStart(2, "0")}.py`;
    files.set(name, source.slice(at, at + size));
    at += size;
  }
  return files;
}

/** Puts files below `folder`. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, data] of files) {
    const place = `${folder}/${path}`;
    await Deno.mkdir(place.slice(0, place.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(place, data);
  }
}
