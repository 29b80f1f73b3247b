/**
 * A board's flash: a tree of files in memory, with the limits and the manners of the real thing.
 *
 * There is no way from here to the host's files. Whoever wants to keep a board's files listens to
 * `onChange`, which tells what a power cut would leave on the flash.
 */

import { Errno, SystemCallError } from "./errno.ts";

/** A change that is now on the flash, as posted to whoever keeps a copy. */
export type FileChange =
  | { readonly kind: "write"; readonly path: string; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: "mkdir"; readonly path: string }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** What kind of flash it is and how much of it there is. */
export interface FlashShape {
  /** `littlefs`: `remove` takes empty directories; a file's new content appears when it is closed. */
  readonly kind: "littlefs" | "fat";
  readonly blockBytes: number;
  readonly blocks: number;
}

/** A file. `data` may be longer than the file; `size` counts. */
export class FileNode {
  readonly isDirectory = false;
  data: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  size = 0;
  modifiedMs: number;
  /** How many descriptors may write to it. */
  writers = 0;
  /** Whether something was written that `onChange` was not told yet. */
  dirty = false;
  /** What the flash still holds while it is being written. */
  saved: Uint8Array<ArrayBuffer> | undefined;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  /** A copy of what it holds. */
  content(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.size);
  }
}

/** A directory. */
export class DirectoryNode {
  readonly isDirectory = true;
  readonly entries = new Map<string, FileNode | DirectoryNode>();
  modifiedMs: number;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

export type FlashNode = FileNode | DirectoryNode;

/** lfs_config name_max and FatFs FF_MAX_LFN are both 255 in MicroPython's ports. */
const MAX_NAME_BYTES = 255;
/** A littlefs directory is a pair of metadata blocks (littlefs, DESIGN.md, "Metadata pairs"). */
const DIRECTORY_BLOCKS = { littlefs: 2, fat: 1 } as const;
const utf8 = new TextEncoder();

/** The files of one board. Every method throws {@linkcode SystemCallError}. */
export class FileSystem {
  readonly shape: FlashShape;
  /** Whether everything that would change it is refused. */
  readOnly = false;
  readonly #root: DirectoryNode;
  readonly #now: () => number;
  readonly #onChange: (change: FileChange) => void;
  #usedBlocks: number;
  #cwd: string[] = [];

  constructor(
    shape: FlashShape,
    options: { now: () => number; onChange?: (change: FileChange) => void },
  ) {
    this.shape = shape;
    this.#now = options.now;
    this.#onChange = options.onChange ?? (() => {});
    this.#root = new DirectoryNode(this.#now());
    this.#usedBlocks = DIRECTORY_BLOCKS[shape.kind];
  }

  /** How many blocks are free. */
  get freeBlocks(): number {
    return this.shape.blocks - this.#usedBlocks;
  }

  /** Takes space away until so many bytes are left, in whole blocks. */
  leaveFree(bytes: number): void {
    const blocks = Math.floor(bytes / this.shape.blockBytes);
    this.#usedBlocks = Math.max(this.#usedBlocks, this.shape.blocks - blocks);
  }

  /** The current directory, absolute. */
  get cwd(): string {
    return `/${this.#cwd.join("/")}`;
  }

