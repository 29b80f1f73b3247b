/**
 * A board's files as its own network services reach them: they run between the steps of its program,
 * on its thread, and share its open files and its full flash.
 */

/** What a service asks the board's thread to do with a file. */
export interface FileRequest {
  readonly id: number;
  /** Names the open file; chosen by who opens it. */
  readonly handle: number;
  readonly op: "open" | "read" | "write" | "close";
  readonly path?: string;
  readonly mode?: "rb" | "wb";
  /** How many bytes to read at most. */
  readonly count?: number;
  readonly data?: readonly number[];
}

/** What came of a request; `errno` when it failed. */
export interface FileAnswer {
  readonly id: number;
  readonly errno?: number;
  readonly data?: Uint8Array;
  /** How large the file was when it was opened. */
  readonly size?: number;
}

/** An operation on a board's file that failed with an error number of MicroPython's. */
export class BoardFileError extends Error {
  override readonly name = "BoardFileError";
  readonly errno: number;

  constructor(errno: number) {
    super(`OSError: ${errno}`);
    this.errno = errno;
  }
}

/** The board restarted, or its power went, before it answered. */
export class BoardGoneError extends Error {
  override readonly name = "BoardGoneError";
}

/** An open file of a board. Every method throws what {@linkcode FileDesk.open} throws. */
export interface BoardFile {
  /** In bytes, as it was opened. */
  readonly size: number;
  /** The next bytes, none at the end. */
  read(count: number): Promise<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Asks a board's thread for work on its files, and waits for the answers. */
export class FileDesk {
  readonly #send: (request: FileRequest) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<FileAnswer>>();
  #queue: Promise<unknown> = Promise.resolve();
  #last = 0;

  constructor(send: (request: FileRequest) => void) {
    this.#send = send;
  }

  /**
   * Opens a file.
   *
   * @throws {BoardFileError} when the board cannot.
   * @throws {BoardGoneError} when the board restarts or loses its power meanwhile.
   */
  async open(path: string, mode: "rb" | "wb"): Promise<BoardFile> {
    const handle = ++this.#last;
    const { size = 0 } = await this.#ask({ handle, op: "open", path, mode });
    return {
      size,
      read: async (count) => (await this.#ask({ handle, op: "read", count })).data!,
      write: async (data) => void await this.#ask({ handle, op: "write", data: [...data] }),
      close: async () => void await this.#ask({ handle, op: "close" }),
    };
  }

  /** Takes an answer of the board's thread. */
  answered(answer: FileAnswer): void {
    this.#waiting.get(answer.id)?.resolve(answer);
    this.#waiting.delete(answer.id);
  }

  /** Gives up what waits for an answer: the board's thread has forgotten it. */
  forget(): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new BoardGoneError("The board restarted."));
    }
    this.#waiting.clear();
  }

  /** One request at a time: they share a ring. */
  #ask(request: Omit<FileRequest, "id">): Promise<FileAnswer> {
    const asked = this.#queue.then(async () => {
      const id = ++this.#last;
      const waiter = Promise.withResolvers<FileAnswer>();
      this.#waiting.set(id, waiter);
      this.#send({ id, ...request });
      const answer = await waiter.promise;
      if (answer.errno !== undefined) throw new BoardFileError(answer.errno);
      return answer;
    });
    this.#queue = asked.catch(() => {});
    return asked;
  }
}
