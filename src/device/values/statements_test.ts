import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import type { Value } from "@/store/value.ts";
import { expressionFor, helpersIn, statementsFor } from "./statements.ts";

Deno.test("statements are short, of printable ASCII, and keep nothing on the board", () => {
  const values: Value[] = [
    "é'\"\\\0\x04\n".repeat(500),
    "'".repeat(1_000),
    `x""\"x'''`.repeat(100),
    { kind: "bytes", data: Uint8Array.from({ length: 2_000 }, (_, index) => index) },
    { kind: "array", typecode: "d", items: Array.from({ length: 300 }, (_, i) => i / 7) },
    { kind: "array", typecode: "l", items: Array.from({ length: 300 }, (_, i) => -BigInt(i)) },
    { kind: "list", items: Array.from({ length: 300 }, (_, i) => i / 7) },
    {
      kind: "dict",
      entries: Array.from({ length: 100 }, (_, i) => [`key ${i}`, { kind: "tuple", items: ["a"] }]),
    },
    -(7n ** 3_000n),
  ];
  for (const value of values) {
    for (const statement of statementsFor(value, 200)) {
      ok(statement.length < 300, statement);
      match(statement, /^[ -~]+$/);
      ok(!statement.includes("'''"), statement);
      // Texts of up to ten bytes would be: those of the user's are longer, and perhaps cut off.
      const ours = statement.replaceAll(/_iot_a\("."/g, "");
      for (const [literal, , body] of ours.matchAll(/(['"])((?:\\x..|\\.|(?!\1)[^\\])*)\1/g)) {
        const length = body.replaceAll(/\\x..|\\./g, ".").length;
        ok(length > 10 || length === 0, `${literal} in ${statement}`);
      }
    }
  }
});

Deno.test("expressions are exact", () => {
  const cases: [Value, string | undefined][] = [
    [1n, "1"],
    [-(2n ** 80n), "-0x100000000000000000000"],
    [1, "1.0"],
    [-0.5, "-0.5"],
    [NaN, 'float("nan")'],
    [-Infinity, 'float("-inf")'],
    ["", "''"],
    ["a longer text", "'a longer text'"],
    ["short", "_iot_u(b'short------'[:5])"],
    [{ kind: "tuple", items: [true] }, "(True,)"],
    [{ kind: "set", items: [] }, "set()"],
    [{ kind: "array", typecode: "l", items: [1n, -2n] }, '_iot_a("l",[1,-2])'],
    ["x".repeat(200), undefined],
  ];
  for (const [value, text] of cases) assertEquals(expressionFor(value, 100), text);
  match(expressionFor(-0, 100)!, /^_iot_f\(b/);
  assertEquals(helpersIn("_iot_f(b'')+_iot_u(b'')"), ["_iot_f", "_iot_u"]);
});