  /** Puts a file where there was none, making its directories: how a board gets its first files. */
  load(path: string, data: Uint8Array): void {
    const parts = this.#parts(path);
    let directory = this.#root;
    for (const name of parts.slice(0, -1)) {
      const next = directory.entries.get(name) ?? this.#addDirectory(directory, name);
      if (!next.isDirectory) throw new SystemCallError(Errno.ENOTDIR);
      directory = next;
    }
    const file = new FileNode(this.#now());
    directory.entries.set(parts[parts.length - 1], file);
    this.write(file, data, 0);
    file.dirty = false;
    file.saved = undefined;
  }

  /** @throws {SystemCallError} EROFS when nothing may be written. */
  checkWritable(): void {
    if (this.readOnly) fail(Errno.EROFS);
  }

  /** The node at `path`, `undefined` when the last part is missing. */
  find(path: string): FlashNode | undefined {
    const parts = this.#parts(path);
    if (parts.length === 0) return this.#root;
    return this.#directory(parts.slice(0, -1)).entries.get(parts[parts.length - 1]);
  }

  /** The node at `path`. */
  get(path: string): FlashNode {
    return this.find(path) ?? fail(Errno.ENOENT);
  }

  /** Makes an empty file at `path`, where there is none. */
  create(path: string): FileNode {
    this.checkWritable();
    const { directory, name } = this.#place(path);
    const file = new FileNode(this.#now());
    directory.entries.set(name, file);
    file.dirty = true;
    file.saved = new Uint8Array(0);
    this.#onChange({ kind: "write", path: this.absolute(path), data: new Uint8Array(0) });
    return file;
  }

  mkdir(path: string): void {
    this.checkWritable();
    const { directory, name } = this.#place(path);
    if (directory.entries.has(name)) fail(Errno.EEXIST);
    this.#addDirectory(directory, name);
    this.#onChange({ kind: "mkdir", path: this.absolute(path) });
  }

  /** Removes what is at `path`; `wanted` is what the caller takes it for. */
  remove(path: string, wanted: "file" | "directory"): void {
    this.checkWritable();
    const node = this.get(path);
    const { directory, name } = this.#place(path);
    if (node === this.#root) fail(Errno.EBUSY);
    if (node.isDirectory) {
      if (wanted === "file" && this.shape.kind === "fat") fail(Errno.EISDIR);
      // FatFs says "denied" for a directory that is not empty (extmod/vfs_fat.c, fresult table).
      if (node.entries.size > 0) {
        fail(this.shape.kind === "fat" ? Errno.EACCES : Errno.ENOTEMPTY);
      }
      this.#usedBlocks -= DIRECTORY_BLOCKS[this.shape.kind];
    } else {
      if (wanted === "directory" && this.shape.kind === "fat") fail(Errno.ENOTDIR);
      this.#usedBlocks -= this.#blocksFor(node.size);
    }
    directory.entries.delete(name);
    this.#onChange({ kind: "remove", path: this.absolute(path) });
  }

  /** Renames; a file takes the place of a file, an empty directory that of an empty directory. */
  rename(from: string, to: string): void {
    this.checkWritable();
    const node = this.get(from);
    const source = this.#place(from);
    const target = this.#place(to);
    if (`${this.absolute(to)}/`.startsWith(`${this.absolute(from)}/`) && node.isDirectory) {
      fail(Errno.EINVAL);
    }
    const there = target.directory.entries.get(target.name);
    if (there === node) return;
    if (there !== undefined) {
      if (there.isDirectory !== node.isDirectory) {
        fail(there.isDirectory ? Errno.EISDIR : Errno.ENOTDIR);
      }
      this.remove(to, there.isDirectory ? "directory" : "file");
    }
    source.directory.entries.delete(source.name);
    target.directory.entries.set(target.name, node);
    this.#onChange({ kind: "rename", from: this.absolute(from), to: this.absolute(to) });
  }

  chdir(path: string): void {
    if (!this.get(path).isDirectory) fail(Errno.ENOTDIR);
    this.#cwd = this.#parts(path);
  }

  /** Writes `data` at `position`; all of it or, with ENOSPC, none. */
  write(file: FileNode, data: Uint8Array, position: number): void {
    const end = position + data.length;
    if (end > file.size) this.#resize(file, end);
    else this.#touch(file);
    file.data.set(data, position);
  }

  truncate(file: FileNode, size: number): void {
    if (file.size !== size) this.#resize(file, size);
  }

  /** Tells `onChange` what `file` holds, if it was written to. */
  commit(path: string, file: FileNode): void {
    if (!file.dirty) return;
    file.dirty = false;
    file.saved = undefined;
    // A file that was removed or renamed while it was open is not written under its old name.
    if (this.#lookUp(path) !== file) return;
    this.#onChange({ kind: "write", path: this.absolute(path), data: file.content() });
  }

  /** Puts back what the flash holds of a file that was being written when the power went. */
  revert(file: FileNode): void {
    if (file.saved === undefined) return;
    const saved = file.saved;
    this.#usedBlocks += this.#blocksFor(saved.length) - this.#blocksFor(file.size);
    file.data = saved;
    file.size = saved.length;
    file.saved = undefined;
    file.dirty = false;
  }

  /** `path` as seen from the root. */
  absolute(path: string): string {
    return `/${this.#parts(path).join("/")}`;
  }

  #resize(file: FileNode, size: number): void {
    const more = this.#blocksFor(size) - this.#blocksFor(file.size);
    if (more > this.freeBlocks) fail(Errno.ENOSPC);
    this.#touch(file);
    this.#usedBlocks += more;
    if (size > file.data.length) {
      const grown = new Uint8Array(Math.max(size, 2 * file.data.length, 256));
      grown.set(file.data.subarray(0, file.size));
      file.data = grown;
    }
    file.data.fill(0, size);
    file.size = size;
  }

  #touch(file: FileNode): void {
    if (this.shape.kind === "littlefs" && !file.dirty) file.saved ??= file.content();
    file.dirty = true;
    file.modifiedMs = this.#now();
  }

  #lookUp(path: string): FlashNode | undefined {
    let node: FlashNode | undefined = this.#root;
    for (const name of this.#parts(path)) {
      node = node?.isDirectory ? node.entries.get(name) : undefined;
    }
    return node;
  }

  #blocksFor(bytes: number): number {
    return Math.ceil(bytes / this.shape.blockBytes);
  }

  #addDirectory(parent: DirectoryNode, name: string): DirectoryNode {
    const blocks = DIRECTORY_BLOCKS[this.shape.kind];
    if (blocks > this.freeBlocks) fail(Errno.ENOSPC);
    this.#usedBlocks += blocks;
    const directory = new DirectoryNode(this.#now());
    parent.entries.set(name, directory);
    return directory;
  }

  /** The directory that holds (or would hold) `path`, and the name in it. */
  #place(path: string): { directory: DirectoryNode; name: string } {
    const parts = this.#parts(path);
    const name = parts.pop();
    if (name === undefined) return fail(Errno.EBUSY);
    if (utf8.encode(name).length > MAX_NAME_BYTES) fail(Errno.ENAMETOOLONG);
    return { directory: this.#directory(parts), name };
  }

  #directory(parts: readonly string[]): DirectoryNode {
    let node: FlashNode = this.#root;
    for (const name of parts) {
      if (!node.isDirectory) return fail(Errno.ENOTDIR);
      node = node.entries.get(name) ?? fail(Errno.ENOENT);
    }
    return node.isDirectory ? node : fail(Errno.ENOTDIR);
  }

  #parts(path: string): string[] {
    const parts = path.startsWith("/") ? [] : [...this.#cwd];
    for (const part of path.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === "..") parts.pop();
      else parts.push(part);
    }
    return parts;
  }
}

function fail(errno: number): never {
  throw new SystemCallError(errno);
}
