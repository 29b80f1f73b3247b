/** `%%writefile` and the magics of IPython where there is no Python. */

import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { HostNotebook } from "./host_python_testing.ts";

Deno.test("%%writefile writes, overwrites and appends without Python", async () => {
  await using notebook = new HostNotebook("/nowhere/python");
  await notebook.run(`%cd ${notebook.home}`);
  const text = (name: string) => Deno.readTextFile(`${notebook.home}/${name}`);
  const says = async (cell: string) => (await notebook.run(cell)).stdout;

  assertEquals(
    await says('%%writefile main.py\n# sample program\nprint("Hello!")\n'),
    "Writing main.py\n",
  );
  assertEquals(await text("main.py"), '# sample program\nprint("Hello!")\n');
  assertEquals(await says("%%writefile main.py\n%x = 1"), "Overwriting main.py\n");
  assertEquals(await says("%%writefile -a main.py\ny\n\n"), "Appending to main.py\n");
  assertEquals(await text("main.py"), "%x = 1\ny\n\n");
  assertEquals(await says("%%writefile --append 'a b.txt'\nz"), "Writing a b.txt\n");
  assertEquals(await text("a b.txt"), "z\n");
  assertEquals(await says("%%writefile $HOME/c\nc"), `Writing ${notebook.home}/c\n`);
});

Deno.test("%%writefile without lines leaves the file as it is", async () => {
  await using notebook = new HostNotebook("/nowhere/python");
  await Deno.writeTextFile(`${notebook.home}/keep.txt`, "kept");
  await notebook.run(`%cd ${notebook.home}`);
  for (const cell of ["%%writefile keep.txt", "%%writefile -a keep.txt\n"]) {
    const { ename, evalue } = await notebook.fail(cell);
    assertEquals(ename, "UsageError");
    match(evalue, /no lines below it: nothing is written to ".*keep\.txt"/);
  }
  assertEquals(await Deno.readTextFile(`${notebook.home}/keep.txt`), "kept");
});

Deno.test("%%writefile says why it cannot write", async () => {
  await using notebook = new HostNotebook("/nowhere/python");
  await Deno.mkdir(`${notebook.home}/folder`);
  await notebook.run(`%cd ${notebook.home}`);
  for (
    const [file, reason] of [["no/file", /no such directory/], [
      "folder",
      /it is a directory/,
    ]] as const
  ) {
    const { ename, evalue } = await notebook.fail(`%%writefile ${file}\nx`);
    assertEquals(ename, "UsageError");
    match(evalue, reason);
  }
});

Deno.test("without Python, magics that are not ours say what they need", async () => {
  await using notebook = new HostNotebook("/nowhere/python");
  const line = await notebook.fail("%discovr");
  match(line.evalue, /^Unknown magic "%discovr"\. Did you mean %discover\? .*"\/nowhere\/python"/);
  const timing = await notebook.fail("%timeit 1");
  match(
    timing.evalue,
    /^"%timeit" is none of iot's magics, and IPython's are not available: Cannot run/,
  );
  const hints = [
    ["%host", /%%host is one for a cell/],
    ["%bash", /%%bash is one for a cell/],
    ["%%store\nx", /%store is one for a line/],
    ["%%rsync", /%rsync is one for a line/],
    ["%%", /^"%%" lacks a name/],
  ] as const;
  for (const [text, hint] of hints) match((await notebook.fail(text)).evalue, hint);
  const cell = await notebook.fail("%%host\n1");
  assertEquals(cell.ename, "UsageError");
  match(cell.evalue, /IOT_PYTHON is "\/nowhere\/python", which does not start/);
});
