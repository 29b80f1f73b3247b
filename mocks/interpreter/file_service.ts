/** The board's side of its network services' work on files: `file_desk.ts` asks, this does it. */

import type { FileAnswer, FileRequest } from "../file_desk.ts";
import { Errno, SystemCallError } from "./errno.ts";
import type { FileNode, FileSystem } from "./file_system.ts";

interface ServedFile {
  readonly node: FileNode;
  readonly path: string;
  readonly writes: boolean;
  position: number;
}

/** Open files of network services. */
export class FileService {
  readonly #files: FileSystem;
  readonly #open = new Map<number, ServedFile>();

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** Does what was asked. */
  answer(request: FileRequest): FileAnswer {
    try {
      return { id: request.id, ...this.#do(request) };
    } catch (error) {
      if (error instanceof SystemCallError) return { id: request.id, errno: error.errno };
      throw error;
    }
  }

  /** Closes what is open, as the end of its program's sockets does. */
  closeAll(): void {
    for (const handle of [...this.#open.keys()]) this.#close(handle);
  }

  /** Forgets what is open, as a power cut does. */
  dropAll(): void {
    for (const { node } of this.#open.values()) this.#files.revert(node);
    this.#open.clear();
  }

  #do(request: FileRequest): Omit<FileAnswer, "id"> {
    const { op, handle } = request;
    if (op === "open") return { size: this.#openFile(request) };
    if (op === "close") {
      this.#close(handle);
      return {};
    }
    const file = this.#open.get(handle);
    if (file === undefined) throw new SystemCallError(Errno.EBADF);
    const { node } = file;
    if (op === "read") {
      const end = Math.min(node.size, file.position + (request.count ?? 0));
      const data = node.data.slice(file.position, end);
      file.position = end;
      return { data };
    }
    const data = Uint8Array.from(request.data ?? []);
    this.#files.write(node, data, file.position);
    file.position += data.length;
    return {};
  }

  #openFile({ handle, path = "", mode }: FileRequest): number {
    const writes = mode === "wb";
    if (path === "") throw new SystemCallError(Errno.ENOENT);
    if (writes) this.#files.checkWritable();
    const node = this.#files.find(path) ?? (writes ? this.#files.create(path) : undefined);
    if (node === undefined) throw new SystemCallError(Errno.ENOENT);
    if (node.isDirectory) throw new SystemCallError(Errno.EISDIR);
    if (writes) {
      node.writers++;
      this.#files.truncate(node, 0);
    }
    this.#open.set(handle, { node, path: this.#files.absolute(path), writes, position: 0 });
    return node.size;
  }

  #close(handle: number): void {
    const file = this.#open.get(handle);
    if (file === undefined) return;
    this.#open.delete(handle);
    if (!file.writes) return;
    file.node.writers--;
    this.#files.commit(file.path, file.node);
  }
}
