/** The output of one request: text merged into few messages, all kept in order, no letter cut. */

import { type MimeBundle, plainText } from "@/base/mime.ts";
import type {
  CommMessage,
  Display,
  InputOptions,
  Sink,
  StatusOptions,
  StreamName,
} from "@/base/sink.ts";
import type { Json } from "@/wire/jupyter_message.ts";

/** How long text waits for more of its stream, in milliseconds. A person sees no delay below 100. */
const MERGE_MS = 50;

/** The most text in one message, in UTF-16 units. */
const MERGE_UNITS = 64 * 1024;

/** How one message may be left out for a client that does not keep up. */
export interface PublishOptions {
  /** It may be left out, and the client is told. */
  readonly droppable?: boolean;
  /** It may be left out where a later one with the same key follows. */
  readonly newsOf?: string;
  /** What such a client has not got yet, and is keyed by something that begins so, is cleared away. */
  readonly outdates?: string;
}

/** How one message is published, and what it has besides its content. */
export interface MessageOptions extends PublishOptions {
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** How an {@linkcode OutputSink} hands things on. */
export interface OutputTarget {
  /** The id of the request whose output it is. */
  readonly requestId: string;
  /** Publishes a message. */
  publish(type: string, content: Json, options?: MessageOptions): void;
  /** Resolves when readers have caught up, so that a flood cannot fill memory. */
  room(): Promise<void>;
  /** Asks the client for a line. @throws {IotError} when it cannot be asked. */
  ask(prompt: string, options: InputOptions): Promise<string>;
}

/** One thing that an `execute_reply` asks of the front end. */
export type Payload =
  | { readonly source: "page"; readonly data: MimeBundle; readonly start: 0 }
  | { readonly source: "set_next_input"; readonly text: string; readonly replace: boolean };

/**
 * A sink that publishes: text merged, at most one message every 50 ms, 64 KB or change of stream,
 * and always before anything else that is shown or asked.
 */
export class OutputSink implements Sink {
  readonly colour = true;
  /** The number that results are shown under. */
  executionCount = 0;
  readonly #target: OutputTarget;
  #decoders: Partial<Record<StreamName, TextDecoder>> = {};
  #stream: StreamName = "stdout";
  #text = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** By source: as in IPython, the last one of each is the one that counts. */
  readonly #payload = new Map<Payload["source"], Payload>();
  /** Names the line that changes in place. */
  #status: string | undefined;
  #result: string | undefined;
  /** How often the output was cleared, and how much was shown since. */
  #clears = 0;
  #shown = 0;

  constructor(target: OutputTarget) {
    this.#target = target;
  }

  get requestId(): string {
    return this.#target.requestId;
  }

  /** What the reply has to carry. */
  get payload(): Payload[] {
    return [...this.#payload.values()];
  }

  /** The text of the last result, for the history. */
  get resultText(): string | undefined {
    return this.#result;
  }

  async write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    const text = this.#decode(stream, data);
    if (text === "") return;
    if (stream !== this.#stream) this.#publish();
    this.#stream = stream;
    this.#text += text;
    if (this.#text.length >= MERGE_UNITS) {
      this.#publish();
      await this.#target.room();
    } else {
      this.#timer ??= setTimeout(() => this.#publish(), MERGE_MS);
    }
  }

  async display({ data, metadata = {}, id, update }: Display): Promise<void> {
    this.#publish();
    const transient = id === undefined ? {} : { display_id: id };
    const content = { data, metadata, transient };
    // An update of nothing in particular could not be told from a display.
    if (update && id !== undefined) {
      this.#target.publish("update_display_data", content, { newsOf: `update ${id}` });
    } else {
      this.#target.publish("display_data", content, this.#frame());
    }
    await this.#target.room();
  }

  async result(data: MimeBundle, metadata: Json = {}): Promise<void> {
    this.#publish();
    this.#result = plainText(data);
    const content = { execution_count: this.executionCount, data, metadata };
    this.#target.publish("execute_result", content);
    await this.#target.room();
  }

  page(data: MimeBundle): Promise<void> {
    this.#payload.set("page", { source: "page", data, start: 0 });
    return Promise.resolve();
  }

  suggestCell(text: string, { replace }: { readonly replace: boolean }): Promise<void> {
    this.#payload.set("set_next_input", { source: "set_next_input", text, replace });
    return Promise.resolve();
  }

  async comm({ type, content, metadata, buffers }: CommMessage): Promise<void> {
    this.#publish();
    this.#target.publish(type, content, { metadata, buffers });
    await this.#target.room();
  }

  async status(text: string, { final = false }: StatusOptions = {}): Promise<void> {
    const update = this.#status !== undefined;
    if (!update && text === "") return;
    const id = this.#status ??= crypto.randomUUID();
    if (final || text === "") this.#status = undefined;
    await this.display({ data: { "text/plain": text }, id, update });
  }

  clear({ wait }: { readonly wait: boolean }): Promise<void> {
    this.#publish();
    this.#shown = 0;
    this.#clears++;
    const newsOf = `frame ${this.#clears}/0`;
    // With `wait`, what was shown stays until something takes its place.
    const outdates = wait ? {} : { outdates: `frame ${this.#clears - 1}/` };
    this.#target.publish("clear_output", { wait }, { newsOf, ...outdates });
    return Promise.resolve();
  }

  /** What is shown next belongs to the picture since the last clearing, and replaces the one before. */
  #frame(): PublishOptions {
    const newsOf = `frame ${this.#clears}/${++this.#shown}`;
    return { newsOf, ...(this.#clears > 0 && { outdates: `frame ${this.#clears - 1}/` }) };
  }

  input(prompt: string, options: InputOptions): Promise<string> {
    this.#publish();
    return this.#target.ask(prompt, options);
  }

  flush(): Promise<void> {
    this.#publish();
    return Promise.resolve();
  }

  /** Publishes everything, and a replacement character for a letter that was left unfinished. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.#decoders[stream]?.decode() ?? "";
      if (rest === "") continue;
      if (stream !== this.#stream) this.#publish();
      this.#stream = stream;
      this.#text += rest;
    }
    this.#decoders = {};
    this.#publish();
  }

  #decode(stream: StreamName, data: Uint8Array | string): string {
    if (typeof data === "string") return data;
    const decoder = this.#decoders[stream] ??= new TextDecoder();
    return decoder.decode(data, { stream: true });
  }

  #publish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    for (let at = 0; at < text.length;) {
      const end = letterEnd(text, at + MERGE_UNITS);
      const content = { name: this.#stream, text: text.slice(at, end) };
      this.#target.publish("stream", content, { droppable: true });
      at = end;
    }
  }
}

/** `at`, or one less where that would cut a character of two UTF-16 units. */
function letterEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? at - 1 : at;
}
