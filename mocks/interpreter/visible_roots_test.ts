import assert from "node:assert/strict";
import { withVisibleRoots } from "./visible_roots.ts";
import { I32, I64, type Signature, text, unsigned } from "./wasm_binary.ts";

const NOTHING_TO_NOTHING: Signature = { params: [], results: [] };
const I32_TO_I32: Signature = { params: [I32], results: [I32] };
/** Two functions, imported and own, and a stack pointer in a global variable. */
const TYPES = [NOTHING_TO_NOTHING, I32_TO_I32];
const STACK_TOP = 1024;

/** Runs `body`, an `(i32) -> i32` that calls function 0, and returns what that saw on the stack. */
function run(
  body: number[],
  argument: number,
): { result: number; seen: number[][]; stack: number } {
  const [rewritten] = withVisibleRoots(
    { types: TYPES, signatures: TYPES, bodies: [Uint8Array.from(body)] },
    [0],
  );
  const vector = (items: number[][]) => [...unsigned(items.length), ...items.flat()];
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
  const types = TYPES.map(({ params, results }) => [
    0x60,
    ...vector(params.map((type) => [type])),
    ...vector(results.map((type) => [type])),
  ]);
  const module = new WebAssembly.Module(Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...text("env"), ...text("collect"), 0, 0]])),
    ...section(3, vector([[1]])),
    ...section(5, vector([[0, 1]])),
    ...section(6, vector([[I32, 1, 0x41, 0x80, 0x08, 0x0b]])),
    ...section(
      7,
      vector([[...text("f"), 0, 1], [...text("m"), 2, 0], [...text("sp"), 3, 0]]),
    ),
    ...section(10, vector([[...unsigned(rewritten.length), ...rewritten]])),
  ]));
  const seen: number[][] = [];
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      collect: () => {
        const stack = (exports.sp as WebAssembly.Global).value as number;
        const memory = (exports.m as WebAssembly.Memory).buffer.slice(stack, STACK_TOP);
        seen.push([...new Uint32Array(memory)]);
      },
    },
  });
  const result = (exports.f as (x: number) => number)(argument);
  return { result, seen, stack: (exports.sp as WebAssembly.Global).value as number };
}

const GET_0 = [0x20, 0];
const COLLECT = [0x10, 0];
const ADD = 0x6a;
const MULTIPLY_BY_3 = [0x41, 3, 0x6c];
const NO_LOCALS = 0;

Deno.test("withVisibleRoots() puts parameters and variables on the stack at each call", () => {
  // y = x * 3; collect(); x = y; collect(); return x
  const body = [1, 1, I32, ...GET_0, ...MULTIPLY_BY_3, 0x21, 1, ...COLLECT];
  const { result, seen, stack } = run(
    [...body, 0x20, 1, 0x21, 0, ...COLLECT, ...GET_0, 0x0b],
    1000,
  );
  assert.equal(result, 3000);
  assert.equal(stack, STACK_TOP, "the frame is left");
  assert.deepEqual(seen[0].slice(0, 2), [1000, 3000]);
  assert.deepEqual(seen[1].slice(0, 2), [3000, 3000]);
});

Deno.test("withVisibleRoots() puts operands that wait on the stack, in and around blocks", () => {
  // return (x + 5000) + (block { x = 0; collect(); 7 }), with nothing left in variables.
  const block = [0x02, I32, 0x41, 0, 0x21, 0, ...COLLECT, 0x41, 7, 0x0b];
  const around = run([NO_LOCALS, ...GET_0, 0x41, 0x88, 0x27, ADD, ...block, ADD, 0x0b], 1000);
  assert.equal(around.result, 6007);
  assert.ok(around.seen[0].includes(6000));
  // The same without the block.
  const within = [...COLLECT, 0x41, 7];
  const plain = run(
    [NO_LOCALS, ...GET_0, 0x41, 0x88, 0x27, ADD, 0x41, 0, 0x21, 0, ...within, ADD, 0x0b],
    1000,
  );
  assert.equal(plain.result, 6007);
  assert.ok(plain.seen[0].includes(6000));
});

Deno.test("withVisibleRoots() leaves the frame wherever the function is left", () => {
  // if (x) { collect(); return 1 } block { br to the end of the function with 2 }
  const returns = [...GET_0, 0x04, 0x40, ...COLLECT, 0x41, 1, 0x0f, 0x0b];
  const body = [NO_LOCALS, ...returns, 0x02, 0x40, 0x41, 2, 0x0c, 1, 0x0b, 0x00, 0x0b];
  for (const [argument, expected] of [[5, 1], [0, 2]]) {
    const { result, stack } = run(body, argument);
    assert.equal(result, expected);
    assert.equal(stack, STACK_TOP);
  }
});

Deno.test("withVisibleRoots() leaves functions alone that do not come to collect", () => {
  const bodies = [Uint8Array.from([NO_LOCALS, ...GET_0, 0x0b])];
  assert.deepEqual(withVisibleRoots({ types: TYPES, signatures: TYPES, bodies }, [0]), bodies);
});

Deno.test("withVisibleRoots() refuses instructions that it does not know", () => {
  // 0xfd begins the vector instructions.
  const bodies = [Uint8Array.from([1, 1, I64, 0xfd, 0, 0x0b])];
  assert.throws(
    () => withVisibleRoots({ types: TYPES, signatures: TYPES, bodies }, [0]),
    /There is no instruction 0xfd here/,
  );
});
