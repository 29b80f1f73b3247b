/** Bytes that came and were not read yet, waited for one at a time. */

/** A queue with one reader. */
export class ByteQueue {
  #bytes: number[] = [];
  #waiting: (() => void) | undefined;
  #ended = false;

  push(data: Uint8Array): void {
    for (const byte of data) this.#bytes.push(byte);
    this.#wake();
  }

  /** No more will come; what is there can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Exactly `count` bytes. @throws {QueueEnd} when fewer will come. */
  async take(count: number): Promise<Uint8Array> {
    await this.#until(() => this.#bytes.length >= count);
    return Uint8Array.from(this.#bytes.splice(0, count));
  }

  /** What there is, at least one byte. @throws {QueueEnd} when no more will come. */
  async some(): Promise<Uint8Array> {
    await this.#until(() => this.#bytes.length > 0);
    return Uint8Array.from(this.#bytes.splice(0));
  }

  /** Puts bytes back in front of all others. */
  unread(data: Uint8Array): void {
    this.#bytes.unshift(...data);
  }

  /** Up to and without `end`, one character a byte. @throws {QueueEnd} when it will not come. */
  async until(end: string): Promise<string> {
    let text = "";
    while (!text.endsWith(end)) text += String.fromCharCode((await this.take(1))[0]);
    return text.slice(0, -end.length);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#ended) throw new QueueEnd("The other side is gone.");
      await new Promise<void>((resolve) => this.#waiting = resolve);
    }
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** No more bytes will come. */
export class QueueEnd extends Error {
  override readonly name = "QueueEnd";
}
