/**
 * The files of a board that has no folders and little of anything else, as a micro:bit: `os` has
 * listdir(), size() and remove(), a file is replaced in place, and programs have to be tiny.
 */

import { concat, encode } from "@/base/bytes.ts";
import type { Device } from "../device.ts";
import { ask, ATTEMPTS, corruptError, type Program } from "./ask.ts";
import { byteSum } from "./blocks.ts";
import type {
  BoardEntry,
  BoardFiles,
  FilesOptions,
  TransferOptions,
  TreeDifference,
  Volume,
  WantedFile,
} from "./board_files.ts";
import { batches } from "./changes.ts";
import { adler32 } from "./content_digest.ts";
import { contentOf } from "./content_of.ts";
import { BoardFilesError } from "./files_error.ts";
import list from "./flat_list.py" with { type: "text" };
import read from "./flat_read.py" with { type: "text" };
import remove from "./flat_remove.py" with { type: "text" };
import sum from "./flat_sum.py" with { type: "text" };
import { byPath, translated } from "./listing.ts";
import { pythonString, readPythonBytes, readPythonString } from "./python_text.ts";
import { writeInPlace } from "./write_plain.ts";

/** So many names go out at once: all of a program has to fit into about 1 KB. */
const NAMES_BYTES = 300;

/** The files of one such board. */
export class FlatFiles implements BoardFiles {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  async list(
    path: string,
    options: FilesOptions & { readonly recursive?: boolean } = {},
  ): Promise<readonly BoardEntry[]> {
    const entries = await this.#entries(options);
    if (path === "/") return entries;
    const entry = entries.find((entry) => entry.path === path);
    if (entry !== undefined) return [entry];
    throw missing(path, "read");
  }

  volumes(): Promise<readonly Volume[]> {
    return Promise.resolve([]);
  }

  async difference(
    wanted: readonly WantedFile[],
    options: FilesOptions & {
      readonly roots: readonly string[];
      isProtected(path: string): boolean;
    },
  ): Promise<TreeDifference> {
    wanted.forEach(({ path }) => nameOf(path));
    const there = new Map((await this.#entries(options)).map((entry) => [entry.path, entry]));
    const sorted = [...wanted].sort(byPath);
    const alike = sorted.filter(({ path, size }) => there.get(path)?.size === size);
    const sums = await this.#sums(alike.map(({ path }) => path), options);
    const same = new Set<WantedFile>();
    for (const file of alike) {
      if (sums.get(file.path) === sumOf(await file.read())) same.add(file);
    }
    const names = new Set(wanted.map(({ path }) => path));
    return {
      add: sorted.filter(({ path }) => !there.has(path)),
      update: sorted.filter((file) => there.has(file.path) && !same.has(file)),
      surplus: options.roots.includes("/")
        ? [...there.values()].filter(({ path }) => !names.has(path) && !options.isProtected(path))
        : [],
    };
  }

  async upload(files: readonly WantedFile[], options: TransferOptions = {}): Promise<void> {
    const { signal, onProgress } = options;
    files.forEach(({ path }) => nameOf(path));
    const totalBytes = files.reduce((total, { size }) => total + size, 0);
    let before = 0;
    for (const file of files) {
      const { path } = file;
      await this.#write(path, await contentOf(file), {
        signal,
        onBytes: (count) => onProgress?.({ path, doneBytes: before + count, totalBytes }),
      });
      before += file.size;
      onProgress?.({ path, doneBytes: before, totalBytes });
    }
  }

