/** That the comparison is a narrow one: whatever is changed in an output that is right, it notices. */

import assert from "node:assert/strict";
import { SEED_CELLS, type SeedCell } from "./cells.ts";
import { compare } from "./compare.ts";
import { adapt, LISTED_SIZE, type Rig, RULES, type Shown } from "./rules.ts";

const RIG: Rig = {
  addresses: [
    ["ws://10.39.40.135:8266", "ws://127.0.0.1:21001"],
    ["ws://10.39.40.163:8266", "ws://127.0.0.1:21002"],
    ["10.39.40.163", "127.0.0.1"],
    ["serial:///dev/", "serial:///home/ada/iot49/dev/"],
  ],
  sizes: new Map([
    ...["bno055.py", "bno055_base.py", "bno055_test.py", "pystone.py", "secrets.py", "boot.py"],
    ...["__init__.py", "open_url.py", "ota.py", "mp_main.py", "webrepl_cfg.py"],
  ].map((name, index) => [name, 100 + index])),
};

const SUMMARY = "5 files, 2.6 KB in 0.0 s, 173.1 KB/s";

/** An output of the cell that is right. */
function right({ output, error, upTo = [] }: SeedCell): Shown {
  const size = (_: string, name: string) => `    ${RIG.sizes.get(name)}`;
  const listed = upTo.includes("sizes") ? output.replace(LISTED_SIZE, size) : output;
  return {
    text: adapt(upTo.includes("each board once") ? withoutSecond(listed) : listed, RIG),
    stderr: "",
    displays: upTo.includes("summary") ? [SUMMARY] : [],
    traceback: error?.replace("line 2, in <module>", "line 7, in <module>\n    print(a)") ?? "",
  };
}

/** The board with two ways to it is shown once. */
function withoutSecond(output: string): string {
  const again = "\n----- test-esp32\n\nesp32                (micropython)\n";
  const at = output.lastIndexOf(again);
  return output.slice(0, at) + output.slice(at + again.length);
}

function passes(cell: SeedCell, shown: Shown): boolean {
  try {
    compare(cell, shown, RIG);
    return true;
  } catch (error) {
    assert(error instanceof assert.AssertionError);
    return false;
  }
}

for (const cell of SEED_CELLS) {
  const [title] = cell.input.split("\n");
  const more = cell.upTo?.includes("more lines") ?? false;
  const shown = right(cell);
  const { text } = shown;

  Deno.test(`${title}: what the specification shows is right`, () => {
    compare(cell, shown, RIG);
    // In colour, and padded.
    compare(cell, { ...shown, text: text.replaceAll(/^(.+)$/gm, "\x1b[0;31m$1\x1b[0m  ") }, RIG);
  });

  Deno.test(`${title}: another character anywhere is wrong`, () => {
    for (const part of ["text", "traceback"] as const) {
      for (let at = 0; at < shown[part].length; at++) {
        const changed = `${shown[part].slice(0, at)}~${shown[part].slice(at + 1)}`;
        // Of what may hold more lines, an empty one that has become another one leaves the next.
        if (more && shown[part][at] === "\n") continue;
        assert(!passes(cell, { ...shown, [part]: changed }), changed);
      }
    }
  });

  Deno.test(`${title}: a line too many, too few, or more beside it is wrong`, () => {
    const lines = text.split("\n");
    for (const [at, line] of lines.entries()) {
      const without = lines.toSpliced(at, 1).join("\n");
      if (line !== "") assert(!passes(cell, { ...shown, text: without }), without);
      const wider = lines.toSpliced(at, 0, "one more").join("\n");
      assert.equal(passes(cell, { ...shown, text: wider }), more, wider);
    }
    assert(!passes(cell, { ...shown, stderr: "a warning\n" }));
    assert(!passes(cell, { ...shown, displays: [...shown.displays, "one more"] }));
    assert(!passes(cell, { ...shown, traceback: `${shown.traceback}\nKeyboardInterrupt:` }));
    if (shown.displays.length > 0) {
      assert(!passes(cell, { ...shown, displays: ["5 files failed"] }));
    }
    if (cell.error !== undefined) assert(!passes(cell, { ...shown, traceback: "" }));
  });
}

/** Changes that need not look wrong: cell, what is changed to what, and whether that may be. */
const CHANGES: readonly [input: string, from: string, to: string, may: boolean][] = [
  ["%lsmagic", "  %connect     Connect to device\n", "", false],
  ["%lsmagic", "%softreset   R", "%softreset   Reset the interpreter.", true],
  ["%lsmagic", "Connect to device", "Connect to device.", false],
  ["%discover -h", "[-v]", "[-v] [-f] [--json]", true],
  ["%discover -h", "[-v]", "[-v] DEVICE", false],
  ["%discover", "samd51      serial", "samd51       serial", false],
  ["%discover", "21001", "21002", false],
  ["%discover", "iot49/dev/ttyUSB2", "iot49/dev/ttyUSB0", false],
  ["%%connect --all", "----- huzzah32", "----- pico", false],
  ["%%connect --all", "linux ", "linux2", false],
  ["%%connect --all", "----- pico\n\nesp32 ", "----- pico\n\nrp2   ", false],
  ["%connect huzzah32\n\n# list", "Dec 31 23:00 1999", "Nov 22 10:05 2026", true],
  ["%connect huzzah32\n\n# list", "Dec 31 23:00 1999", "2026-11-22 10:05 ", false],
  ["%connect huzzah32\n\n# list", " 139 ", " 140 ", false],
  ["%rlist", "    103  ", "   7933  ", false],
  ["%rlist", "    pystone.py", "      pystone.py", false],
  ["%rsync\n%softreset", "1.968", "1.969", false],
  ["%rsync\n%softreset", "= 1.968 seconds", "= 0.5 seconds", false],
  ["%rsync\n%softreset", "1016.26", "4000", false],
];

Deno.test("changes that look right are found as well, and those that may be are let pass", () => {
  for (const [input, from, to, may] of CHANGES) {
    const cell = SEED_CELLS.find((cell) => cell.input === input) ??
      SEED_CELLS.find((cell) => cell.input.startsWith(input))!;
    const shown = right(cell);
    assert(shown.text.includes(from), `${input}: ${from}`);
    const text = shown.text.replace(from, to);
    assert.equal(passes(cell, { ...shown, text }), may, `${input}: ${from} → ${to}`);
  }
  const [traceback] = SEED_CELLS.filter(({ error }) => error !== undefined);
  const shown = right(traceback);
  for (const [from, to] of [["line 7", "line 2"], ["print(a)", "print(b)"], ["'a'", "'b'"]]) {
    const changed = shown.traceback.replace(from, to);
    assert(!passes(traceback, { ...shown, traceback: changed }), changed);
  }
});

Deno.test("rows and sections may come in another order, and nothing else may", () => {
  for (const cell of SEED_CELLS) {
    const { upTo = [] } = cell;
    const free = upTo.includes("order of rows") || upTo.includes("each board once");
    const shown = right(cell);
    const lines = shown.text.trimEnd().split("\n");
    const turned = upTo.includes("each board once")
      ? shown.text.split(/^(?=\n----- )/m).reverse().join("")
      : `${lines.reverse().join("\n")}\n`;
    if (lines.length === 1) continue;
    assert.equal(passes(cell, { ...shown, text: turned }), free, cell.input);
  }
});

Deno.test("every rule is used, and says why it is there", () => {
  const used = new Set(SEED_CELLS.flatMap(({ upTo = [] }) => upTo));
  assert.deepEqual([...used].sort(), Object.keys(RULES).sort());
});
