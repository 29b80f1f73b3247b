import { namesInCell } from "./cell_names.ts";
import { withSource } from "./traceback_source.ts";
import { failed, type Outcome } from "@/base/outcome.ts";
import { IotError } from "@/base/errors.ts";
import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";

/** An error of the board's with these frames: `line name`, outermost first. */
function raised(...frames: string[]): Outcome {
  const lines = frames.map((frame) => {
    const [line, name] = frame.split(" ");
    return `  File "<stdin>", line ${line}${name ? `, in ${name}` : ""}`;
  });
  return {
    status: "error",
    origin: "code",
    ename: "ValueError",
    evalue: "x",
    traceback: ["Traceback (most recent call last):", ...lines, "ValueError: x"],
    exitCode: 1,
  };
}

/** The lines shown for each frame, in order; `-` where there is none. */
function shown(cells: string[], ...frames: string[]): string[] {
  const outcome = withSource(raised(...frames), cells.map(namesInCell), { colour: false });
  ok(outcome.status === "error");
  const lines = outcome.traceback.slice(1, -1);
  return lines.flatMap((line, index) => {
    if (!line.startsWith("  File")) return [];
    const next = lines[index + 1] ?? "  File";
    return [next.startsWith("  File") ? "-" : next.trim()];
  });
}

const DEF = "def f(x):\n    return 1 / x\n";

const cases: [about: string, cells: string[], frames: string[], lines: string[]][] = [
  ["the cell's own line", ["a = 1\nb"], ["2 <module>"], ["b"]],
  ["a syntax error's line", ["a = 1\nb c"], ["2"], ["b c"]],
  ["a line of a magic's", ["1 +\n%name"], ["2"], ["-"]],
  ["a line that is not there", ["1 +"], ["2"], ["-"]],
  ["a function of this cell", [`${DEF}f(0)`], ["3 <module>", "2 f"], ["f(0)", "return 1 / x"]],
  ["a function of an earlier cell", [DEF, "f(0)"], ["1 <module>", "2 f"], ["f(0)", "return 1 / x"]],
  [
    "a function that was defined anew and called by its name",
    [DEF, "def f(x):\n    return 2 / x\n", "f(0)"],
    ["1 <module>", "2 f"],
    ["f(0)", "return 2 / x"],
  ],
  [
    "a function that was defined anew, and called in another way",
    [DEF, "def f(x):\n    return 2 / x\n", "g(0)"],
    ["1 <module>", "2 f"],
    ["g(0)", "-"],
  ],
  [
    "a function whose name is something else's now",
    [DEF, "f = other", "f(0)"],
    ["1 <module>", "2 f"],
    ["f(0)", "return 1 / x"],
  ],
  ["a method, known by its only class", ["class A:\n    def m(self):\n        boom\n", "a.m()"], [
    "1 <module>",
    "3 m",
  ], ["a.m()", "boom"]],
  [
    "methods of one name that do not agree",
    [
      "class A:\n    def m(self):\n        boom\n",
      "class B:\n    def m(self):\n        bang\n",
      "a.m()",
    ],
    ["1 <module>", "3 m"],
    ["a.m()", "-"],
  ],
  ["a function that no cell defined", ["f(0)"], ["1 <module>", "2 f"], ["f(0)", "-"]],
  ["a line outside the function", [`${DEF}f(0)`], ["3 <module>", "9 f"], ["f(0)", "-"]],
  ["a lambda", ["g = lambda: 1/0\ng()"], ["2 <module>", "1 <lambda>"], ["g()", "-"]],
];

for (const [about, cells, frames, lines] of cases) {
  Deno.test(`withSource() on ${about}`, () => assertEquals(shown(cells, ...frames), lines));
}

Deno.test("withSource() colours frames and the exception, and keeps name and value", () => {
  const outcome = withSource(raised("1 <module>"), [namesInCell("x")], { colour: true });
  ok(outcome.status === "error");
  assertEquals(outcome.traceback, [
    "\x1b[2mTraceback (most recent call last):\x1b[0m",
    '\x1b[2m  File "<stdin>", line 1, in <module>\x1b[0m',
    "    x",
    "\x1b[0;31mValueError: x\x1b[0m",
  ]);
  assertEquals([outcome.ename, outcome.evalue], ["ValueError", "x"]);
});

Deno.test("withSource() leaves our own errors and good outcomes alone", () => {
  for (const outcome of [failed(new IotError("no", 1)), { status: "ok" } as const]) {
    assertEquals(withSource(outcome, [namesInCell("x")], { colour: true }), outcome);
  }
});

Deno.test("withSource() takes a message that looks like a frame for a message", () => {
  const outcome = { ...raised("1 <module>"), traceback: ["ValueError: x", "\nfile"] } as Outcome;
  const seen = withSource(outcome, [namesInCell("x")], { colour: false });
  ok(seen.status === "error");
  assertEquals(seen.traceback, ["ValueError: x", "", "file"]);
});
