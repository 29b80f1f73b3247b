/** `%mip --to-board` on the emulated micro:bit, which has no folders and little memory. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { Microbit } from "./boards/microbit.ts";
import { Notebook } from "./notebook_testing.ts";
import { MipIndex } from "./packages_testing.ts";

Deno.test("%mip installs single files on a board without folders", async () => {
  await using board = await Microbit.start();
  await using index = new MipIndex();
  const home = await Deno.makeTempDir();
  await using cleaner = new AsyncDisposableStack();
  cleaner.defer(() => Deno.remove(home, { recursive: true }));
  await using notebook = new Notebook({ HOME: home, IOT_DEVICE: board.url });
  const mip = async (args: string) => {
    const { outcome, stdout } = await notebook.run(`%mip ${args} --to-board --index ${index.url}`);
    return { stdout, message: outcome.status === "error" ? outcome.evalue : "" };
  };
  await index.add("one", { version: "1", files: { "one.py": "x = 1\n" } });
  await index.add("deep", { version: "1", files: { "deep/x.py": "x = 1\n" } });
  const { stdout, message } = await mip("install one");
  assertEquals(message, "");
  match(stdout, /^Installed one 1: 1 file in \/ of /);
  assertEquals((await notebook.run("import one\nprint(one.x)")).stdout, "1\n");
  match((await mip("install one")).stdout, /^one 1 is in \/ of .* already\n$/);
  match((await mip("install deep")).message, /this board has no folders, only files in \//);
  match((await mip("uninstall one")).stdout, /^Removed one 1 from \/ of /);
  const { stdout: left } = await notebook.run("import os\nprint(os.listdir())");
  ok(!left.includes("one.py"), left);
});
