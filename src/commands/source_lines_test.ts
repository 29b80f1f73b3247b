import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { failed } from "@/base/outcome.ts";
import { IotError } from "@/base/errors.ts";
import { withSourceLines } from "./source_lines.ts";

function raised(...traceback: string[]) {
  const error = { status: "error", origin: "code", ename: "E", evalue: "", exitCode: 1 } as const;
  return { ...error, traceback };
}

Deno.test("withSourceLines() shows the lines that a program's traceback names", () => {
  const frames = ['  File "<stdin>", line 4, in <module>', '  File "<stdin>", line 2, in f'];
  const code = "async def f():\n    return 1 / 0\n\nf()\n";
  assertEquals(withSourceLines(raised("Traceback:", ...frames, "E: "), code), {
    ...raised("Traceback:", frames[0], "    f()", frames[1], "    return 1 / 0", "E: "),
  });
  const syntax = '  File "<stdin>", line 2';
  assertEquals(withSourceLines(raised(syntax), "a\nb c"), raised(syntax, "    b c"));
});

Deno.test("withSourceLines() guesses nothing", () => {
  const unknown = raised(
    '  File "<stdin>", line 1, in other',
    '  File "<stdin>", line 9, in <module>',
    '  File "main.py", line 1, in <module>',
  );
  assertEquals(withSourceLines(unknown, "f()\n"), unknown);
  const own = failed(new IotError("no board", 3));
  assertEquals(own.status === "error" && withSourceLines(own, "f()"), own);
});
