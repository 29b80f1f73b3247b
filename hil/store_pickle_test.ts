/** Our pickles and Python's own: each reads what the other writes. */

import { deepStrictEqual as assertEquals, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { readPickle } from "@/store/pickle_reader.ts";
import { writePickle } from "@/store/pickle_writer.ts";
import { checkValue } from "@/store/value.ts";
import { PYTHON } from "./host_python_testing.ts";
import { canonical, DOUBLE_BOARD, valueArbitrary } from "./store_testing.ts";

const SCRIPT = new URL("./store_pickle.py", import.meta.url).pathname;

/** Generous: the machine is busy. */
const DEADLINE_MS = 60_000;

async function python(...args: string[]): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const { success, stderr } = await new Deno.Command(PYTHON, { args, signal }).output();
  ok(success, new TextDecoder().decode(stderr));
}

Deno.test("Python reads our pickles, and we read its own of all protocols", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const seed = Date.now() & 0x7fffffff;
    console.log(`seed ${seed}`);
    const values = fc.sample(valueArbitrary(DOUBLE_BOARD), { numRuns: 300, seed });
    for (const [index, value] of values.entries()) {
      await Deno.writeFile(`${folder}/${index}.pickle`, writePickle(value));
    }
    await python(SCRIPT, folder);
    for (const [index, value] of values.entries()) {
      for (let protocol = 0; protocol <= 5; protocol++) {
        const data = await Deno.readFile(`${folder}/${index}.${protocol}`);
        const read = checkValue(readPickle(data), { name: "v", verb: "restore" });
        assertEquals(canonical(read, DOUBLE_BOARD), canonical(value, DOUBLE_BOARD));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a pickle that would run a program runs none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const evil = `
import os, pickle, sys
class Evil:
    def __reduce__(self):
        return os.system, ("touch " + sys.argv[1] + "/ran",)
for protocol in range(6):
    with open(f"{sys.argv[1]}/{protocol}", "wb") as f:
        pickle.dump({"a": [Evil()]}, f, protocol)
`;
    await python("-c", evil, folder);
    for (let protocol = 0; protocol <= 5; protocol++) {
      const value = readPickle(await Deno.readFile(`${folder}/${protocol}`));
      throws(() => checkValue(value, { name: "v", verb: "restore" }), {
        name: "CannotCross",
        message: 'Cannot restore v["a"][0]: a posix.system does not cross between board and host.',
      });
    }
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    ok(!names.includes("ran"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
