/**
 * One run of the interpreter, from power-up or soft reset to the next one.
 *
 * A run is an instance of the patched build on fresh memory. What it needs of the world comes in
 * through {@linkcode Hooks}: no JavaScript object is reachable from Python.
 */

import { Collector, type CollectorExports } from "./garbage.ts";
import { MemoryView } from "./memory_view.ts";
import { ADDRESS, EXECUTE_EXPORT, HOOK, Question } from "./wasm_patch.ts";

/** What the interpreter asks of the board. */
export interface Hooks {
  /** Sleeps, waking early when something is pending. */
  sleepMs(ms: number): void;
  /** The next byte received; -1 when something is pending instead. */
  receivedByte(): number;
  /** 32 random bits. */
  randomU32(): number;
  /** The next byte of a raw paste; -1 at its end, -2 when it was interrupted. */
  pasteByte(): number;
  /** The compiler has seen enough of a raw paste. */
  pasteClose(): void;
  /** The board's clock, in ms since 1970. */
  nowMs(): number;
}

interface Exports extends CollectorExports {
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  free(at: number): void;
  mp_js_init(pystackWords: number, heapBytes: number): void;
  mp_js_repl_init(): void;
  mp_js_repl_process_char(byte: number): number;
  mp_sched_keyboard_interrupt(): void;
  emscripten_stack_init(): void;
  emscripten_stack_get_current(): number;
  _emscripten_stack_restore(at: number): void;
  setThrew(threw: number, value: number): void;
  [EXECUTE_EXPORT](source: number, kind: number, flags: number): number;
}

/** Python frames live here: deep recursion ends in a RuntimeError. Words of 4 bytes. */
const PYSTACK_WORDS = 4096;
/** C's stack in memory, Emscripten's default; the build would let Python use half of it. */
const STACK_BYTES = 65_536;
/** What C code may use between two looks at how much is left. */
const STACK_MARGIN_BYTES = 12_288;
/** py/parse.h */
const MP_PARSE_FILE_INPUT = 1;
/** shared/runtime/pyexec.c: the source is a file's name. */
const EXEC_FLAG_SOURCE_IS_FILENAME = 1 << 5;
/** shared/runtime/pyexec.h: a soft reset was asked for. */
const PYEXEC_FORCED_EXIT = 0x100;
const WASM_PAGE_BYTES = 65_536;

/** Thrown through WebAssembly frames by `longjmp`. */
const LONGJMP = Symbol("longjmp");

/** A running interpreter. */
export class Interpreter {
  readonly memory: MemoryView;
  readonly #hooks: Hooks;
  readonly #exports: Exports;
  readonly #collector: Collector;
  readonly #startedMs = performance.now();

  constructor(
    module: WebAssembly.Module,
    memory: MemoryView,
    options: {
      hooks: Hooks;
      /** How much memory Python has. */
      heapBytes: number;
      systemCalls: Record<string, (...args: never[]) => unknown>;
    },
  ) {
    this.memory = memory;
    this.#hooks = options.hooks;
    const imports: Record<string, unknown> = Object.create(null);
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      if (from === "env") imports[name] = inert;
    }
    Object.assign(imports, this.#ownImports(), options.systemCalls, { memory: memory.memory });
    const instance = new WebAssembly.Instance(module, {
      env: imports as WebAssembly.ModuleImports,
      wasi_snapshot_preview1: options.systemCalls as WebAssembly.ModuleImports,
    });
    this.#exports = instance.exports as unknown as Exports;
    this.#collector = new Collector(memory, this.#exports);
    this.#exports.emscripten_stack_init();
    this.#exports.__wasm_call_ctors();
    this.#exports.mp_js_init(PYSTACK_WORDS, options.heapBytes);
    memory.setU32(ADDRESS.stackLimit, STACK_BYTES - STACK_MARGIN_BYTES);
  }

  /** Whether the REPL is the raw one. Kept over a soft reset by whoever restarts. */
  get rawRepl(): boolean {
    return this.memory.u32(ADDRESS.replMode) === 1;
  }

  set rawRepl(raw: boolean) {
    this.memory.setU32(ADDRESS.replMode, raw ? 1 : 0);
  }

