/**
 * The system calls of the interpreter's C library, answered from a board's own file system.
 *
 * This is all that board code can reach: files in memory, its serial port, a clock. Layouts of
 * structures are those of Emscripten's musl (struct_info), error numbers MicroPython's own.
 */

import { Errno, SystemCallError, WASI_EINTR } from "./errno.ts";
import { DirectoryNode, type FileSystem, type FlashNode } from "./file_system.ts";
import type { MemoryView } from "./memory_view.ts";

/** A descriptor that is not a file of the flash: the serial port in its different manners. */
export interface Device {
  /** Takes all of `data` (a view on the interpreter's memory). */
  write?(data: Uint8Array): void;
  /** Fills `into`, waiting for at least one byte; -1 when something is pending instead. */
  read?(into: Uint8Array): number;
  /** Which of POLLIN and POLLOUT are so now. */
  poll?(): number;
}

/** poll.h */
export const POLLIN = 1;
export const POLLOUT = 4;
const POLLNVAL = 32;

/** fcntl.h of Emscripten's musl. */
const O_ACCMODE = 3;
const O_RDONLY = 0;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_DIRECTORY = 0o200000;
/** sys/stat.h; MicroPython boards report no permissions (extmod/vfs_lfsx.c, vfs_fat.c). */
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
/** dirent.h */
const DT_DIR = 4;
const DT_REG = 8;
const DIRENT_BYTES = 280;
const DIRENT_NAME_BYTES = 255;
const STATFS_BYTES = 88;
const SEEK_CUR = 1;
const SEEK_END = 2;
/** unlinkat: AT_REMOVEDIR. */
const AT_REMOVEDIR = 512;
/** Descriptors below this are devices. */
const FIRST_FILE = 16;
/** Open files at once; a board's memory ends sooner, this ends a leak of ours. */
const MAX_OPEN = 256;

interface OpenFile {
  readonly path: string;
  readonly node: FlashNode;
  readonly flags: number;
  position: number;
  /** A directory's entries as they were when it was first read. */
  entries?: readonly (readonly [string, FlashNode])[];
}

/** What the system calls work on. */
export interface SystemCallContext {
  readonly memory: MemoryView;
  readonly files: FileSystem;
  /** Where the board's time begins, in seconds since 1970. */
  readonly epochOffsetSeconds: number;
  /** By descriptor. */
  readonly devices: ReadonlyMap<number, Device>;
  /** Source files that are there while the board starts: name to text. */
  readonly rom: ReadonlyMap<string, string>;
  /** Waits a moment for input where a program polls without a pause. */
  idle(): void;
}

/** Open descriptors, and the functions that the interpreter imports. */
export class SystemCalls {
  readonly #context: SystemCallContext;
  readonly #open = new Map<number, OpenFile>();
  /** Whether {@linkcode SystemCallContext.rom} can be seen. */
  romVisible = false;

  constructor(context: SystemCallContext) {
    this.#context = context;
  }

