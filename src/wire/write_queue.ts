/** Bytes on their way to one peer, counted, with small messages joined for one system call. */

/** Small messages share blocks of this size, so that what they occupy is what is counted. */
const BLOCK_BYTES = 64 * 1024;

/** From this size on a message is queued as it is rather than copied. */
const LARGE_BYTES = 16 * 1024;

/** A block that is used less than this when it ends is cut to what is used. */
const WORTHWHILE_BYTES = BLOCK_BYTES - LARGE_BYTES;

/** A first-in first-out queue of bytes. The boundaries between messages do not survive it. */
export class WriteQueue {
  #buffers: Uint8Array[] = [];
  /** The last buffer, while it is a block with room, and how much of it is used. */
  #block: Uint8Array | undefined;
  #used = 0;

  /** Appends `bytes`, which must not change afterwards. */
  push(bytes: Uint8Array): void {
    const room = this.#block === undefined ? 0 : this.#block.length - this.#used;
    if (bytes.length <= room) {
      this.#block!.set(bytes, this.#used);
      this.#used += bytes.length;
      return;
    }
    this.#seal();
    // The only message in the queue will be taken in a moment; joining it would only copy it.
    if (this.#buffers.length === 0 || bytes.length >= LARGE_BYTES) {
      this.#buffers.push(bytes);
      return;
    }
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#block.set(bytes);
    this.#used = bytes.length;
    this.#buffers.push(this.#block);
  }

  /** Takes the next buffer to write, or `undefined` when nothing waits. */
  take(): Uint8Array | undefined {
    if (this.#buffers.length === 1) this.#seal();
    return this.#buffers.shift();
  }

  /** Forgets everything. */
  clear(): void {
    this.#buffers = [];
    this.#block = undefined;
  }

  #seal(): void {
    if (this.#block === undefined) return;
    const used = this.#block.subarray(0, this.#used);
    // Small messages between large ones would else occupy a block each, and count for nothing.
    this.#buffers[this.#buffers.length - 1] = this.#used < WORTHWHILE_BYTES ? used.slice() : used;
    this.#block = undefined;
  }
}
