import { deepStrictEqual as assertEquals, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { concat, encode } from "@/base/bytes.ts";
import { PickleError } from "./pickle_error.ts";
import { OP } from "./pickle_opcodes.ts";
import { readPickle } from "./pickle_reader.ts";
import { signedBytes, writePickle } from "./pickle_writer.ts";
import { signedNumber } from "./pickle_bytes.ts";
import { reprOf } from "./python_repr.ts";
import { checkValue, type Value } from "./value.ts";

const check = (value: ReturnType<typeof readPickle>) =>
  checkValue(value, { name: "config", verb: "restore" });

/** A pickle as Python's pickletools shows them: text as it is, opcodes by number. */
function pickle(...parts: (string | number)[]): Uint8Array {
  return concat(parts.map((part) => typeof part === "string" ? encode(part) : Uint8Array.of(part)));
}

Deno.test("pickles are read back as they were written", () => {
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.double(),
      fc.string({ unit: "binary" }),
      fc.record({
        kind: fc.constantFrom("bytes" as const, "bytearray" as const),
        data: fc.uint8Array({ maxLength: 300 }),
      }),
      fc.record({
        kind: fc.constantFrom("list" as const, "tuple" as const),
        items: fc.array(tie("value")),
      }),
      fc.record({
        kind: fc.constant("dict" as const),
        entries: fc.array(fc.tuple(fc.string(), tie("value"))),
      }),
    ),
  }));
  const seed = Date.now() & 0x7fffffff;
  console.log(`seed ${seed}`);
  fc.assert(
    fc.property(value, (value) => {
      assertEquals(reprOf(check(readPickle(writePickle(value)))), reprOf(value));
    }),
    { seed },
  );
});

Deno.test("integers are written as Python writes them", () => {
  const cases: [bigint, number[]][] = [
    [0n, [0]],
    [127n, [127]],
    [128n, [128, 0]],
    [255n, [255, 0]],
    [256n, [0, 1]],
    [-1n, [255]],
    [-128n, [128]],
    [-129n, [127, 255]],
  ];
  for (const [value, bytes] of cases) {
    assertEquals([...signedBytes(value)], bytes, String(value));
    assertEquals(signedNumber(Uint8Array.from(bytes)), value);
  }
});

Deno.test("what a pickle would call is not called, but named", () => {
  const evil: [Uint8Array, string][] = [
    [pickle("cos\nsystem\n(S'true'\ntR."), "os.system"],
    [pickle("(S'true'\nios\nsystem\n."), "os.system"],
    [pickle("(cos\nsystem\nS'true'\no."), "os.system"],
    [pickle("cos\nsystem\n."), "os.system"],
    [pickle("c__builtin__\neval\n(S'1'\ntR."), "eval"],
    [
      pickle(
        OP.PROTO,
        4,
        OP.SHORT_BINUNICODE,
        2,
        "os",
        OP.SHORT_BINUNICODE,
        6,
        "system",
        OP.STACK_GLOBAL,
        ")R.",
      ),
      "os.system",
    ],
    [pickle("cos\nsystem\n)", OP.NEWOBJ, "."), "os.system"],
    [pickle("cos\nsystem\n)}", OP.NEWOBJ_EX, "."), "os.system"],
    [pickle("cos\nsystem\n)R}b."), "os.system"],
    [pickle("Pperson\n."), "persistent object"],
    [pickle(OP.EXT1, 7, "."), "copyreg extension 7"],
    [pickle("carray\narray\n(S'h'\ncos\nsystem\n)RtR."), "array.array"],
  ];
  for (const [data, type] of evil) {
    throws(() => check(readPickle(data)), (error: Error) => {
      ok(error.message.startsWith("Cannot restore config: "), error.message);
      ok(error.message.includes(`${type} does not cross`), error.message);
      return true;
    });
  }
});

