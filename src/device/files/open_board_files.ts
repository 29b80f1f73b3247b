/** The files of one board, whatever kind it is. */

import type { Carriage } from "@/transport/transport.ts";
import type { Device } from "../device.ts";
import type {
  BoardEntry,
  BoardFiles,
  FilesOptions,
  FilesSettings,
  TransferOptions,
  TreeDifference,
  Volume,
  WantedFile,
} from "./board_files.ts";

/** `sys.platform` of boards without folders. */
const FLAT_PLATFORM = "microbit";

/** The files of the board behind `device`. Nothing is asked before it is needed. */
export function openBoardFiles(device: Device, settings: FilesSettings = {}): BoardFiles {
  return new ChosenFiles(device, settings);
}

/** Chooses when it is first used, as who a board is has to be asked. */
class ChosenFiles implements BoardFiles {
  readonly #device: Device;
  readonly #settings: FilesSettings;
  #chosen: BoardFiles | undefined;

  constructor(device: Device, settings: FilesSettings) {
    this.#device = device;
    this.#settings = settings;
  }

  async list(
    path: string,
    options: FilesOptions & { readonly recursive?: boolean } = {},
  ): Promise<readonly BoardEntry[]> {
    return await (await this.#files(options)).list(path, options);
  }

  async volumes(options: FilesOptions = {}): Promise<readonly Volume[]> {
    return await (await this.#files(options)).volumes(options);
  }

  async difference(
    wanted: readonly WantedFile[],
    options: Parameters<BoardFiles["difference"]>[1],
  ): Promise<TreeDifference> {
    return await (await this.#files(options)).difference(wanted, options);
  }

  async upload(files: readonly WantedFile[], options: TransferOptions = {}): Promise<void> {
    const board = await this.#files(options);
    using load = this.#device.trace?.carry("host");
    await board.upload(load === undefined ? files : files.map((file) => told(file, load)), options);
  }

  async download(path: string, options: TransferOptions = {}): Promise<Uint8Array> {
    const board = await this.#files(options);
    using load = this.#device.trace?.carry("board");
    const content = await board.download(path, options);
    load?.holds(content, path);
    return content;
  }

  async remove(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    await (await this.#files(options)).remove(paths, options);
  }

  async makeFolders(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    await (await this.#files(options)).makeFolders(paths, options);
  }

  async #files({ signal }: FilesOptions): Promise<BoardFiles> {
    if (this.#chosen !== undefined) return this.#chosen;
    const { platform } = await this.#device.identity(signal ? { signal } : {});
    if (platform === FLAT_PLATFORM) {
      const { FlatFiles } = await import("./flat_files.ts");
      return this.#chosen = new FlatFiles(this.#device);
    }
    const { TreeFiles } = await import("./tree_files.ts");
    return this.#chosen = new TreeFiles(this.#device, this.#settings);
  }
}

/** `file`, telling a record what it holds before it is sent. */
function told(file: WantedFile, load: Carriage): WantedFile {
  const { path, size, sha256 } = file;
  return {
    path,
    size,
    sha256,
    async read() {
      const content = await file.read();
      load.holds(content, path);
      return content;
    },
  };
}
