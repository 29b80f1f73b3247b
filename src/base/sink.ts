/** Where output goes: a terminal, a pipe, a notebook, or a test. */

import { IotError } from "./errors.ts";
import { type MimeBundle, plainText } from "./mime.ts";

/** The two streams of a program. */
export type StreamName = "stdout" | "stderr";

/** Something rich to show. */
export interface Display {
  readonly data: MimeBundle;
  /** By MIME type, e.g. an image's `width` and `height`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Names it, so that a later one with the same id and `update` takes its place where it stands. */
  readonly id?: string;
  readonly update?: boolean;
}

/**
 * A message between a widget and its Python: "Custom Messages" in Jupyter's messaging
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html#custom-messages).
 */
export interface CommMessage {
  readonly type: "comm_open" | "comm_msg" | "comm_close";
  readonly content: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Raw bytes beside the JSON. */
  readonly buffers: readonly Uint8Array[];
}

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
   * The id of the Jupyter request that this is the output of; undefined where there is none. A widget
   * that captures output names it, so that a Python that takes part must know its request by it.
   */
  readonly requestId?: string | undefined;
  /**
   * Writes `data` to `stream`. Resolves when more is welcome, so that a slow reader slows the
   * writer instead of filling memory.
   */
  write(stream: StreamName, data: Uint8Array | string): Promise<void>;
  /** Shows something rich, or what of it this sink can show. Resolves as {@linkcode write} does. */
  display(display: Display): Promise<void>;
  /** Shows the value of a cell's last expression; `metadata` is as a {@linkcode Display}'s. */
  result(data: MimeBundle, metadata?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Shows a text to read beside the work, such as help: a pager's, where there is one. */
  page(data: MimeBundle): Promise<void>;
  /**
   * Shows a line that takes the place of the one shown so before: how far long work has come. An
   * empty one takes it away. Nothing is shown where lines cannot be replaced, but for a `final` one,
   * which stays.
   */
  status(text: string, options?: StatusOptions): Promise<void>;
  /** Takes away what was shown so far; with `wait`, when the next output comes. */
  clear(options: { readonly wait: boolean }): Promise<void>;
  /** Hands a message to a widget, where there is one that can take it. */
  comm(message: CommMessage): Promise<void>;
  /**
   * Proposes the text of a cell: the next one, or this one where `replace`. Nothing happens where
   * there are no cells to write to.
   */
  suggestCell(text: string, options: { readonly replace: boolean }): Promise<void>;
  /**
   * Asks the person for a line, and returns it without its newline.
   *
   * @throws {NobodyToAsk} when there is nobody to ask.
   * @throws {IotError} when there is no answer.
   * @throws the signal's reason when it aborts.
   */
  input(prompt: string, options: InputOptions): Promise<string>;
  /** Resolves when everything written so far has been handed on. */
  flush(): Promise<void>;
}

/** What {@linkcode Sink.status} is told. */
export interface StatusOptions {
  readonly final?: boolean;
}

/** A program asks where nobody can answer. Named as what ipykernel's programs meet there. */
export class NobodyToAsk extends IotError {
  override readonly name = "StdinNotImplementedError";

  constructor(message: string) {
    super(message, 1);
  }
}

/** What {@linkcode Sink.input} is told. */
export interface InputOptions {
  readonly signal: AbortSignal;
  /** What is typed is not shown. */
  readonly password?: boolean;
}

/** A sink that does as `sink` does, but for the parts that are given. */
export function wrapSink(sink: Sink, parts: Partial<Sink>): Sink {
  return {
    colour: sink.colour,
    requestId: sink.requestId,
    write: (stream, data) => sink.write(stream, data),
    display: (display) => sink.display(display),
    result: (data, metadata) => sink.result(data, metadata),
    page: (data) => sink.page(data),
    status: (text, options) => sink.status(text, options),
    clear: (options) => sink.clear(options),
    comm: (message) => sink.comm(message),
    suggestCell: (text, options) => sink.suggestCell(text, options),
    input: (prompt, options) => sink.input(prompt, options),
    flush: () => sink.flush(),
    ...parts,
  };
}

/** A sink that shows all that is rich as text: the base of those that cannot do better. */
export abstract class TextSink implements Sink {
  abstract readonly colour: boolean;
  abstract write(stream: StreamName, data: Uint8Array | string): Promise<void>;
  abstract flush(): Promise<void>;

  display({ data }: Display): Promise<void> {
    return this.write("stdout", `${plainText(data)}\n`);
  }

  result(data: MimeBundle): Promise<void> {
    return this.write("stdout", `${plainText(data)}\n`);
  }

  page(data: MimeBundle): Promise<void> {
    return this.write("stdout", `${plainText(data).trimEnd()}\n`);
  }

  async status(text: string, { final = false }: StatusOptions = {}): Promise<void> {
    if (final && text !== "") await this.write("stderr", `${text}\n`);
  }

  clear(_options: { readonly wait: boolean }): Promise<void> {
    return Promise.resolve(); // what a pipe was given cannot be taken back
  }

  comm(_message: CommMessage): Promise<void> {
    return Promise.resolve(); // text has no widgets
  }

  suggestCell(_text: string, _options: { readonly replace: boolean }): Promise<void> {
    return Promise.resolve(); // and no cells
  }

  input(prompt: string, _options: InputOptions): Promise<string> {
    const asked = prompt === "" ? "" : ` (it asked "${prompt.trim()}")`;
    return Promise.reject(
      new NobodyToAsk(`The program wants input${asked}, and there is nobody to ask here.`),
    );
  }
}

/** A sink that keeps what it is given, as text. */
export class MemorySink extends TextSink {
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
