/**
 * Collects the interpreter's garbage, while a command runs as on any board.
 *
 * The interpreter marks and frees by itself. What it cannot do in WebAssembly is to find out what C
 * code holds at the moment; `visible_roots.ts` has put that on the stack in memory.
 */

import type { MemoryView } from "./memory_view.ts";
import { ADDRESS, COLLECT_END_EXPORT, COLLECT_START_EXPORT } from "./wasm_patch.ts";

/** The functions of the interpreter that are needed. */
export interface CollectorExports {
  malloc(size: number): number;
  emscripten_stack_get_base(): number;
  emscripten_stack_get_end(): number;
  [COLLECT_START_EXPORT](): void;
  [COLLECT_END_EXPORT](): void;
}

/** Memory is handed out in blocks of this size. py/gc.c, MICROPY_BYTES_PER_GC_BLOCK. */
const BLOCK_BYTES = 16;
/** What the table says of a block that continues the one before it; two bits a block. py/gc.c. */
const CONTINUES = 2;

/** Collects in the memory of one interpreter. */
export class Collector {
  readonly #memory: MemoryView;
  readonly #exports: CollectorExports;
  #roots = 0;

  constructor(memory: MemoryView, exports: CollectorExports) {
    this.#memory = memory;
    this.#exports = exports;
  }

  /** Frees what can no longer be reached, from the stack above `stackPointer` or otherwise. */
  collect(stackPointer: number): void {
    const memory = this.#memory;
    const start = memory.u32(ADDRESS.pystackStart);
    const current = memory.u32(ADDRESS.pystackCurrent);
    const end = this.#copyRoots(stackPointer);
    // The interpreter looks at its own variables, then at Python's frames: once it is shown the
    // roots in place of the frames.
    memory.setU32(ADDRESS.pystackStart, this.#roots);
    memory.setU32(ADDRESS.pystackCurrent, end);
    this.#exports[COLLECT_START_EXPORT]();
    const overflow = memory.u32(ADDRESS.markingOverflow);
    memory.setU32(ADDRESS.pystackStart, start);
    memory.setU32(ADDRESS.pystackCurrent, current);
    this.#exports[COLLECT_START_EXPORT]();
    memory.setU32(ADDRESS.markingOverflow, memory.u32(ADDRESS.markingOverflow) | overflow);
    this.#exports[COLLECT_END_EXPORT]();
  }

  /**
   * Copies what the stack refers to, and returns where the copy ends. The interpreter only knows
   * pointers to where an object begins; C code may be left with one to its middle.
   */
  #copyRoots(stackPointer: number): number {
    const memory = this.#memory;
    const base = this.#exports.emscripten_stack_get_base();
    this.#roots ||= this.#exports.malloc(base - this.#exports.emscripten_stack_get_end());
    const pool = memory.u32(ADDRESS.heapPool);
    const poolEnd = memory.u32(ADDRESS.heapPoolEnd);
    const table = memory.u32(ADDRESS.heapTable);
    let to = this.#roots;
    for (let at = stackPointer; at < base; at += 4) {
      const word = memory.u32(at);
      if (word < pool || word >= poolEnd) continue;
      let block = Math.floor((word - pool) / BLOCK_BYTES);
      while ((memory.u8(table + (block >> 2)) >> 2 * (block & 3) & 3) === CONTINUES) block--;
      memory.setU32(to, pool + block * BLOCK_BYTES);
      to += 4;
    }
    return to;
  }
}
