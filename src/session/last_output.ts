/** What the last cell printed, for those that look at it afterwards, such as `%plot`. */

import { type Sink, wrapSink } from "@/base/sink.ts";
import { encode } from "@/base/bytes.ts";

/** So much is kept, from the end. */
const MAX_BYTES = 1_024 * 1_024;

/**
 * Keeps the end of the standard output of the last cell that printed anything, the current one
 * included, in a ring: a flood costs one copy of it.
 */
export class LastOutput {
  #ring = new Uint8Array(4_096);
  /** How many bytes have come. */
  #total = 0;
  /** Whether the next output is that of another cell. */
  #stale = false;

  /** A sink for the next cell, which hands everything on to `sink`. */
  record(sink: Sink): Sink {
    this.#stale = true;
    return wrapSink(sink, {
      write: (stream, data) => {
        if (stream === "stdout") this.#keep(typeof data === "string" ? encode(data) : data);
        return sink.write(stream, data);
      },
    });
  }

  /** What was kept, from the beginning of a line. */
  get text(): string {
    const size = this.#ring.length;
    const decoder = new TextDecoder();
    if (this.#total <= size) return decoder.decode(this.#ring.subarray(0, this.#total));
    const start = this.#total % size;
    const text = decoder.decode(this.#ring.subarray(start), { stream: true }) +
      decoder.decode(this.#ring.subarray(0, start));
    return text.slice(text.indexOf("\n") + 1);
  }

  #keep(data: Uint8Array): void {
    if (data.length === 0) return;
    if (this.#stale) this.#total = 0;
    this.#stale = false;
    this.#grow(this.#total + data.length);
    const size = this.#ring.length;
    const part = data.subarray(-size);
    const at = (this.#total + data.length - part.length) % size;
    const fitting = part.subarray(0, size - at);
    this.#ring.set(fitting, at);
    this.#ring.set(part.subarray(fitting.length));
    this.#total += data.length;
  }

  /** Makes room, while it has not yet begun to wrap around. */
  #grow(wanted: number): void {
    const size = this.#ring.length;
    if (wanted <= size || size === MAX_BYTES) return;
    const larger = new Uint8Array(Math.min(MAX_BYTES, Math.max(wanted, 2 * size)));
    larger.set(this.#ring.subarray(0, this.#total));
    this.#ring = larger;
  }
}
