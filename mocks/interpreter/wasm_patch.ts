/**
 * Makes a board's interpreter out of the published WebAssembly build of MicroPython.
 *
 * The build is made to run inside a web page: its memory is its own, its `input()` and raw paste
 * never read anything, its `sleep` spins, and it talks to JavaScript. Here its memory becomes one
 * that another thread can see (so that Ctrl-C stops `while True: pass`), and the few functions that
 * stand for a board's hardware call us instead. A patch states the bytes that it replaces; on any
 * other build it fails instead of doing something else.
 */

import { hex, Reader, SECTION, type Signature, text, unsigned, Writer } from "./wasm_binary.ts";
import { withVisibleRoots } from "./visible_roots.ts";

/** Addresses in the memory of this build, as the functions that {@linkcode PATCHES} checks use them. */
export const ADDRESS = {
  /** `mp_interrupt_char`: the byte that interrupts the running program, -1 when none does. */
  interruptChar: 178872,
  /** `MP_STATE_MAIN_THREAD(mp_pending_exception)`. */
  pendingException: 185108 + 40,
  /** `MP_STATE_VM(mp_kbd_exception)`, the KeyboardInterrupt that is raised. */
  keyboardInterrupt: 185108 + 68,
  /** Its traceback. */
  keyboardTraceback: 185108 + 76,
  /** `MP_STATE_VM(sched_state)`, 16 bits: 1 is idle, 0 is pending. */
  schedulerState: 185108 + 252,
  /** `MP_STATE_VM(repl_line)`, the line that the REPL collects. */
  replLine: 185108 + 232,
  /** `rl.line` of shared/readline, the line that is being edited. */
  editedLine: 186092,
  /** `MP_STATE_THREAD(stack_limit)`: how far C's stack may grow before a RuntimeError. */
  stackLimit: 185108 + 4,
  /** `MP_STATE_THREAD(pystack_start)`, `pystack_cur`: Python's frames, which are roots. */
  pystackStart: 185108 + 8,
  pystackCurrent: 185108 + 16,
  /** `MP_STATE_MEM(area)`, the heap: which of its blocks are in use, and where they lie. */
  heapTable: 185108 + 384 + 4,
  heapPool: 185108 + 384 + 16,
  heapPoolEnd: 185108 + 384 + 20,
  /** `MP_STATE_MEM(gc_stack_overflow)`: whether marking has to look again. */
  markingOverflow: 185108 + 416,
  /** `pyexec_mode_kind`: 0 is the friendly REPL, 1 the raw one. */
  replMode: 186084,
} as const;

/**
 * Functions that the build imports to talk to JavaScript objects, of which there are none here.
 * They carry what the patched functions ask of the board.
 */
export const HOOK = {
  /** `(ms) -> ()`: sleeps. */
  sleepMs: { name: "proxy_js_free_obj", index: 28 },
  /** `(us) -> ()`: sleeps. */
  sleepUs: { name: "proxy_convert_mp_to_js_then_js_to_mp_obj_jsside", index: 11 },
  /** `(question) -> answer`: see {@linkcode Question}. */
  ask: { name: "js_check_existing", index: 31 },
  /** `(reader, 0) -> byte`: the next byte of a raw paste; -1 at its end, -2 interrupted. */
  pasteByte: { name: "has_attr", index: 26 },
  /** `(reader) -> ()`: the compiler needs no more of a raw paste. */
  pasteClose: {
    name: "proxy_convert_mp_to_js_then_js_to_js_then_js_to_mp_obj_jsside",
    index: 12,
  },
  /** `(stack pointer) -> ()`: collects garbage. */
  collect: { name: "js_get_proxy_js_ref_info", index: 13 },
} as const;

/** What {@linkcode HOOK.ask} is asked. */
export const Question = {
  /** Microseconds since power-up. */
  ticksUs: 0,
  /** The next byte received, waiting for it; -1 when something is pending instead. */
  receivedByte: 1,
} as const;

const GC_COLLECT = 1278;
const GC_COLLECT_START = 78;
const GC_COLLECT_END = 80;
const MP_HANDLE_PENDING = 433;
const READLINE_INIT = 1261;
const READLINE_PROCESS_CHAR = 1256;
const PARSE_COMPILE_EXECUTE = 1254;

/** The global variable that points to the top of C's stack. */
const STACK_POINTER = 0;

const call = (index: number) => [0x10, ...unsigned(index)];
const ask = (question: number) => [0x41, question, ...call(HOOK.ask.index)];
const END = 0x0b;
const NO_LOCALS = 0x00;

