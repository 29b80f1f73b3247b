/** Where output goes: a terminal, a pipe, a notebook, or a test. */

/** The two streams of a program. */
export type StreamName = "stdout" | "stderr";

/**
 * Takes the output of one cell or command, in order.
 *
 * A sink never splits or merges the two streams' order as written. Bytes are UTF-8 text as the
 * board sent it; a chunk may end in the middle of a character, the sink joins it with the next.
 */
export interface Sink {
  /** Whether ANSI colour is welcome: true in a terminal and a notebook, false in a pipe. */
  readonly colour: boolean;
  /**
   * Writes `data` to `stream`. Resolves when more is welcome, so that a slow reader slows the
   * writer instead of filling memory.
   */
  write(stream: StreamName, data: Uint8Array | string): Promise<void>;
  /** Resolves when everything written so far has been handed on. */
  flush(): Promise<void>;
}

/** A sink that keeps what it is given, as text. */
export class MemorySink implements Sink {
  readonly colour = false;
  stdout = "";
  stderr = "";
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    this[stream] += typeof data === "string"
      ? data
      : this.#decoders[stream].decode(data, { stream: true });
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