Deno.test("a foreign part is named by where it stands", () => {
  const data = pickle("(dS'pins'\n(lI1\nacmachine\nPin\n)Ras.");
  throws(() => check(readPickle(data)), {
    name: "CannotCross",
    message:
      'Cannot restore config["pins"][1]: a machine.Pin does not cross between board and host.',
  });
  throws(() => check(readPickle(pickle("cnumpy\nndarray\n)R."))), /Store its \.tolist\(\) instead/);
});

Deno.test("values that hold themselves, or much more than their file, are refused", () => {
  throws(() => check(readPickle(pickle("(lp0\ng0\na."))), /config\[0\]: it contains itself/);
  // Each list holds the one before ten times: a billion parts in a hundred bytes.
  let bomb = "(lp0\n";
  for (let level = 1; level < 10; level++) {
    bomb += `0(${`g${level - 1}\n`.repeat(10)}lp${level}\n`;
  }
  throws(() => check(readPickle(pickle(`${bomb}.`))), /more than 1000000 parts/);
  const deep = `${"(".repeat(200)}${"l".repeat(200)}.`;
  throws(() => check(readPickle(pickle(deep))), /nested deeper than 100 levels/);
  throws(() => check(readPickle(pickle("(d(lI1\ns."))), /config \(a key\): a list is not hashable/);
  throws(
    () => check(readPickle(pickle("carray\narray\n(S'constructor'\n(ltR."))),
    /config: boards have no array of type 'constructor'/,
  );
});

Deno.test("lengths that no file has, and long decimal numbers, cost nothing", () => {
  for (
    const data of [
      pickle(OP.BINBYTES8, ...Array<number>(8).fill(0xff)),
      pickle(OP.LONG4, 0xff, 0xff, 0xff, 0x7f),
      pickle(OP.BINUNICODE, 0xff, 0xff, 0xff, 0xff, "abc"),
      pickle("I1"),
      pickle("("),
      pickle(""),
    ]
  ) {
    throws(() => readPickle(data), { name: "PickleError", code: "truncated" });
  }
  throws(() => readPickle(pickle(`I${"9".repeat(1_000_000)}\n.`)), { code: "malformed" });
});

Deno.test("bytes at random are read or refused, and nothing else", () => {
  const seed = Date.now() & 0x7fffffff;
  console.log(`seed ${seed}`);
  const codes = fc.constantFrom(...Object.values(OP));
  const piece = fc.oneof(
    { arbitrary: codes.map((code) => Uint8Array.of(code)), weight: 6 },
    { arbitrary: fc.uint8Array({ maxLength: 6 }), weight: 1 },
    {
      arbitrary: fc.constantFrom("cos\nsystem\n", "I1\n", "K\x01", "S'a'\n").map(encode),
      weight: 2,
    },
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        const value = readPickle(concat([...pieces, Uint8Array.of(OP.STOP)]));
        reprOf(value, 100);
        check(value);
        read++;
      } catch (error) {
        ok(
          error instanceof PickleError || (error as Error).name === "CannotCross",
          String((error as Error).stack),
        );
      }
    }),
    { seed, numRuns: 5_000 },
  );
  ok(read > 0);
});

Deno.test("what Python 2 wrote, and what is damaged, is read as Python 3 reads it", () => {
  assertEquals(check(readPickle(pickle("S'a\\x41\\n\\''\n."))), "aA\n'");
  assertEquals(check(readPickle(pickle("V\\u20ac\\U0001f600\n."))), "€😀");
  assertEquals(check(readPickle(pickle("Fnan\n."))), NaN);
  assertEquals(check(readPickle(pickle("I01\n."))), true);
  assertEquals(check(readPickle(pickle("L-12L\n."))), -12n);
  throws(() => readPickle(pickle("U\x01", 0xe9, ".")), /str of Python 2/);
  throws(() => readPickle(pickle(OP.PROTO, 9, ".")), (error: Error) => {
    match(error.message, /protocol 9/);
    return true;
  });
});