interface Patch {
  /** What the function is in MicroPython's sources. */
  readonly what: string;
  readonly index: number;
  /** Its body as published. */
  readonly was: string;
  /** Its new body; absent when only `was` matters, because of the addresses in it. */
  readonly now?: readonly number[];
}

const PATCHES: readonly Patch[] = [
  {
    what: "mp_sched_keyboard_interrupt",
    index: 428,
    was:
      "0041284194a68b800041c4006a360294a68b800041cc004100360294a68b8000024041fc012f0194a68b80004101" +
      "470d0041fc0141003b0194a68b80000b0b",
  },
  { what: "mp_hal_get_interrupt_char", index: 1293, was: "0041002802b8f58a80000b" },
  { what: "mp_handle_pending", index: MP_HANDLE_PENDING, was: "00410110b0838080000b" },
  {
    what: "mp_hal_delay_ms",
    index: 1286,
    was: "01017f108e8080800021010340108e8080800020016b2000490d000b0b",
    now: [NO_LOCALS, 0x20, 0, ...call(HOOK.sleepMs.index), ...call(MP_HANDLE_PENDING), END],
  },
  {
    what: "mp_hal_delay_us",
    index: 1288,
    was: "01017f108e8080800021010340108e8080800020016b41e8076c2000490d000b0b",
    now: [NO_LOCALS, 0x20, 0, ...call(HOOK.sleepUs.index), ...call(MP_HANDLE_PENDING), END],
  },
  {
    what: "mp_hal_ticks_us",
    index: 1289,
    was: "00108e8080800041e8076c0b",
    now: [NO_LOCALS, ...ask(Question.ticksUs), END],
  },
  {
    what: "mp_hal_ticks_cpu",
    index: 1290,
    was: "0041000b",
    now: [NO_LOCALS, ...ask(Question.ticksUs), END],
  },
  {
    // The heap is as large as the board's: it does not grow.
    what: "gc_get_max_new_split",
    index: 1277,
    was: "0041808080c0000b",
    now: [NO_LOCALS, 0x41, 0, END],
  },
  {
    what: "gc_collect_top_level",
    index: 1269,
    was:
      "01017f41004100280288ae8b8000417f6a2200360288ae8b8000024020000d0041002d008cae8b8000450d004100" +
      "41003a008cae8b800010ce8080800010d0808080000b0b",
  },
  {
    // The build leaves collecting to when no command runs: see visible_roots.ts.
    what: "gc_collect",
    index: GC_COLLECT,
    was: "00410041013a008cae8b80000b",
    now: [NO_LOCALS, 0x23, STACK_POINTER, ...call(HOOK.collect.index), END],
  },
  {
    // Where all is lost the build spins for ever; a trap is seen, and the board restarts.
    what: "nlr_jump_fail",
    index: 1279,
    was: "0003400c000b0b",
    now: [NO_LOCALS, 0x00, END],
  },
  {
    // for (;;) { c = received byte; if (c < 0) handle pending; else if (process(c) >= 0) return }
    what: "readline",
    index: 1262,
    was: "002000200110ed898080000340410010e88980800022014100480d000b20010b",
    now: [
      ...[NO_LOCALS, 0x20, 0, 0x20, 1, ...call(READLINE_INIT), 0x03, 0x40],
      ...[...ask(Question.receivedByte), 0x22, 1, 0x41, 0, 0x48, 0x04, 0x40],
      ...[...call(MP_HANDLE_PENDING), 0x0c, 1, END],
      ...[0x20, 1, ...call(READLINE_PROCESS_CHAR), 0x22, 1, 0x41, 0, 0x48, 0x0d, 0],
      ...[END, 0x20, 1, END],
    ],
  },
  {
    // c = paste byte; if (c == -2) handle pending, which raises; return c
    what: "mp_reader_stdin_readbyte",
    index: 1253,
    was:
      "01027f417f2101024020002d00000d00200020002f0104417f6a22023b010441002101200241ffff03710d0041a9" +
      "a0858000410110858a8080001a200020002f01023b01040b20010b",
    now: [
      ...[0x01, 0x01, 0x7f, 0x20, 0, 0x41, 0, ...call(HOOK.pasteByte.index), 0x22, 1],
      ...[0x41, 0x7e, 0x46, 0x04, 0x40, ...call(MP_HANDLE_PENDING), END, 0x20, 1, END],
    ],
  },
  {
    what: "mp_reader_stdin_close",
    index: 1252,
    was: "00024020002d00000d00200041013a000041a6a0858000410110858a8080001a03400c000b0b0b",
    now: [NO_LOCALS, 0x20, 0, ...call(HOOK.pasteClose.index), END],
  },
];

