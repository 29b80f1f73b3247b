import { parseCell, type Step } from "./cell.ts";
import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import fc from "fast-check";

const cases: [about: string, cell: string, steps: Step[]][] = [
  ["nothing", " \n\n", []],
  ["only comments", "# nothing\n\n  # to do\n", []],
  ["Python alone", "a = 1\nprint(a)", [{ kind: "python", line: 1, code: "a = 1\nprint(a)\n" }]],
  [
    "magics between Python",
    "%name\n\na = 5\nprint(a)\n%softreset -q\nprint(a)\n",
    [
      { kind: "line", line: 1, name: "name", rest: "" },
      { kind: "python", line: 3, code: "a = 5\nprint(a)\n" },
      { kind: "line", line: 5, name: "softreset", rest: "-q" },
      { kind: "python", line: 6, code: "print(a)\n" },
    ],
  ],
  [
    "a cell magic with its body",
    "\n%%connect --all  a 'b c'\n\nimport sys\n%name\n",
    [{
      kind: "cell",
      line: 2,
      name: "connect",
      rest: "--all  a 'b c'",
      body: "\nimport sys\n%name\n",
    }],
  ],
  ["a magic that ends as a statement may", "%name;\n%name ;", [
    { kind: "line", line: 1, name: "name", rest: "" },
    { kind: "line", line: 2, name: "name", rest: "" },
  ]],
  [
    "questions about names",
    "a.b?\n?? %cp\nx = 1\n%%connect? # how",
    [
      { kind: "inspect", line: 1, name: "a.b", detail: false },
      { kind: "inspect", line: 2, name: "%cp", detail: true },
      { kind: "python", line: 3, code: "x = 1\n" },
      { kind: "inspect", line: 4, name: "%%connect", detail: false },
    ],
  ],
  ["a question about an item", "a.b[0]['k']?\n?größe", [
    { kind: "inspect", line: 1, name: "a.b[0]['k']", detail: false },
    { kind: "inspect", line: 2, name: "größe", detail: false },
  ]],
  ["a question about a cell magic alone", "%%connect??", [
    { kind: "inspect", line: 1, name: "%%connect", detail: true },
  ]],
  ["a shell line that ends in a question mark", "!ls a?", [
    { kind: "shell", line: 1, command: "ls a?" },
  ]],
  ["a shell line that goes on", "!echo a \\\n  b\\\\\nc = 1\n!ls \\", [
    { kind: "shell", line: 1, command: "echo a \\\n  b\\\\" },
    { kind: "python", line: 3, code: "c = 1\n" },
    { kind: "shell", line: 4, command: "ls \\" },
  ]],
  ["a shell line", "!ls -l '%'", [{ kind: "shell", line: 1, command: "ls -l '%'" }]],
  [
    "a percent sign inside brackets",
    "x = (7\n% 4)\n%name",
    [
      { kind: "python", line: 1, code: "x = (7\n% 4)\n" },
      { kind: "line", line: 3, name: "name", rest: "" },
    ],
  ],
  [
    "a percent sign inside a string",
    's = """\n%name\n"""\n%name',
    [
      { kind: "python", line: 1, code: 's = """\n%name\n"""\n' },
      { kind: "line", line: 4, name: "name", rest: "" },
    ],
  ],
  [
    "a percent sign after a continuation",
    "x = 7 \\\n% 4\n!ls",
    [
      { kind: "python", line: 1, code: "x = 7 \\\n% 4\n" },
      { kind: "shell", line: 3, command: "ls" },
    ],
  ],
  [
    "quotes and brackets in comments and strings",
    "a = '('  # it's \"\"\"\n%name",
    [
      { kind: "python", line: 1, code: "a = '('  # it's \"\"\"\n" },
      { kind: "line", line: 2, name: "name", rest: "" },
    ],
  ],
  [
    "a string that nobody closes",
    "a = 'oops\n%name",
    [
      { kind: "python", line: 1, code: "a = 'oops\n" },
      { kind: "line", line: 2, name: "name", rest: "" },
    ],
  ],
  [
    "a raw string with an escaped quote",
    'a = r"\\""\n%name',
    [
      { kind: "python", line: 1, code: 'a = r"\\""\n' },
      { kind: "line", line: 2, name: "name", rest: "" },
    ],
  ],
];

for (const [about, cell, steps] of cases) {
  Deno.test(`parseCell() reads ${about}`, () => assertEquals(parseCell(cell), steps));
}

Deno.test("parseCell() refuses a cell magic below other lines", () => {
  throws(() => parseCell("a = 1\n%%connect --all\nb = 2"), {
    name: "UsageError",
    message: /Line 2.*first line/,
  });
});

Deno.test("parseCell() loses no line, whatever the text", () => {
  const fragment = fc.constantFrom(
    "'",
    '"',
    '"""',
    "(",
    ")",
    "\\",
    "#",
    "%m",
    "!s",
    "x",
    "\n",
    " ",
  );
  const text = fc.array(fragment, { maxLength: 40 }).map((parts) => `x${parts.join("")}`);
  fc.assert(fc.property(text.filter((cell) => !/^%%/m.test(cell)), (cell) => {
    const lines = cell.split("\n");
    for (const step of parseCell(cell)) {
      const code = step.kind === "python"
        ? step.code.trimEnd().split("\n")
        : [lines[step.line - 1]];
      code.forEach((line, offset) => {
        assertEquals(line.trimEnd(), lines[step.line - 1 + offset].trimEnd());
        lines[step.line - 1 + offset] = "";
      });
    }
    assertEquals(lines.filter((line) => !/^\s*(#.*)?$/.test(line)), []);
  }));
});
