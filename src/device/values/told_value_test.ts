import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { readTold } from "./told_value.ts";

/** What a board prints for these lines, with their checksum. */
function told(...lines: string[]): string {
  let total = 0;
  for (const line of lines) {
    total = (total * 31 + encode(line).reduce((sum, byte) => sum + byte, 0)) % 65_521;
  }
  return [...lines, `=${total}`].map((line) => `\x16${line}\r\n`).join("");
}

Deno.test("readTold() reads every kind of part", () => {
  assertEquals(readTold(told("None"), "v"), null);
  assertEquals(readTold(told("-12345678901234567890"), "v"), -12345678901234567890n);
  assertEquals(readTold(told("f" + String.raw`b'\x00\x00\x00\x00\x00\x00\xf8?'`), "v"), 1.5);
  assertEquals(readTold(told("S3", String.raw`b'a\xc3\xa9'`, `b"'"`), "v"), "aé'");
  assertEquals(readTold(told("B0"), "v"), { kind: "bytes", data: new Uint8Array() });
  assertEquals(readTold(told("Ah2", String.raw`b'\x01\x00\xff\xff'`), "v"), {
    kind: "array",
    typecode: "h",
    items: [1n, -1n],
  });
  assertEquals(readTold(told("D1", "T2", "1", "L2", "True", "T0"), "v"), {
    kind: "dict",
    entries: [[1n, { kind: "list", items: [true, { kind: "tuple", items: [] }] }]],
  });
});

Deno.test("readTold() passes over what others print meanwhile", () => {
  assertEquals(readTold(`tick\r\n${told("L1", "7").replace("\x167", "tock\r\n\x167")}`, "v"), {
    kind: "list",
    items: [7n],
  });
});

Deno.test("readTold() refuses what is damaged", () => {
  const damaged = [
    "",
    "\x16=0",
    told("L1", "7").replace("7", "8"),
    told("L1", "7").replace("\x167\r\n", ""),
    told("L2", "7"),
    told("7", "8"),
    told("D1", "T1", "7"),
    told("B3", "b'ab'"),
    told("Ah2", "b'abc'"),
    told("fb'abc'"),
    told("B1", "b'a"),
    told("x"),
  ];
  for (const text of damaged) throws(() => readTold(text, "v"), { name: "DamagedValue" }, text);
});

Deno.test("readTold() names what does not cross", () => {
  const cases: [string, string][] = [
    [told("D1", "T2", "S4", "b'pins'", "T2", "1", "!<class 'Pin'>"), 'v["pins"][1]: a Pin'],
    [told("L1", "@"), "v[0]: it contains itself"],
    [told("E1", "!<class 'Y'>"), "v (an item of the set): a Y"],
    [told("AO1", "b'abcd'"), "v: this computer has no array of type 'O'"],
    [told("S1", String.raw`b'\xff'`), "v: its text is not Unicode"],
  ];
  for (const [text, message] of cases) {
    throws(() => readTold(text, "v"), (error: Error) => {
      assertEquals(error.message.slice(0, message.length + 13), `Cannot store ${message}`);
      return true;
    });
  }
});
