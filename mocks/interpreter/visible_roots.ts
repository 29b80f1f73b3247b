/**
 * Lets the interpreter's garbage collector see what C code holds.
 *
 * A collector that is not told where the pointers are looks for them on the stack and in the
 * registers. WebAssembly hides both: local variables and operands lie outside of memory. The build
 * as published therefore never collects while a command runs.
 *
 * Here each function that may come to collect gets a frame on the stack that C code keeps in memory
 * (for what has an address). Before it calls a function from which the collector may be reached, it
 * copies its local variables and the operands that wait into the frame. Binaryen's pass
 * "spill-pointers" is made for the same purpose; this one needs no liveness, and no Binaryen.
 */

import { I32, I64, Reader, type Signature, unsigned, Writer } from "./wasm_binary.ts";
import { GIVES, NOTHING, OP, readOpcode, skipImmediate, TAKES } from "./wasm_instructions.ts";

/** The functions of a module. */
export interface Functions {
  /** By index in the type section. */
  readonly types: readonly Signature[];
  /** By index of the function, imported ones first. */
  readonly signatures: readonly Signature[];
  /** Bodies of those that are not imported. */
  readonly bodies: readonly Uint8Array[];
}

/** The global variable that points to the top of the stack in memory: Emscripten's first. */
const STACK_POINTER = 0;
/** What C code keeps its stack aligned to. */
const STACK_ALIGN = 16;
/** The power of two that an address is a multiple of, as its exponent. */
const ALIGN_4 = 2;
/** The type of a block without a result. */
const EMPTY_BLOCK = 0x40;
/** Added to the type of an operand that may hold a pointer. */
const POINTER = 0x100;

/** Whole words from memory, and what C does to pointers; not bytes, products or comparisons. */
const MAY_GIVE_POINTERS: ReadonlySet<number> = new Set([
  OP.i32Load,
  OP.i64Load,
  OP.i32Add,
  OP.i32Sub,
  // i32.and, i32.or, i64.and, i64.or, i64.shl, i64.shr_u, i32.wrap_i64, i64.extend_i32_u
  ...[0x71, 0x72, 0x83, 0x84, 0x86, 0x88, 0xa7, 0xad],
]);

/**
 * Rewrites the bodies of all functions from which one of `collecting` may be reached.
 *
 * @param collecting indices of functions that collect; what is called through a table may as well
 * @throws {Error} when there is an instruction that is not known here.
 */
export function withVisibleRoots(
  functions: Functions,
  collecting: Iterable<number>,
): Uint8Array[] {
  const reaching = reachingFunctions(functions, collecting);
  const maker = new FrameMaker(functions, reaching);
  const firstOwn = functions.signatures.length - functions.bodies.length;
  return functions.bodies.map((body, at) =>
    reaching[firstOwn + at] ? maker.rewrite(body, functions.signatures[firstOwn + at]) : body
  );
}

/** For each function whether one of `collecting` may be reached from it. */
function reachingFunctions(
  { signatures, bodies }: Functions,
  collecting: Iterable<number>,
): Uint8Array {
  const reaching = new Uint8Array(signatures.length);
  const callers = signatures.map((): number[] => []);
  const todo = [...collecting];
  bodies.forEach((body, at) => {
    const caller = signatures.length - bodies.length + at;
    const reader = new Reader(body);
    readLocals(reader);
    while (!reader.done) {
      const op = readOpcode(reader);
      if (op === OP.callIndirect) todo.push(caller);
      if (op === OP.call) callers[reader.unsigned()].push(caller);
      else skipImmediate(reader, op);
    }
  });
  for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
    if (reaching[index]) continue;
    reaching[index] = 1;
    todo.push(...callers[index]);
  }
  return reaching;
}

/** The types of the local variables that a body declares. */
function readLocals(reader: Reader): number[] {
  const types: number[] = [];
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    const count = reader.unsigned();
    const type = reader.byte();
    for (let i = 0; i < count; i++) types.push(type);
  }
  return types;
}