  /** Closes all files as a soft reset does. */
  closeAll(): void {
    for (const descriptor of [...this.#open.keys()]) this.#close(descriptor);
  }

  /** Drops all files as a power cut does. */
  dropAll(): void {
    for (const { node } of this.#open.values()) {
      if (!node.isDirectory) this.#context.files.revert(node);
    }
    this.#open.clear();
  }

  /** The import object's functions, by name. */
  imports(): Record<string, (...args: never[]) => unknown> {
    const { memory, files } = this.#context;
    const path = (at: number) => memory.string(at);
    return {
      // A negative error number.
      __syscall_chdir: call((at: number) => (files.chdir(path(at)), 0)),
      __syscall_getcwd: call((at: number, size: number) => this.#getcwd(at, size)),
      __syscall_mkdirat: call((_: number, at: number) => (files.mkdir(path(at)), 0)),
      __syscall_rmdir: call((at: number) => (files.remove(path(at), "directory"), 0)),
      __syscall_unlinkat: call((_: number, at: number, flags: number) => {
        files.remove(path(at), flags & AT_REMOVEDIR ? "directory" : "file");
        return 0;
      }),
      __syscall_renameat: call((_from: number, from: number, _to: number, to: number) => {
        files.rename(path(from), path(to));
        return 0;
      }),
      __syscall_openat: call((_: number, at: number, flags: number) =>
        this.#openFile(path(at), flags)
      ),
      __syscall_stat64: call((at: number, out: number) => this.#stat(this.#find(path(at)), out)),
      __syscall_lstat64: call((at: number, out: number) => this.#stat(this.#find(path(at)), out)),
      __syscall_newfstatat: call((_: number, at: number, out: number) =>
        this.#stat(this.#find(path(at)), out)
      ),
      __syscall_fstat64: call((fd: number, out: number) => this.#stat(this.#file(fd).node, out)),
      __syscall_statfs64: call((_at: number, _size: number, out: number) => this.#statfs(out)),
      __syscall_getdents64: call((fd: number, out: number, size: number) =>
        this.#readDirectory(fd, out, size)
      ),
      __syscall_poll: call((fds: number, count: number) => this.#poll(fds, count)),
      // A positive error number.
      fd_close: wasi((fd: number) => this.#close(fd)),
      fd_sync: wasi((fd: number) => this.#sync(fd)),
      fd_seek: wasi((fd: number, offset: bigint, whence: number, out: number) =>
        memory.setU64(out, this.#seek(fd, Number(offset), whence))
      ),
      fd_read: wasi((fd: number, vectors: number, count: number, out: number) => {
        memory.setU32(out, this.#vectors(vectors, count, (part) => this.#read(fd, part)));
      }),
      fd_write: wasi((fd: number, vectors: number, count: number, out: number) => {
        memory.setU32(out, this.#vectors(vectors, count, (part) => this.#write(fd, part)));
      }),
    };
  }

  #vectors(at: number, count: number, each: (part: Uint8Array) => number): number {
    const { memory } = this.#context;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = memory.u32(at + 8 * i + 4);
      if (length === 0) continue;
      const done = each(memory.bytes(memory.u32(at + 8 * i), length));
      total += done;
      if (done < length) break;
    }
    return total;
  }

  #getcwd(at: number, size: number): number {
    const bytes = new TextEncoder().encode(this.#context.files.cwd);
    if (bytes.length >= size) throw new SystemCallError(Errno.EINVAL);
    this.#context.memory.setString(at, bytes);
    return bytes.length + 1;
  }

  #rom(path: string): FlashNode | undefined {
    if (!this.romVisible) return undefined;
    const source = this.#context.rom.get(path);
    if (source === undefined) return undefined;
    const data = new TextEncoder().encode(source);
    return {
      isDirectory: false,
      data,
      size: data.length,
      modifiedMs: 0,
      writers: 0,
      dirty: false,
      saved: undefined,
      content: () => data,
    };
  }

  #find(path: string): FlashNode {
    return this.#rom(path) ?? this.#context.files.get(path);
  }

  #openFile(path: string, flags: number): number {
    if (path === "") throw new SystemCallError(Errno.ENOENT);
    if (this.#open.size >= MAX_OPEN) throw new SystemCallError(Errno.EMFILE);
    const { files } = this.#context;
    const writes = (flags & O_ACCMODE) !== O_RDONLY;
    if (writes) files.checkWritable();
    let node = this.#rom(path) ?? files.find(path);
    if (node === undefined) {
      if (!(flags & O_CREAT)) throw new SystemCallError(Errno.ENOENT);
      node = files.create(path);
    } else if (flags & O_EXCL) {
      throw new SystemCallError(Errno.EEXIST);
    }
    if (flags & O_DIRECTORY && !node.isDirectory) throw new SystemCallError(Errno.ENOTDIR);
    if (node.isDirectory) {
      // A board says so when a directory is opened, not when it is first read.
      if (!(flags & O_DIRECTORY)) throw new SystemCallError(Errno.EISDIR);
    } else {
      if (writes) node.writers++;
      if (flags & O_TRUNC) files.truncate(node, 0);
    }
    let descriptor = FIRST_FILE;
    while (this.#open.has(descriptor)) descriptor++;
    this.#open.set(descriptor, { path: files.absolute(path), node, flags, position: 0 });
    return descriptor;
  }

  #file(descriptor: number): OpenFile {
    const file = this.#open.get(descriptor);
    if (file === undefined) throw new SystemCallError(Errno.EBADF);
    return file;
  }

  #close(descriptor: number): void {
    if (this.#context.devices.has(descriptor)) return;
    const { node, flags, path } = this.#file(descriptor);
    this.#open.delete(descriptor);
    if (node.isDirectory || (flags & O_ACCMODE) === O_RDONLY) return;
    node.writers--;
    this.#context.files.commit(path, node);
  }

  #sync(descriptor: number): void {
    if (this.#context.devices.has(descriptor)) return;
    const { node, path } = this.#file(descriptor);
    if (!node.isDirectory) this.#context.files.commit(path, node);
  }

  #seek(descriptor: number, offset: number, whence: number): number {
    if (this.#context.devices.has(descriptor)) throw new SystemCallError(Errno.ESPIPE);
    const file = this.#file(descriptor);
    const base = whence === SEEK_CUR
      ? file.position
      : whence === SEEK_END && !file.node.isDirectory
      ? file.node.size
      : 0;
    if (base + offset < 0) throw new SystemCallError(Errno.EINVAL);
    file.position = base + offset;
    return file.position;
  }

  #read(descriptor: number, into: Uint8Array): number {
    const device = this.#context.devices.get(descriptor);
    if (device !== undefined) {
      const count = device.read?.(into) ?? fail(Errno.EINVAL);
      if (count < 0) throw new SystemCallError(WASI_EINTR);
      return count;
    }
    const file = this.#file(descriptor);
    if (file.node.isDirectory) throw new SystemCallError(Errno.EISDIR);
    const end = Math.min(file.node.size, file.position + into.length);
    if (end <= file.position) return 0;
    into.set(file.node.data.subarray(file.position, end));
    const count = end - file.position;
    file.position = end;
    return count;
  }

  #write(descriptor: number, data: Uint8Array): number {
    const device = this.#context.devices.get(descriptor);
    if (device !== undefined) {
      if (device.write === undefined) throw new SystemCallError(Errno.EINVAL);
      device.write(data);
      return data.length;
    }
    const file = this.#file(descriptor);
    if (file.node.isDirectory || (file.flags & O_ACCMODE) === O_RDONLY) {
      throw new SystemCallError(Errno.EBADF);
    }
    if (file.flags & O_APPEND) file.position = file.node.size;
    this.#context.files.write(file.node, data, file.position);
    file.position += data.length;
    return data.length;
  }

  #stat(node: FlashNode, out: number): number {
    const { memory } = this.#context;
    const seconds = Math.floor(node.modifiedMs / 1000) - this.#context.epochOffsetSeconds;
    memory.bytes(out, 96).fill(0);
    memory.setU32(out + 4, node.isDirectory ? S_IFDIR : S_IFREG);
    memory.setU64(out + 24, node.isDirectory ? 0 : node.size);
    memory.setU32(out + 32, this.#context.files.shape.blockBytes);
    for (const offset of [40, 56, 72]) memory.setU64(out + offset, seconds);
    return 0;
  }

  #statfs(out: number): number {
    const { memory, files } = this.#context;
    memory.bytes(out, STATFS_BYTES).fill(0);
    memory.setU32(out + 4, files.shape.blockBytes);
    memory.setU32(out + 60, files.shape.blockBytes);
    memory.setU64(out + 8, files.shape.blocks);
    memory.setU64(out + 16, files.freeBlocks);
    memory.setU64(out + 24, files.freeBlocks);
    memory.setU32(out + 56, DIRENT_NAME_BYTES);
    return 0;
  }

  #readDirectory(descriptor: number, out: number, size: number): number {
    const { memory } = this.#context;
    const file = this.#file(descriptor);
    if (!(file.node instanceof DirectoryNode)) throw new SystemCallError(Errno.ENOTDIR);
    const entries = file.entries ??= [...file.node.entries];
    let at = 0;
    while (file.position < entries.length && at + DIRENT_BYTES <= size) {
      const [name, node] = entries[file.position++];
      const entry = out + at;
      memory.setU64(entry, file.position);
      memory.setU64(entry + 8, file.position);
      memory.setU16(entry + 16, DIRENT_BYTES);
      memory.setU8(entry + 18, node.isDirectory ? DT_DIR : DT_REG);
      memory.setString(
        entry + 19,
        new TextEncoder().encode(name).subarray(0, DIRENT_NAME_BYTES),
      );
      at += DIRENT_BYTES;
    }
    return at;
  }

  #poll(fds: number, count: number): number {
    const { memory, devices } = this.#context;
    for (let attempt = 0;; attempt++) {
      let ready = 0;
      for (let i = 0; i < count; i++) {
        const at = fds + 8 * i;
        const descriptor = memory.i32(at);
        const wanted = memory.u16(at + 4);
        const device = devices.get(descriptor);
        const now = device?.poll?.() ??
          (this.#open.has(descriptor) ? POLLIN | POLLOUT : POLLNVAL);
        const result = now & (wanted | POLLNVAL);
        memory.setU16(at + 6, result);
        if (result !== 0) ready++;
      }
      if (ready > 0 || attempt > 0) return ready;
      this.#context.idle();
    }
  }
}

/** Answers with the result, or the negative error number. */
function call<Args extends unknown[]>(run: (...args: Args) => number) {
  return (...args: Args): number => {
    try {
      return run(...args);
    } catch (error) {
      if (error instanceof SystemCallError) return -error.errno;
      throw error;
    }
  };
}

/** Answers with 0, or the positive error number. */
function wasi<Args extends unknown[]>(run: (...args: Args) => void) {
  return (...args: Args): number => {
    try {
      run(...args);
      return 0;
    } catch (error) {
      if (error instanceof SystemCallError) return error.errno;
      throw error;
    }
  };
}

function fail(errno: number): never {
  throw new SystemCallError(errno);
}