  async download(path: string, options: TransferOptions = {}): Promise<Uint8Array> {
    const { onProgress } = options;
    await this.list(path, options);
    const name = pythonString(nameOf(path));
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const call = `_iot_do(${name})`;
      const rows = await this.#ask(path, "read", { parts: [read], call }, options);
      const content = concat(rows.flatMap((row) => readPythonBytes(row) ?? []));
      if ((await this.#sums([path], options)).get(path) !== sumOf(content)) continue;
      onProgress?.({ path, doneBytes: content.length, totalBytes: content.length });
      return content;
    }
    throw corruptError(this.#device, path, "the checksum is another");
  }

  async remove(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    const known = paths.filter((path) => path.lastIndexOf("/") === 0);
    for (const path of known) {
      const name = nameOf(path);
      const call = `_iot_do(${pythonString(name)},${byteSum(encode(name))})`;
      await this.#ask(path, "remove", { parts: [remove], call }, options);
    }
  }

  makeFolders(paths: readonly string[]): Promise<void> {
    const [path] = paths.filter((path) => path !== "/");
    return path === undefined ? Promise.resolve() : Promise.reject(noFolders(path, "make"));
  }

  async #ask(
    path: string | readonly string[],
    tried: string,
    program: Program,
    { signal }: FilesOptions,
  ): Promise<string[]> {
    const about = typeof path === "string" ? path : path[0];
    const how = { signal, path: about, bare: true };
    return await translated(path, tried, () => ask(this.#device, program, how));
  }

  async #entries(options: FilesOptions): Promise<BoardEntry[]> {
    const program = { parts: [list], call: "_iot_do()" };
    const rows = await this.#ask("/", "read", program, options);
    return rows.map((row) => {
      const [, size, name] = /^(\d+) (.*)$/s.exec(row)!;
      const entry = { path: `/${readPythonString(name)!}`, kind: "file" as const };
      return { ...entry, size: Number(size) };
    }).sort(byPath);
  }

  async #sums(paths: readonly string[], options: FilesOptions): Promise<Map<string, string>> {
    const sums = new Map<string, string>();
    for (const batch of batches(paths, NAMES_BYTES)) {
      const call = `_iot_do(${batch.map((path) => pythonString(nameOf(path))).join(",")})`;
      const rows = await this.#ask(batch, "read", { parts: [sum], call }, options);
      batch.forEach((path, index) => sums.set(path, rows[index]));
    }
    return sums;
  }

  /** The old file is gone once this has begun: whatever goes wrong names the one that is torn. */
  async #write(
    path: string,
    content: Uint8Array,
    options: { signal: AbortSignal | undefined; onBytes: (count: number) => void },
  ): Promise<void> {
    const name = nameOf(path);
    let why = "";
    try {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        options.signal?.throwIfAborted();
        const wrong = await writeInPlace(this.#device, { path, name, content }, {
          ...options,
          codeBytes: CODE_BYTES,
          base64: false,
        });
        if (wrong === undefined) {
          const { signal } = options;
          if ((await this.#sums([path], { signal })).get(path) === sumOf(content)) return;
        }
        why = wrong ?? "the checksum is another";
      }
    } catch (error) {
      throw tornError(path, error);
    }
    throw tornError(path, corruptError(this.#device, path, why));
  }
}

/** 1 KB is typed into a board without asking whether it has room. */
const CODE_BYTES = 700;

/** As flat_sum.py says it. */
function sumOf(content: Uint8Array): string {
  const [a, b, c, d] = adler32(content);
  return `${a << 8 | b} ${c << 8 | d}`;
}

/** @throws {BoardFilesError} `folder` for a path in a folder. */
function nameOf(path: string): string {
  if (path.lastIndexOf("/") === 0) return path.slice(1);
  throw noFolders(path, "write");
}

function noFolders(path: string, tried: string): BoardFilesError {
  return new BoardFilesError(
    "folder",
    path,
    `Cannot ${tried} "${path}": this board has no folders, only files in /.`,
  );
}

function missing(path: string, tried: string): BoardFilesError {
  return new BoardFilesError("missing", path, `Cannot ${tried} "${path}": there is no such file.`);
}

function tornError(path: string, cause: unknown): unknown {
  if (!(cause instanceof BoardFilesError)) return cause;
  const { code, errno } = cause;
  const torn = `This board replaces files in place: what "${path}" held is gone.`;
  const options = { cause, ...(errno !== undefined && { errno }) };
  return new BoardFilesError(
    code === "corrupt" ? "torn" : code,
    path,
    `${cause.message} ${torn}`,
    options,
  );
}