  /** Runs a file as `boot.py` is run. Returns whether it asked for a soft reset. */
  runFile(path: string): boolean {
    const bytes = new TextEncoder().encode(path);
    const at = this.#exports.malloc(bytes.length + 1);
    this.memory.setString(at, bytes);
    const result = this.#exports[EXECUTE_EXPORT](
      at,
      MP_PARSE_FILE_INPUT,
      EXEC_FLAG_SOURCE_IS_FILENAME,
    );
    this.#exports.free(at);
    return (result & PYEXEC_FORCED_EXIT) !== 0;
  }

  /** Starts the REPL: it greets. */
  startRepl(): void {
    this.#exports.mp_js_repl_init();
  }

  /** Gives the REPL one byte. Returns whether it asked for a soft reset. */
  input(byte: number): boolean {
    // A program's `input()` leaves its own line behind as the one that is edited; the REPL of a
    // board starts a new one, the event-driven REPL goes on with it when it leaves the raw mode.
    if (this.rawRepl) this.memory.setU32(ADDRESS.editedLine, this.memory.u32(ADDRESS.replLine));
    return (this.#exports.mp_js_repl_process_char(byte) & PYEXEC_FORCED_EXIT) !== 0;
  }

  /** Makes the running program raise KeyboardInterrupt, from this thread. */
  interrupt(): void {
    this.#exports.mp_sched_keyboard_interrupt();
  }

  /** Puts `bytes` into memory for good and returns where. */
  place(bytes: Uint8Array): number {
    const at = this.#exports.malloc(bytes.length + 1);
    this.memory.setString(at, bytes);
    return at;
  }

  #ownImports(): Record<string, unknown> {
    const hooks = this.#hooks;
    return {
      ...this.#invokers(),
      _emscripten_throw_longjmp: () => {
        throw LONGJMP;
      },
      _abort_js: () => {
        throw new Error("The interpreter aborted.");
      },
      emscripten_resize_heap: (bytes: number) => this.#growTo(bytes >>> 0) ? 1 : 0,
      mp_js_random_u32: () => hooks.randomU32(),
      mp_js_ticks_ms: () => (performance.now() - this.#startedMs) | 0,
      mp_js_time_ms: () => hooks.nowMs(),
      [HOOK.sleepMs.name]: (ms: number) => hooks.sleepMs(ms >>> 0),
      [HOOK.sleepUs.name]: (us: number) => this.#sleepUs(us >>> 0),
      [HOOK.collect.name]: (stackPointer: number) => this.#collector.collect(stackPointer),
      [HOOK.pasteByte.name]: () => hooks.pasteByte(),
      [HOOK.pasteClose.name]: () => hooks.pasteClose(),
      [HOOK.ask.name]: (question: number) => {
        switch (question) {
          case Question.ticksUs:
            return ((performance.now() - this.#startedMs) * 1000) | 0;
          case Question.receivedByte:
            return hooks.receivedByte();
          default:
            throw new RangeError(`The interpreter asks ${question}.`);
        }
      },
    };
  }

  #sleepUs(us: number): void {
    const end = performance.now() + us / 1000;
    if (us >= 2000) this.#hooks.sleepMs(Math.floor(us / 1000) - 1);
    while (performance.now() < end);
  }

  #growTo(bytes: number): boolean {
    const { memory } = this.memory;
    const missing = bytes - memory.buffer.byteLength;
    try {
      memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
    } catch {
      return false;
    }
    this.memory.refresh();
    return true;
  }

  /** `setjmp` as Emscripten compiles it: calls that can be jumped out of come through here. */
  #invokers(): Record<string, unknown> {
    const table: ((...args: number[]) => number)[] = [];
    const target = (index: number) =>
      table[index] ??= this.#exports.__indirect_function_table.get(index) as (typeof table)[number];
    const caught = (error: unknown, stack: number): void => {
      this.#exports._emscripten_stack_restore(stack);
      if (error !== LONGJMP) throw error;
      this.#exports.setThrew(1, 0);
    };
    const invoke = (index: number, a: number, b: number, c: number, d: number, e: number) => {
      const stack = this.#exports.emscripten_stack_get_current();
      try {
        return target(index)(a, b, c, d, e);
      } catch (error) {
        caught(error, stack);
      }
    };
    const names = ["i", "ii", "iii", "iiii", "iiiii", "iiiiii", "v", "vi", "vii", "viii", "viiii"];
    return Object.fromEntries(names.map((name) => [`invoke_${name}`, invoke]));
  }
}

/** Stands for every function by which the build would reach a JavaScript object. */
function inert(): number {
  return 0;
}
