/** WebAssembly's binary format, read and written piece by piece. WebAssembly core specification, 5. */

/** Value types. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;

/** Numbers of the sections that are looked into. */
export const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7, code: 10 } as const;

/** What a function takes and gives: value types. */
export interface Signature {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** Reads bytes, numbers and vectors. */
export class Reader {
  readonly data: Uint8Array;
  at: number;
  readonly #end: number;

  constructor(data: Uint8Array, at = 0, end = data.length) {
    this.data = data;
    this.at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  byte(): number {
    return this.data[this.at++];
  }

  bytes(count: number): Uint8Array {
    return this.data.subarray(this.at, this.at += count);
  }

  rest(): Uint8Array {
    return this.data.subarray(this.at, this.#end);
  }

  /** A number without a sign, of up to 32 bits. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.data[this.at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** Passes over a number of any size. */
  skipNumber(): void {
    while (this.data[this.at++] >= 0x80);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes(this.unsigned()));
  }

  /** A vector: its length, then as many items as `item` reads. */
  vector<T>(item: () => T): T[] {
    return Array.from({ length: this.unsigned() }, item);
  }
}

/** A buffer of bytes that grows. */
export class Writer {
  #data: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.#data = new Uint8Array(capacity);
  }

  byte(value: number): void {
    if (this.length === this.#data.length) this.#reserve(1);
    this.#data[this.length++] = value;
  }

  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#data.set(values, this.length);
    this.length += values.length;
  }

  unsigned(value: number): void {
    for (; value > 0x7f; value >>>= 7) this.byte(value & 0x7f | 0x80);
    this.byte(value);
  }

  /** What was written: a view. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.length);
  }

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#data.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#data.length, this.length + count));
    larger.set(this.#data);
    this.#data = larger;
  }
}

/** The encoding of a number without a sign. */
export function unsigned(value: number): number[] {
  const out = [];
  for (; value > 0x7f; value >>>= 7) out.push(value & 0x7f | 0x80);
  return [...out, value];
}

/** The encoding of a name. */
export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** Bytes as lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
