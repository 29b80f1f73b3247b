/** A board's files in memory, for tests. */

import type {
  BoardEntry,
  BoardFiles,
  FilesOptions,
  TransferOptions,
  TreeDifference,
  Volume,
  WantedFile,
} from "@/device/files/board_files.ts";
import { BoardFilesError } from "@/device/files/files_error.ts";
import { isBelow, volumeOf } from "./plan.ts";

/** What is there, and what was asked for. */
export class MemoryBoardFiles implements BoardFiles {
  readonly files = new Map<string, Uint8Array>();
  readonly folders = new Set<string>(["/"]);
  /** What was changed, in order. */
  readonly log: string[] = [];
  mounts: Volume[] = [{ path: "/", totalBytes: 1 << 20, freeBytes: 1 << 20 }];
  capacityBytes = Infinity;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) {
      this.#put(path, new TextEncoder().encode(text));
    }
  }

  /** Text of all files, by path. */
  get texts(): Record<string, string> {
    const paths = [...this.files.keys()].sort();
    return Object.fromEntries(
      paths.map((path) => [path, new TextDecoder().decode(this.files.get(path))]),
    );
  }

  list(path: string, { recursive = false } = {}): Promise<readonly BoardEntry[]> {
    if (this.files.has(path)) return Promise.resolve([this.#entry(path)]);
    if (!this.folders.has(path)) {
      return Promise.reject(new BoardFilesError("missing", path, `"${path}" is not there.`));
    }
    const below = [...this.files.keys(), ...this.folders].filter((other) =>
      other !== path && isBelow(other, path) &&
      (recursive || !other.slice(path === "/" ? 1 : path.length + 1).includes("/"))
    );
    return Promise.resolve(below.sort().map((other) => this.#entry(other)));
  }

  volumes(): Promise<readonly Volume[]> {
    return Promise.resolve(this.mounts);
  }

  async difference(
    wanted: readonly WantedFile[],
    options: FilesOptions & { roots: readonly string[]; isProtected(path: string): boolean },
  ): Promise<TreeDifference> {
    const add: WantedFile[] = [];
    const update: WantedFile[] = [];
    for (const file of wanted) {
      const there = this.files.get(file.path);
      if (there === undefined) add.push(file);
      else if (await hash(there) !== file.sha256.toHex()) update.push(file);
    }
    const kept = new Set(wanted.map(({ path }) => path));
    const spare = (path: string) => !kept.has(path) && !options.isProtected(path);
    // A root ends where another file system is mounted.
    const mount = (path: string) => volumeOf(path, this.mounts)?.path;
    const inRoots = (path: string) =>
      options.roots.some((root) => isBelow(path, root) && mount(path) === mount(root));
    const files = [...this.files.keys()].filter((path) => inRoots(path) && spare(path)).sort();
    const staying = [...kept, ...[...this.files.keys()].filter((path) => !files.includes(path))];
    const folders = [...this.folders].filter((path) =>
      path !== "/" && inRoots(path) && spare(path) &&
      !staying.some((other) => isBelow(other, path))
    ).sort().reverse();
    const surplus = [...files, ...folders].map((path) => this.#entry(path));
    return { add, update, surplus };
  }

  async upload(files: readonly WantedFile[], options: TransferOptions = {}): Promise<void> {
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    let doneBytes = 0;
    for (const file of files) {
      options.signal?.throwIfAborted();
      options.onProgress?.({ path: file.path, doneBytes, totalBytes });
      const bytes = await file.read();
      const used = [...this.files].reduce(
        (sum, [path, { length }]) => path === file.path ? sum : sum + length,
        0,
      );
      if (used + bytes.length > this.capacityBytes) {
        throw new BoardFilesError("full", file.path, `"${file.path}": the board is full.`);
      }
      this.#put(file.path, bytes);
      this.log.push(`put ${file.path}`);
      doneBytes += bytes.length;
    }
  }

  download(path: string): Promise<Uint8Array> {
    const bytes = this.files.get(path);
    if (bytes !== undefined) return Promise.resolve(bytes);
    const code = this.folders.has(path) ? "folder" : "missing";
    return Promise.reject(new BoardFilesError(code, path, `"${path}" is no file.`));
  }

  remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const inside = [...this.files.keys(), ...this.folders].some((other) =>
        other !== path && isBelow(other, path)
      );
      if (this.folders.has(path) && inside) {
        return Promise.reject(new BoardFilesError("occupied", path, `"${path}" is not empty.`));
      }
      this.files.delete(path);
      this.folders.delete(path);
      this.log.push(`remove ${path}`);
    }
    return Promise.resolve();
  }

  makeFolders(paths: readonly string[]): Promise<void> {
    for (const path of paths) this.#makeFolder(path);
    return Promise.resolve();
  }

  #put(path: string, bytes: Uint8Array): void {
    this.files.set(path, bytes);
    this.#makeFolder(path.slice(0, path.lastIndexOf("/")) || "/");
  }

  #makeFolder(path: string): void {
    for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) {
      this.folders.add(path.slice(0, at));
    }
  }

  #entry(path: string): BoardEntry {
    const size = this.files.get(path)?.length;
    return { path, kind: size === undefined ? "folder" : "file", size: size ?? 0 };
  }
}

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}
