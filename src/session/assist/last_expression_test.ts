import { assignLastExpression } from "./last_expression.ts";
import { strictEqual as assertEquals } from "node:assert/strict";
import fc from "fast-check";

/** `¶` marks where the assignment goes; without one there is no value. */
const cells: [about: string, cell: string][] = [
  ["a name", "¶x"],
  ["the last of several lines", "a = 1\n¶a\n"],
  ["a call", "¶f(a=1, b=[2])"],
  ["a comparison", "¶a == b"],
  ["comparisons that hold an equals sign", "¶a <= b != c >= d"],
  ["a conditional", "¶a if b else c"],
  ["not", "¶not a"],
  ["a negative number", "¶-1"],
  ["a string", "¶'a = 1; b'"],
  ["a string of several lines", "¶'''a\nb = 2\n'''"],
  ["brackets over several lines", "x = 1\n¶[\n  x,  # one\n  2,\n]\n\n# end\n"],
  ["a lambda with a default", "¶lambda a, b=2: a == b"],
  ["a lambda in a lambda", "¶lambda a=1: lambda b=2: a"],
  ["a lambda in brackets", "¶f(lambda: 0)"],
  ["a walrus in brackets", "¶(n := 10)"],
  ["a slice", "¶a[1:2]"],
  ["a dict", "¶{1: 2}"],
  ["a tuple", "¶a, b"],
  ["a comment behind it", "¶x  # = 1;"],
  ["a statement behind a semicolon", "a = 1; ¶a"],
  ["a semicolon in a string", "¶a + ';'"],
  ["a backslash behind a semicolon", "a = 1; \\\n ¶a"],
  ["an expression over a backslash", "¶a + \\\n  1"],
  ["names that begin like keywords", "¶format(island)"],
  ["a variable called match", "¶match.group(1)"],
  ["a name in another script", "¶größe"],
  ["an annotation before it", "a: int = 3; ¶a"],
  ["code behind a block", "for i in x:\n    i\n¶i"],
  ["code behind a decorated function", "@d\ndef f():\n    pass\n¶f"],
  ["Python 2's print, for the board to refuse", "¶print 1"],
  ["an ellipsis", "¶..."],
  ["nothing", ""],
  ["only comments", "# x"],
  ["a trailing semicolon", "x;"],
  ["a trailing semicolon and a comment", "x ;  # quiet"],
  ["an assignment", "a = 1"],
  ["an assignment to several", "a = b = c"],
  ["an assignment to an item", "a[b == c] = 1"],
  ["an augmented assignment", "a += 1"],
  ["other augmented assignments", "a >>= 1"],
  ["a power assignment", "a **= 2"],
  ["an annotated name", "a: int"],
  ["an annotated assignment", "a: int = 1"],
  ["a bare walrus", "n := 10"],
  ["a lambda that is assigned", "f = lambda x=1: x"],
  ["import", "import os"],
  ["del", "del a"],
  ["return", "return 1"],
  ["raise", "raise ValueError(1)"],
  ["assert", "assert x"],
  ["a block of one line", "if a: b"],
  ["a loop of one line with semicolons", "for i in x: a; b"],
  ["else of one line", "if a:\n    b\nelse: c"],
  ["a class of one line", "class A: x"],
  ["the end of a block", "if a:\n    b"],
  ["an indented line", "  x"],
  ["a decorator", "@d"],
  ["a starred name", "*a"],
  ["an open bracket", "f("],
  ["an open string", "'''x"],
  ["a bracket too many", "x)"],
];

for (const [about, cell] of cells) {
  Deno.test(`assignLastExpression() on ${about}`, () => {
    const expected = cell.includes("¶") ? cell.replace("¶", "_v = ") : undefined;
    assertEquals(assignLastExpression(cell.replace("¶", ""), "_v")?.code, expected);
  });
}

Deno.test("assignLastExpression() changes nothing else, and no line's number", () => {
  const fragment = fc.constantFrom(
    ..."'\"([{}])\\#=:;@,.\n x1".split(""),
    '"""',
    "lambda ",
    "if ",
    "\n\n",
    "==",
    ":=",
    "é",
  );
  const text = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (cell) => {
      const assigned = assignLastExpression(cell, "_v");
      if (assigned === undefined) return;
      const { code: rewritten, line } = assigned;
      assertEquals(rewritten.split("\n")[line - 1].includes("_v = "), true);
      assertEquals(rewritten.replace("_v = ", ""), cell);
      assertEquals(rewritten.split("\n").length, cell.split("\n").length);
      // What is above stays: the assignment is in the last logical line.
      const at = rewritten.indexOf("_v = ");
      assertEquals(assignLastExpression(cell.slice(at), "_v")?.code, rewritten.slice(at));
    }),
    { numRuns: 2_000 },
  );
});