/** The name by which the function that runs a file is exported: `(path, kind, flags) -> result`. */
export const EXECUTE_EXPORT = "parse_compile_execute";
/** `() -> ()`: marks what the interpreter's own variables and Python's frames refer to. */
export const COLLECT_START_EXPORT = "gc_collect_start";
/** `() -> ()`: frees what was not marked. */
export const COLLECT_END_EXPORT = "gc_collect_end";

const EXPORTS = [
  [EXECUTE_EXPORT, PARSE_COMPILE_EXECUTE],
  [COLLECT_START_EXPORT, GC_COLLECT_START],
  [COLLECT_END_EXPORT, GC_COLLECT_END],
] as const;

/**
 * Rewrites the published build.
 *
 * @param memory the first size of its memory and the largest, in pages of 64 KiB
 * @throws {Error} when `published` is not the build that the patches were made for.
 */
export function patchInterpreter(
  published: Uint8Array,
  memory: { initialPages: number; maximumPages: number },
): Uint8Array<ArrayBuffer> {
  const reader = new Reader(published);
  const out = new Writer();
  out.bytes(reader.bytes(8));
  let types: Signature[] = [];
  let imports: { name: string; type: number }[] = [];
  let ownTypes: number[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.bytes(reader.unsigned());
    const body = new Reader(content);
    switch (id) {
      case SECTION.type:
        types = body.vector(() => readSignature(body));
        writeSection(out, id, content);
        break;
      case SECTION.import: {
        imports = body.vector(() => readFunctionImport(body));
        // Flags 3: shared, with a maximum. WebAssembly threads proposal, "limits".
        const limits = [3, ...unsigned(memory.initialPages), ...unsigned(memory.maximumPages)];
        const entry = [...text("env"), ...text("memory"), 2, ...limits];
        writeSection(out, id, withEntries(content, [entry]));
        break;
      }
      case SECTION.function:
        ownTypes = body.vector(() => body.unsigned());
        writeSection(out, id, content);
        break;
      case SECTION.memory:
        break;
      case SECTION.export: {
        const entries = EXPORTS.map(([name, index]) => [...text(name), 0, ...unsigned(index)]);
        writeSection(out, id, withEntries(content, entries));
        break;
      }
      case SECTION.code: {
        const published = body.vector(() => body.bytes(body.unsigned()));
        const bodies = patchedBodies(published, imports.length);
        const allTypes = [...imports.map(({ type }) => type), ...ownTypes];
        const invokers = imports.flatMap(({ name }, at) => name.startsWith("invoke_") ? [at] : []);
        writeSection(
          out,
          id,
          vectorOf(withVisibleRoots(
            { types, signatures: allTypes.map((type) => types[type]), bodies },
            [GC_COLLECT, ...invokers],
          )),
        );
        break;
      }
      default:
        writeSection(out, id, content);
    }
  }
  return out.written;
}

function readSignature(reader: Reader): Signature {
  reader.byte();
  const params = reader.vector(() => reader.byte());
  return { params, results: reader.vector(() => reader.byte()) };
}

/** All imports of the published build are functions. */
function readFunctionImport(reader: Reader): { name: string; type: number } {
  reader.text();
  const name = reader.text();
  reader.byte();
  return { name, type: reader.unsigned() };
}

function patchedBodies(published: readonly Uint8Array[], firstIndex: number): Uint8Array[] {
  const bodies = [...published];
  for (const { what, index, was, now } of PATCHES) {
    const body = bodies[index - firstIndex];
    if (body === undefined || hex(body) !== was) {
      throw new Error(`Cannot patch ${what}: this is not MicroPython 1.27.0 for PyScript.`);
    }
    if (now !== undefined) bodies[index - firstIndex] = Uint8Array.from(now);
  }
  return bodies;
}

/** A vector, encoded, with more entries at its end. */
function withEntries(vector: Uint8Array, entries: readonly (readonly number[])[]): Uint8Array {
  const reader = new Reader(vector);
  const out = new Writer();
  out.unsigned(reader.unsigned() + entries.length);
  out.bytes(reader.rest());
  for (const entry of entries) out.bytes(entry);
  return out.written;
}

/** A vector of pieces of code. */
function vectorOf(bodies: readonly Uint8Array[]): Uint8Array {
  const out = new Writer();
  out.unsigned(bodies.length);
  for (const body of bodies) {
    out.unsigned(body.length);
    out.bytes(body);
  }
  return out.written;
}

function writeSection(out: Writer, id: number, content: Uint8Array): void {
  out.byte(id);
  out.unsigned(content.length);
  out.bytes(content);
}
