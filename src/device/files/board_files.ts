/**
 * The files of a board: what is there, and how they get there and back. Paths are the board's own,
 * absolute and without `/` at their end but for `/`; a board without folders has files in `/` only.
 */

/** A file or folder on a board. */
export interface BoardEntry {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /**
   * When it was written, in milliseconds since 1970, if the board's clock shows this computer's
   * local time; undefined where the board does not say.
   */
  readonly modifiedMs?: number;
}

/** A mounted file system. */
export interface Volume {
  readonly path: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Undefined where the board does not say. */
  readonly readOnly?: boolean;
}

/** A file that is to be on the board. */
export interface WantedFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of its content. */
  readonly sha256: Uint8Array;
  /** Reads it; called when it is its turn, once for each attempt. */
  read(): Promise<Uint8Array>;
}

/** How a tree on the board differs from a wanted one. All lists are sorted by path. */
export interface TreeDifference {
  /** Wanted, and not there. */
  readonly add: readonly WantedFile[];
  /** There with other content. */
  readonly update: readonly WantedFile[];
  /**
   * There, and not wanted: files, then folders that hold nothing wanted, deepest first. A file where
   * a folder is wanted is among them, and the other way round.
   */
  readonly surplus: readonly BoardEntry[];
}

/** How far a transfer has come. */
export interface TransferProgress {
  /** The file under way. */
  readonly path: string;
  /** Bytes of all files that are done, and their sum, as the files' own sizes. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** How a board's files are opened. */
export interface FilesSettings {
  /** How long a board may say nothing while it is waited for, in milliseconds, unless as usual. */
  readonly quietMs?: number;
}

/** What all calls may be told. */
export interface FilesOptions {
  /** Stops when it aborts; what was begun is left as it was before, or is whole. */
  readonly signal?: AbortSignal | undefined;
}

/** What transfers may be told. */
export interface TransferOptions extends FilesOptions {
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** The files of one board. */
export interface BoardFiles {
  /**
   * What is at `path`, and with `recursive` everything below, sorted by path.
   *
   * @throws {BoardFilesError} `missing` when nothing is there.
   */
  list(
    path: string,
    options?: FilesOptions & { readonly recursive?: boolean },
  ): Promise<readonly BoardEntry[]>;

  /** The file systems that are mounted, `/` or the one that is there first. */
  volumes(options?: FilesOptions): Promise<readonly Volume[]>;

  /**
   * How the board differs from the files that are wanted, by content. One digest of the whole tree
   * is asked for first; only when that differs, which files do.
   *
   * @param options `roots`: folders where everything that is not wanted is surplus; `isProtected`:
   * what there is none the less no surplus
   */
  difference(
    wanted: readonly WantedFile[],
    options: FilesOptions & {
      readonly roots: readonly string[];
      isProtected(path: string): boolean;
    },
  ): Promise<TreeDifference>;

  /**
   * Puts files on the board, each whole or not at all, and verified; folders are made as needed.
   *
   * @throws {BoardFilesError} `full`, `denied`, `corrupt`, … with the file's path; files before it
   * are done, files after it were not begun.
   */
  upload(files: readonly WantedFile[], options?: TransferOptions): Promise<void>;

  /**
   * Reads a file of the board, verified.
   *
   * @throws {BoardFilesError} `missing`, `folder`, `corrupt`.
   */
  download(path: string, options?: TransferOptions): Promise<Uint8Array>;

  /** Removes files and empty folders, in the order given. What is not there is no error. */
  remove(paths: readonly string[], options?: FilesOptions): Promise<void>;

  /** Makes folders, and those above them. */
  makeFolders(paths: readonly string[], options?: FilesOptions): Promise<void>;
}