/** A block that is open. */
interface Block {
  /** How many operands there were where it begins. */
  readonly height: number;
  /** The type of its result, or {@linkcode NOTHING}. */
  readonly result: number;
  /** Whether its rest cannot be reached: then nothing is known of its operands. */
  dead: boolean;
}

/** Rewrites one function after the other. */
class FrameMaker {
  readonly #functions: Functions;
  readonly #reaching: Uint8Array;
  readonly #code = new Writer();
  /** Code that copies all local variables into the frame. */
  readonly #copies = new Writer();
  #locals: number[] = [];
  /** Types of local variables that are added: first the address of the frame. */
  #added: number[] = [];
  #blocks: Block[] = [];
  /** Types of the operands, with {@linkcode POINTER}. */
  #operands: number[] = [];
  /** Where in the frame the operands begin. */
  #operandsAt = 0;
  #frameBytes = 0;

  constructor(functions: Functions, reaching: Uint8Array) {
    this.#functions = functions;
    this.#reaching = reaching;
  }

  rewrite(body: Uint8Array, { params, results }: Signature): Uint8Array {
    const reader = new Reader(body);
    const declared = readLocals(reader);
    const result = results[0] ?? NOTHING;
    this.#locals = [...params, ...declared];
    this.#added = [I32];
    this.#blocks = [{ height: 0, result, dead: false }];
    this.#operands = [];
    this.#frameBytes = 0;
    this.#code.clear();
    this.#copies.clear();
    this.#locals.forEach((type, local) => {
      if (type !== I32 && type !== I64) return;
      this.#store(this.#copies, local, type, this.#frameBytes);
      this.#frameBytes += type === I32 ? 4 : 8;
    });
    this.#operandsAt = this.#frameBytes;
    this.#copyCode(reader);

    const frame = this.#locals.length;
    const frameBytes = Math.ceil(this.#frameBytes / STACK_ALIGN) * STACK_ALIGN;
    const types = [...declared, ...this.#added];
    const out = new Writer(body.length + this.#code.length);
    out.unsigned(types.length);
    for (const type of types) out.bytes([1, type]);
    out.bytes([OP.globalGet, STACK_POINTER, OP.i32Const, ...signed(frameBytes), OP.i32Sub]);
    out.bytes([OP.localTee, ...unsigned(frame), OP.globalSet, STACK_POINTER]);
    out.bytes([OP.block, result === NOTHING ? EMPTY_BLOCK : result]);
    // It ends with an end, which is now that of the block.
    out.bytes(this.#code.written);
    out.bytes([OP.localGet, ...unsigned(frame), OP.i32Const, ...signed(frameBytes), OP.i32Add]);
    out.bytes([OP.globalSet, STACK_POINTER, OP.end]);
    return out.written;
  }

  #copyCode(reader: Reader): void {
    const out = this.#code;
    const operands = this.#operands;
    const blocks = this.#blocks;
    let block = blocks[0];
    let copied = reader.at;
    const open = (type: number) => {
      const result = type === EMPTY_BLOCK ? NOTHING : type;
      blocks.push(block = { height: operands.length, result, dead: block.dead });
    };
    const die = () => {
      block.dead = true;
      operands.length = block.height;
    };
    /** Calls a function that may collect, at `at`. */
    const collectingCall = (at: number, params: readonly number[]) => {
      out.bytes(reader.data.subarray(copied, at));
      copied = at;
      this.#keepOperands(block.height, params);
      out.bytes(this.#copies.written);
    };
    const finishCall = ({ results }: Signature) => {
      for (const type of results) operands.push(type | POINTER);
    };
    while (!reader.done) {
      const at = reader.at;
      const op = readOpcode(reader);
      switch (op) {
        case OP.if:
        case OP.block:
        case OP.loop: {
          const type = reader.byte();
          if (op === OP.if && !block.dead) operands.length--;
          if (operands.length > block.height && !block.dead) {
            // What waits below a block is out of reach of the code in it.
            out.bytes(reader.data.subarray(copied, at));
            copied = at;
            this.#keepOperands(block.height, op === OP.if ? [I32] : []);
          }
          open(type);
          break;
        }
        case OP.else: {
          const { height, result } = blocks.pop()!;
          operands.length = height;
          const { dead } = blocks[blocks.length - 1];
          blocks.push(block = { height, result, dead });
          break;
        }
        case OP.end: {
          const { height, result } = blocks.pop()!;
          operands.length = height;
          block = blocks[blocks.length - 1];
          if (result !== NOTHING) operands.push(result | POINTER);
          break;
        }
        case OP.return:
          // Out of the block around the code, to where the frame is left.
          out.bytes(reader.data.subarray(copied, at));
          out.byte(OP.br);
          out.unsigned(blocks.length - 1);
          copied = reader.at;
          die();
          break;
        case OP.unreachable:
        case OP.br:
        case OP.brTable:
          skipImmediate(reader, op);
          die();
          break;
        case OP.call: {
          const index = reader.unsigned();
          if (block.dead) break;
          const signature = this.#functions.signatures[index];
          operands.length -= signature.params.length;
          if (this.#reaching[index]) collectingCall(at, signature.params);
          finishCall(signature);
          break;
        }
        case OP.callIndirect: {
          const signature = this.#functions.types[reader.unsigned()];
          reader.skipNumber();
          if (block.dead) break;
          operands.length -= signature.params.length + 1;
          collectingCall(at, [...signature.params, I32]);
          finishCall(signature);
          break;
        }
        case OP.localGet: {
          const local = reader.unsigned();
          operands.push(this.#locals[local] | POINTER);
          break;
        }
        case OP.select:
          if (block.dead) break;
          operands.length--;
          operands[operands.length - 2] |= operands.pop()!;
          break;
        default:
          skipImmediate(reader, op);
          if (block.dead) break;
          operands.length -= TAKES[op];
          if (GIVES[op] === NOTHING) break;
          operands.push(MAY_GIVE_POINTERS.has(op) ? GIVES[op] | POINTER : GIVES[op]);
      }
    }
    out.bytes(reader.data.subarray(copied, reader.at));
  }

  /** Copies the operands from `height` on, which lie below others of types `above`, to the frame. */
  #keepOperands(height: number, above: readonly number[]): void {
    const operands = this.#operands;
    const isPointer = (type: number) =>
      (type & POINTER) !== 0 && ((type & 0xff) === I32 || (type & 0xff) === I64);
    if (!operands.some((type, at) => at >= height && isPointer(type))) return;
    // Only variables can be written to memory: the operands go into some, and come back.
    const types = [...operands.slice(height), ...above].map((type) => type & 0xff);
    const variables = types.map((type, at) => {
      const nth = types.slice(0, at).filter((other) => other === type).length;
      return this.#variable(type, nth);
    });
    for (const variable of variables.toReversed()) {
      this.#code.byte(OP.localSet);
      this.#code.unsigned(variable);
    }
    types.slice(0, operands.length - height).forEach((type, at) => {
      if (!isPointer(operands[height + at])) return;
      const slot = this.#operandsAt + 8 * (height + at);
      this.#frameBytes = Math.max(this.#frameBytes, slot + 8);
      this.#store(this.#code, variables[at], type, slot);
    });
    for (const variable of variables) {
      this.#code.byte(OP.localGet);
      this.#code.unsigned(variable);
    }
  }

  /** The index of the `nth` variable of a type that is added for operands. */
  #variable(type: number, nth: number): number {
    let at = 0;
    for (let left = nth; left >= 0; left--) {
      at = this.#added.indexOf(type, at + 1);
      if (at < 0) at = this.#added.push(type) - 1;
    }
    return this.#locals.length + at;
  }

  /** Code that writes a variable to the frame. */
  #store(out: Writer, variable: number, type: number, at: number): void {
    out.byte(OP.localGet);
    out.unsigned(this.#locals.length);
    out.byte(OP.localGet);
    out.unsigned(variable);
    out.byte(type === I32 ? OP.i32Store : OP.i64Store);
    out.byte(ALIGN_4);
    out.unsigned(at);
  }
}

/** The encoding of a number with a sign. */
function signed(value: number): number[] {
  const out = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if (value === 0 && !(byte & 0x40) || value === -1 && byte & 0x40) return [...out, byte];
    out.push(byte | 0x80);
  }
}
