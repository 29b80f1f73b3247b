/** The interpreter's memory, read and written as its C code lays it out (32 bit, little-endian). */

/** Views on memory that may have grown since the last look. */
export class MemoryView {
  readonly memory: WebAssembly.Memory;
  #buffer: ArrayBufferLike;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#buffer = memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#view = new DataView(this.#buffer);
  }

  /** Must be called after {@linkcode WebAssembly.Memory.grow}. */
  refresh(): void {
    this.#buffer = this.memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#view = new DataView(this.#buffer);
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** A view, not a copy. */
  bytes(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at, at + length);
  }

  fill(value: number): void {
    this.#bytes.fill(value);
  }

  u8(at: number): number {
    return this.#bytes[at];
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  i32(at: number): number {
    return this.#view.getInt32(at, true);
  }

  setU8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  setU16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  setU64(at: number, value: number): void {
    this.#view.setBigUint64(at, BigInt(Math.trunc(value)), true);
  }

  /** The zero-terminated UTF-8 string at `at`. */
  string(at: number): string {
    const end = this.#bytes.indexOf(0, at);
    // A TextDecoder refuses shared memory: decode a copy.
    return new TextDecoder().decode(this.#bytes.slice(at, end));
  }

  /** Writes `bytes` and a zero behind them. */
  setString(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
    this.#bytes[at + bytes.length] = 0;
  }
}
