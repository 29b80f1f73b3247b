/**
 * A byte ring in shared memory: what lies between a board's thread and the world, in each direction.
 *
 * One thread puts, one takes. Neither ever waits in here: who has to wait, and how, differs at the
 * two ends (the board blocks its thread, the world awaits a promise).
 */

/**
 * Words before the data: where the next byte is put, and where it is taken from. Both run from 0 to
 * twice the capacity, so that a full ring and an empty one differ.
 */
const HEADER_BYTES = 8;
const PUT = 0;
const TAKEN = 1;

/** A bounded queue of bytes between exactly one writing and one reading thread. */
export class ByteRing {
  /** What is handed to the other thread: `new ByteRing(buffer)` there sees the same bytes. */
  readonly buffer: SharedArrayBuffer;
  /** How many bytes fit. */
  readonly capacity: number;
  readonly #counters: Int32Array;
  readonly #data: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.capacity = buffer.byteLength - HEADER_BYTES;
    this.#counters = new Int32Array(buffer, 0, 2);
    this.#data = new Uint8Array(buffer, HEADER_BYTES);
  }

  /** A new ring for `capacity` bytes. */
  static withCapacity(capacity: number): ByteRing {
    return new ByteRing(new SharedArrayBuffer(HEADER_BYTES + capacity));
  }

  /** How many bytes wait to be taken. */
  get length(): number {
    const span = 2 * this.capacity;
    return (Atomics.load(this.#counters, PUT) - Atomics.load(this.#counters, TAKEN) + span) % span;
  }

  /** How many bytes can be put now. */
  get free(): number {
    return this.capacity - this.length;
  }

  /** Puts as much of `data` as fits and returns how many bytes that was. */
  put(data: Uint8Array): number {
    const count = Math.min(data.length, this.free);
    if (count === 0) return 0;
    const put = Atomics.load(this.#counters, PUT);
    const at = put % this.capacity;
    const first = Math.min(count, this.capacity - at);
    this.#data.set(first === data.length ? data : data.subarray(0, first), at);
    if (first < count) this.#data.set(data.subarray(first, count), 0);
    Atomics.store(this.#counters, PUT, (put + count) % (2 * this.capacity));
    return count;
  }

  /** Takes up to `limit` bytes; an empty array when there are none. */
  take(limit: number): Uint8Array<ArrayBuffer> {
    const count = Math.min(limit, this.length);
    const out = new Uint8Array(count);
    if (count === 0) return out;
    const taken = Atomics.load(this.#counters, TAKEN);
    const at = taken % this.capacity;
    const first = Math.min(count, this.capacity - at);
    out.set(this.#data.subarray(at, at + first));
    out.set(this.#data.subarray(0, count - first), first);
    Atomics.store(this.#counters, TAKEN, (taken + count) % (2 * this.capacity));
    return out;
  }

  /** Takes one byte, `undefined` when there is none. */
  takeByte(): number | undefined {
    if (this.length === 0) return undefined;
    const taken = Atomics.load(this.#counters, TAKEN);
    const byte = this.#data[taken % this.capacity];
    Atomics.store(this.#counters, TAKEN, (taken + 1) % (2 * this.capacity));
    return byte;
  }

  /** Forgets what waits. Only the taking thread may call it. */
  clear(): void {
    Atomics.store(this.#counters, TAKEN, Atomics.load(this.#counters, PUT));
  }
}
