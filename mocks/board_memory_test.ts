/** A board's memory is as large as its profile says, is collected, and running out of it is no end. */

import assert from "node:assert/strict";
import { SimulatedBoard } from "./board.ts";
import { PROFILES } from "./profiles.ts";
import { Hand } from "./testing.ts";

const PROMPT = "raw REPL; CTRL-B to exit\r\n>";

/** Starts a board and enters its raw REPL. */
async function boardInRawRepl(profile: string): Promise<Hand & AsyncDisposable> {
  const board = await SimulatedBoard.start({ name: "memory", profile });
  const hand = new Hand(await board.connect());
  await hand.raw();
  const dispose = hand[Symbol.asyncDispose].bind(hand);
  hand[Symbol.asyncDispose] = async () => {
    await dispose();
    await board.close();
  };
  return hand;
}

/** What `code` prints, as a number. */
async function numberFrom(hand: Hand, code: string): Promise<number> {
  const { out, error } = await hand.exec(code);
  assert.equal(error, "");
  return Number(out);
}

for (const { name, heapBytes } of PROFILES) {
  Deno.test(`a full memory is a MemoryError near its size, and the board goes on: ${name}`, async () => {
    await using hand = await boardInRawRepl(name);
    const pieceBytes = Math.trunc(heapBytes / 12);
    for (let round = 0; round < 2; round++) {
      const free = await numberFrom(hand, "import gc\ngc.collect()\nprint(gc.mem_free())");
      assert.ok(free > 0.9 * heapBytes && free < 1.1 * heapBytes, `${free} bytes are free`);
      for (let again = 0; again < 3; again++) {
        const { error } = await hand.exec(`a = []\nwhile 1: a.append(bytearray(${pieceBytes}))`);
        assert.match(error, /MemoryError: memory allocation failed/);
        assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
        const held = pieceBytes * await numberFrom(hand, "print(len(a))");
        assert.ok(held > 0.6 * heapBytes && held < heapBytes, `${held} bytes are held`);
        assert.ok(await numberFrom(hand, "print(gc.mem_free())") < 0.4 * heapBytes);
      }
      await hand.send("\x04");
      await hand.until(PROMPT);
      assert.deepEqual(await hand.exec("print('a' in globals())"), { out: "False\r\n", error: "" });
    }
  });

  Deno.test(`a memory without a free block is given back by a soft reset: ${name}`, async () => {
    await using hand = await boardInRawRepl(name);
    assert.match((await hand.exec("l = 0\nwhile 1: l = [l]")).error, /MemoryError/);
    // Nothing can be compiled any more, as on a board; but it says so.
    assert.match((await hand.exec("print(1)")).error, /MemoryError/);
    await hand.send("\x04");
    await hand.until(PROMPT);
    assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
  });

  Deno.test(`what a running command no longer needs is collected: ${name}`, async () => {
    await using hand = await boardInRawRepl(name);
    const { out, error } = await hand.exec(
      "n = 0\nfor i in range(100000):\n  x = [[i], str(i)]\n  n += len(x[1])\nprint(n)",
    );
    assert.deepEqual({ out, error }, { out: "488890\r\n", error: "" });
  });

  Deno.test(`recursion without end is a RuntimeError, and the board goes on: ${name}`, async () => {
    await using hand = await boardInRawRepl(name);
    for (
      const code of [
        "def f(n): return f(n + 1)\nf(0)",
        "class A:\n  def __init__(self): self.a = A()\nA()",
        "class A:\n  def __repr__(self): return repr(self)\nprint(A())",
        "import re\nre.match('(a|b)*c', 'ab' * 2000 + 'c')",
      ]
    ) {
      const { error } = await hand.exec(code);
      assert.match(error, /RuntimeError: maximum recursion depth exceeded/);
      assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
    }
  });
}

Deno.test("gc.collect() frees within a command what was held, and gc.threshold() is kept", async () => {
  await using hand = await boardInRawRepl("esp32");
  const gained = await numberFrom(
    hand,
    "import gc\na = bytearray(60000)\nbefore = gc.mem_free()\na = None\ngc.collect()\n" +
      "print(gc.mem_free() - before)",
  );
  assert.ok(gained >= 60_000, `${gained} bytes were freed`);
  const used = await numberFrom(
    hand,
    "gc.threshold(8000)\ngc.collect()\nbefore = most = gc.mem_alloc()\n" +
      "for i in range(2000):\n  x = [i]\n  most = max(most, gc.mem_alloc())\nprint(most - before)",
  );
  assert.ok(used < 16_000, `${used} bytes of garbage lay around`);
});

/** Each holds objects in C code only while Python code runs and allocates. */
const HELD_BY_C = [
  "print(list(g()), tuple(g()), set(x[1] for x in g()) == {str(i) for i in range(30)})",
  "print(sorted(g(), key=lambda x: [x[1] * 3]), min(g(), key=lambda x: [str(x)]))",
  "print(','.join(str(x) + 'x' for x in g()), dict((x[1], [x]) for x in g()))",
  "print(list(zip(g(), map(lambda x: [x], g()))), sum(x[0] for x in g()))",
  "print(bytes(x[0] for x in g()), '%s %r' % (g, [x for x in g()]) != '')",
  "import re\nprint(re.sub('a(b*)', lambda m: '<' + m.group(1) + str([m.group(0)]) + '>', 'abba' * 9))",
  "import json\nd = {'k%d' % i: [i, {'n': str(i)}] for i in range(30)}\nprint(json.loads(json.dumps(d)) == d)",
  "print(A(1) + A(2), A(3) == A(3), sorted([A(i) for i in (3, 1, 2)]), {A(1): 2}[A(1)], A(5).gone)",
  "exec('def f(a, *b, **c):\\n  return [a, b, sorted(c.items())]')\nprint(f([1], *g(), **{'z': [2]})[1])",
  "try:\n  raise ValueError([str(x) for x in g()])\nexcept ValueError as e:\n  print(e.args)",
  "async def w(n):\n  await asyncio.sleep_ms(1)\n  return [n, str(n)]\n" +
  "async def m():\n  return await asyncio.gather(*[w(i) for i in range(9)])\n" +
  "import asyncio\nprint(asyncio.run(m()))",
  "with open('t', 'w') as f:\n  for x in g(): print(x, file=f)\nprint([l for l in open('t')])",
];

Deno.test("the collector sees what C code holds, whenever it comes", async () => {
  await using hand = await boardInRawRepl("pico");
  await hand.exec("import gc\ndef g():\n  for i in range(30): yield [i, str(i)]");
  await hand.exec(
    "class A:\n  def __init__(self, x): self.x = [x]\n" +
      "  def __add__(self, other): return A(self.x + other.x)\n" +
      "  def __eq__(self, other): return [self.x] == [other.x]\n" +
      "  def __hash__(self): return hash(str(self.x))\n" +
      "  def __lt__(self, other): return [self.x] < [other.x]\n" +
      "  def __repr__(self): return 'A' + str(self.x)\n" +
      "  def __getattr__(self, name): return name + str([name])",
  );
  for (const code of HELD_BY_C) {
    await hand.exec("gc.threshold(-1)");
    const expected = await hand.exec(code);
    assert.equal(expected.error, "");
    // From now on each allocation collects first.
    await hand.exec("gc.threshold(16)");
    assert.deepEqual(await hand.exec(code), expected, code);
  }
});
