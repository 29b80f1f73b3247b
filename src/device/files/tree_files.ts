/** The files of a board that has folders: what it can do is found out once, and each call goes the best way. */

import type { Device } from "../device.ts";
import { type BoardAbilities, probeAbilities } from "./board_abilities.ts";
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
import { makeFolders, removePaths } from "./changes.ts";
import { contentDigest } from "./content_digest.ts";
import { contentOf } from "./content_of.ts";
import { findDifference } from "./difference.ts";
import { downloadPlain } from "./download_plain.ts";
import { listEntries, listVolumes } from "./listing.ts";
import { uploadPlain } from "./upload_plain.ts";
import { streamShape } from "./stream_shape.ts";

/** How long a board may write to its flash before it asks for more, in milliseconds. */
const ACK_MS = 10_000;

/** The files of one such board. */
export class TreeFiles implements BoardFiles {
  readonly #device: Device;
  readonly #quietMs: number | undefined;
  #abilities: { readonly found: BoardAbilities; readonly restarts: number } | undefined;

  constructor(device: Device, { quietMs }: FilesSettings = {}) {
    this.#device = device;
    this.#quietMs = quietMs;
  }

  async list(
    path: string,
    options: FilesOptions & { readonly recursive?: boolean } = {},
  ): Promise<readonly BoardEntry[]> {
    return await listEntries(this.#device, path, this.#patient(options));
  }

  async volumes(options: FilesOptions = {}): Promise<readonly Volume[]> {
    return await listVolumes(this.#device, this.#patient(options));
  }

  async difference(
    wanted: readonly WantedFile[],
    options: FilesOptions & {
      readonly roots: readonly string[];
      isProtected(path: string): boolean;
    },
  ): Promise<TreeDifference> {
    const abilities = await this.#ask(options);
    return await findDifference(this.#device, wanted, {
      ...this.#patient(options),
      roots: options.roots,
      isProtected: (path) => options.isProtected(path),
      digest: contentDigest(abilities),
      freeBytes: abilities.freeBytes,
    });
  }

  async upload(files: readonly WantedFile[], options: TransferOptions = {}): Promise<void> {
    if (files.length === 0) return;
    const abilities = await this.#ask(options);
    const shape = streamShape(abilities, { url: this.#device.url });
    if (shape === undefined) return await this.#uploadPlain(files, { ...options, abilities });
    const { signal, onProgress } = options;
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    const { uploadStream } = await import("./upload_stream.ts");
    await uploadStream(this.#device, files, {
      abilities,
      digest: contentDigest(abilities),
      shape,
      ackMs: this.#quietMs ?? ACK_MS,
      signal,
      contentOf,
      onProgress: (path, doneBytes) => onProgress?.({ path, doneBytes, totalBytes }),
    });
  }

  async #uploadPlain(
    files: readonly WantedFile[],
    { abilities, signal, onProgress }: TransferOptions & { readonly abilities: BoardAbilities },
  ): Promise<void> {
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    let before = 0;
    for (const file of files) {
      const content = await contentOf(file);
      const { path } = file;
      await uploadPlain(this.#device, { path, content }, {
        abilities,
        digest: contentDigest(abilities),
        signal,
        onBytes: (count) => onProgress?.({ path, doneBytes: before + count, totalBytes }),
      });
      before += file.size;
      onProgress?.({ path, doneBytes: before, totalBytes });
    }
  }

  async download(path: string, options: TransferOptions = {}): Promise<Uint8Array> {
    const { signal, onProgress } = options;
    if (this.#abilities?.found.rawOutput !== false) {
      const { downloadStream } = await import("./download_stream.ts");
      const content = await downloadStream(this.#device, path, {
        ...options,
        quietMs: this.#quietMs ?? ACK_MS,
      });
      if (content !== undefined) return content;
    }
    const digest = contentDigest(await this.#ask(options));
    const content = await downloadPlain(this.#device, path, { digest, signal });
    onProgress?.({ path, doneBytes: content.length, totalBytes: content.length });
    return content;
  }

  async remove(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    await removePaths(this.#device, paths, this.#patient(options));
  }

  async makeFolders(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    await makeFolders(this.#device, paths, this.#patient(options));
  }

  /** `options`, and how long to wait for answers. */
  #patient<T extends FilesOptions>(options: T): T & { readonly quietMs: number | undefined } {
    return { ...options, quietMs: this.#quietMs };
  }

  /** What the board can do; a restarted one may have other firmware. */
  async #ask(options: FilesOptions): Promise<BoardAbilities> {
    const { restarts } = this.#device;
    if (this.#abilities?.restarts !== restarts) {
      const found = await probeAbilities(this.#device, this.#patient(options));
      this.#abilities = { found, restarts };
    }
    return this.#abilities!.found;
  }
}
