/** The files of a board that has folders: what it can do is found out once, and each call goes the best way. */

import type { Device } from "../device.ts";
import { type BoardAbilities, MODERN, probeAbilities } from "./board_abilities.ts";
import { BoardLacks } from "./ask.ts";
import type {
  BoardEntry,
  BoardFiles,
  FilesOptions,
  FilesSettings,
  TransferOptions,
  TransferProgress,
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
import { partOf } from "./part_name.ts";
import { placePart } from "./place_part.ts";
import { uploadPlain } from "./upload_plain.ts";
import { canBootstrap, streamShape } from "./stream_shape.ts";

/** How long a board may write to its flash before it asks for more, in milliseconds. */
const ACK_MS = 10_000;

/** The files of one such board. */
export class TreeFiles implements BoardFiles {
  readonly #device: Device;
  readonly #quietMs: number | undefined;
  /** Part files that were seen. */
  #leftovers: readonly string[] = [];
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
    const compare = async (abilities: BoardAbilities) => {
      const digest = contentDigest(abilities);
      const { leftovers, ...difference } = await findDifference(this.#device, wanted, {
        ...this.#patient(options),
        isProtected: (path) => options.isProtected(path),
        digest,
        freeBytes: abilities.freeBytes,
      });
      this.#leftovers = leftovers.map(({ path }) => path);
      return difference;
    };
    try {
      // Nothing needs to be asked before: it is one question for most boards.
      return await compare(this.#abilities?.found ?? MODERN);
    } catch (error) {
      if (!(error instanceof BoardLacks)) throw error;
      return await compare(await this.#ask(options));
    }
  }

  async upload(wanted: readonly WantedFile[], options: TransferOptions = {}): Promise<void> {
    const files = await this.#tidy(wanted, options);
    if (files.length === 0) return;
    let { path } = files[0];
    const onProgress = (step: TransferProgress) => {
      ({ path } = step);
      options.onProgress?.(step);
    };
    try {
      await this.#send(files, { ...options, onProgress });
    } catch (error) {
      const { removeParts } = await import("./remove_parts.ts");
      throw await removeParts(this.#device, files, { error, path });
    }
  }

  async #send(files: readonly WantedFile[], options: TransferOptions): Promise<void> {
    const { url } = this.#device;
    const bootstraps = canBootstrap(url);
    if (this.#abilities === undefined && bootstraps) {
      if (await this.#uploadStream(files, { ...options, abilities: MODERN, bootstraps })) return;
    }
    const abilities = await this.#ask(options);
    if (streamShape(abilities, { url }) === undefined) {
      return await this.#uploadPlain(files, { ...options, abilities });
    }
    await this.#uploadStream(files, { ...options, abilities, bootstraps: false });
  }

  async #uploadStream(
    files: readonly WantedFile[],
    { abilities, bootstraps, signal, onProgress }: TransferOptions & {
      readonly abilities: BoardAbilities;
      readonly bootstraps: boolean;
    },
  ): Promise<boolean> {
    const { url } = this.#device;
    const shapeFor = (freeBytes: number) => streamShape({ ...abilities, freeBytes }, { url })!;
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    const { uploadStream } = await import("./upload_stream.ts");
    return await uploadStream(this.#device, files, {
      abilities,
      digest: contentDigest(abilities),
      shape: shapeFor(abilities.freeBytes),
      shapeFor,
      bootstraps,
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
        quietMs: this.#quietMs,
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
    const abilities = await this.#ask(options);
    const how = { digest: contentDigest(abilities), base64: abilities.base64, signal };
    const content = await downloadPlain(this.#device, path, this.#patient(how));
    onProgress?.({ path, doneBytes: content.length, totalBytes: content.length });
    return content;
  }

  async remove(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    await this.#tidy([], options);
    await removePaths(this.#device, paths, this.#patient(options));
  }

  async makeFolders(paths: readonly string[], options: FilesOptions = {}): Promise<void> {
    await makeFolders(this.#device, paths, this.#patient(options));
  }

  /** `options`, and how long to wait for answers. */
  #patient<T extends FilesOptions>(options: T): T & { readonly quietMs: number | undefined } {
    return { ...options, quietMs: this.#quietMs };
  }

  /**
   * Removes what broken transfers left, as far as {@linkcode difference} has seen it: a part file
   * that is just what is wanted was only not in its place yet, and is put there. Returns what is
   * still to be sent.
   */
  async #tidy(
    files: readonly WantedFile[],
    { signal }: FilesOptions,
  ): Promise<readonly WantedFile[]> {
    if (this.#leftovers.length === 0) return files;
    const leftovers = new Set(this.#leftovers);
    const missing: WantedFile[] = [];
    this.#leftovers = [];
    const abilities = await this.#ask({ signal });
    for (const file of files) {
      const part = partOf(file.path);
      if (!leftovers.has(part)) {
        missing.push(file);
        continue;
      }
      const digest = await contentDigest(abilities).of(file);
      const isPlaced = await placePart(
        this.#device,
        { part, path: file.path, digest },
        this.#patient({ abilities, signal }),
      );
      if (isPlaced) leftovers.delete(part);
      else missing.push(file);
    }
    await removePaths(this.#device, [...leftovers], this.#patient({ signal }));
    return missing;
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
