/** The output of one request: merged into few messages, kept in order, never cut inside a letter. */

import { type StreamName, TextSink } from "@/base/sink.ts";

/** How long text waits for more of its stream, in milliseconds. A person sees no delay below 100. */
const MERGE_MS = 50;

/** The most text in one message, in UTF-16 units. */
const MERGE_UNITS = 64 * 1024;

/** How an {@linkcode OutputSink} hands text on. */
export interface OutputTarget {
  /** Publishes text of one stream. */
  publishStream(name: StreamName, text: string): void;
  /** Resolves when readers have caught up, so that a flood cannot fill memory. */
  room(): Promise<void>;
}

/** A sink that publishes at most one message every 50 ms, 64 KB or change of stream. */
export class OutputSink extends TextSink {
  readonly colour = true;
  readonly #target: OutputTarget;
  #decoders: Partial<Record<StreamName, TextDecoder>> = {};
  #stream: StreamName = "stdout";
  #text = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(target: OutputTarget) {
    super();
    this.#target = target;
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
      this.#target.publishStream(this.#stream, text.slice(at, end));
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
