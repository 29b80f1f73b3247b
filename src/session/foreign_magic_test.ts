/** Which lines of IPython's magics would run its commands in the place of ours. */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { takenFromUs } from "./foreign_magic.ts";

const OURS: ReadonlySet<string> = new Set(["rm", "cp", "connect"]);

/** A magic's text, and the number and name of the line that is refused. */
const CASES: readonly (readonly [string, number?, string?])[] = [
  ["%%time\n%rm main.py", 2, "rm"],
  ["%%capture out\nx = 1\n  %cp a b", 3, "cp"],
  ["%%time\n\n% connect pico", 3, "connect"],
  ["%%time\nx = %rm main.py", 2, "rm"],
  ["%%time\na, b = %rm main.py", 2, "rm"],
  ["%%time\n!echo it's\n%rm main.py", 3, "rm"],
  ["%%time\n%%time\n%rm main.py", 3, "rm"],
  ["%%timeit -n1 %rm main.py\nx", 1, "rm"],
  ["%timeit -n1 -r1 %rm main.py", 1, "rm"],
  ["%prun %cp a b", 1, "cp"],
  ["%%time\n%who\n%%rm\n%rms"],
  ["%%time\nx = '''\n%rm main.py\n'''"],
  ["%%time\nx = (7\n%rm\n)"],
  ["%timeit 7 %rm"],
  ["%%latex\n%rm main.py"],
  ["%%time?"],
];

for (const [code, line, name] of CASES) {
  Deno.test(`takenFromUs() of ${JSON.stringify(code)}`, () => {
    const [, sign, magic] = /^(%%?)(\w+)/.exec(code)!;
    const taken = takenFromUs({ sign: sign as "%" | "%%", name: magic, code }, OURS);
    assertEquals(taken && [taken.line, taken.name], line && [line, name]);
  });
}
