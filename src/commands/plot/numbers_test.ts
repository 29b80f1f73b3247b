import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { mayBeRow, readHeading, readRow } from "./numbers.ts";

const COLUMNS: Record<string, number[]> = {
  "1": [1],
  "1 2.5 -3e2": [1, 2.5, -300],
  "  1   2 ": [1, 2],
  "1,2": [1, 2],
  "1, .5; 3.": [1, 0.5, 3],
  "1\t2": [1, 2],
  "(1, 2.0)": [1, 2],
  "(1,)": [1],
  "[1, 2, 3]": [1, 2, 3],
  "(1, None)": [1, NaN],
  "1,,3": [1, NaN, 3],
  "0.1 nan": [0.1, NaN],
  "1 inf -inf": [1, Infinity, -Infinity],
  "nan": [NaN],
  "21.5 C": [21.5],
  "-40%": [-40],
  "1.5e3 µT": [1500],
};

for (const [line, values] of Object.entries(COLUMNS)) {
  Deno.test(`readRow() reads the columns of "${line}"`, () => {
    assertEquals(readRow(line), { kind: "columns", values });
  });
}

const NAMED: Record<string, [string, number][]> = {
  "a=1": [["a", 1]],
  "a=1, b=2": [["a", 1], ["b", 2]],
  "a=1 b=2.5": [["a", 1], ["b", 2.5]],
  "temp: -1.5": [["temp", -1.5]],
  "x:1,y:2": [["x", 1], ["y", 2]],
  "größe_2 = nan": [["größe_2", NaN]],
  "a=1C": [["a", 1]],
  "temp: 22 °C": [["temp", 22]],
  "t = 21.5 C, hum=40%; p: 1e3 hPa v=3 m/s²": [["t", 21.5], ["hum", 40], ["p", 1000], ["v", 3]],
  "accel.x=1; accel.y=2": [["accel.x", 1], ["accel.y", 2]],
  "{'a': 1, \"b b\": None}": [["a", 1], ["b b", NaN]],
};

for (const [line, values] of Object.entries(NAMED)) {
  Deno.test(`readRow() reads the names of "${line}"`, () => {
    assertEquals(readRow(line), { kind: "named", values });
  });
}

for (
  const line of [
    "",
    "hello",
    "1 2 three",
    "a=1 and more",
    "a=b",
    "12:30",
    "1.2.3",
    "0x10",
    "(1, (2, 3))",
    "a=1 C or more",
    "5 V 3",
    "nano",
    "info",
    "t: 22 °C x",
    "[]",
    ",",
    `${"1 ".repeat(34)}`,
    "1".repeat(3_000),
  ]
) {
  Deno.test(`readRow() takes "${line.slice(0, 20)}" for text`, () => {
    assertEquals(readRow(line), undefined);
  });
}

Deno.test("readRow() takes None for a gap", () => {
  assertEquals(readRow(" None"), { kind: "gap" });
});

Deno.test("readHeading() reads names, not numbers and not sentences of one part", () => {
  assertEquals(readHeading("t,temp (C), humidity"), ["t", "temp (C)", "humidity"]);
  assertEquals(readHeading('"a";"b"'), ["a", "b"]);
  for (const line of ["hello", "1,2", "a,1", "a,,b", "Hello, world!"]) {
    assertEquals(readHeading(line), undefined);
  }
});

Deno.test("mayBeRow() knows beginnings that may yet become numbers", () => {
  for (const line of ["1", "-", "(1, ", "a=1", " .5", "{'a"]) assertEquals(mayBeRow(line), true);
  for (const line of ["working...", "", "a", "name? "]) assertEquals(mayBeRow(line), false);
});
