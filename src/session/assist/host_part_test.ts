/** Which part of a cell is for the Python of this computer; `|` stands for the cursor. */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import type { HostNames } from "@/host/host_python.ts";
import { completePart, hostPart, withForeignMagics } from "./host_part.ts";

const ours = { commands: COMMANDS, cellMagics: CELL_MAGICS };

/** The cell with its cursor, its part with the same one, and whether Python may be started. */
const CASES: readonly (readonly [string, string | undefined, boolean?])[] = [
  ["%%host\nimport o|s", "import o|s", true],
  ["\n  \n%%host\r\nx = 1\nx.|\ny", "x = 1\nx.|\ny", true],
  ["%%host\n|", "|", true],
  ["%%ho|st\nx", undefined],
  ["%%host|", undefined],
  ["%%timeit -n|\nx", "%%timeit -n|\nx", false],
  ["%%time\nx.|", "%%time\nx.|", false],
  ["%%ti|meit\nx", undefined],
  ["%%connect --all\nx.|", undefined],
  ["a = 1\n%timeit a.|b\nc", "%timeit a.|b", false],
  ["%rsync -|", undefined],
  ["%ti|", undefined],
  ["x.|", undefined],
  ["'''\n%timeit a|\n'''", undefined],
];

for (const [cell, expected, start] of CASES) {
  Deno.test(`hostPart() of ${JSON.stringify(cell)}`, () => {
    const cursor = cell.indexOf("|");
    const part = hostPart(cell.replace("|", ""), cursor, ours);
    const shown = part && `${part.code.slice(0, part.cursor)}|${part.code.slice(part.cursor)}`;
    assertEquals([shown, part?.start], [expected, start]);
    if (part) {
      assertEquals(cell.slice(part.offset, part.offset + part.cursor), shown!.split("|")[0]);
    }
  });
}

/** An IPython that has these completions for everything. */
function knowing(...texts: string[]): HostNames {
  return {
    complete: (_code, cursor) =>
      Promise.resolve({ matches: texts.map((text) => ({ text })), start: cursor - 1, end: cursor }),
    inspect: () => Promise.resolve(undefined),
  };
}

Deno.test("completePart() counts positions from the beginning of the cell", async () => {
  const part = hostPart("%%host\nab", 9, ours)!;
  assertEquals(await completePart(part, knowing("bcd")), {
    matches: [{ text: "bcd" }],
    start: 8,
    end: 9,
  });
});

Deno.test("withForeignMagics() adds IPython's magics, each once, cell magics on the first line only", async () => {
  const names = knowing("%time", "%%time", "%cd", "cd");
  const of = async (text: string) => {
    const none = { matches: [{ text: "%cd" }], start: 0, end: text.length };
    const { matches } = await withForeignMagics(none, { text, cursor: text.length, names });
    return matches.map(({ text }) => text);
  };
  assertEquals(await of("%"), ["%%time", "%cd", "%time"]);
  assertEquals(await of("x\n%"), ["%cd", "%time"]);
  assertEquals(await of("x."), ["%cd"]);
});
