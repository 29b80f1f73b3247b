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
  assertEquals(await says("%%writefile --append 'a b.txt'"), "Writing a b.txt\n");
  assertEquals(await text("a b.txt"), "");
  assertEquals(await says("%%writefile $HOME/c\nc"), `Writing ${notebook.home}/c\n`);
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
  const cell = await notebook.fail("%%host\n1");
  assertEquals(cell.ename, "UsageError");
  match(
    cell.evalue,
    /"\/nowhere\/python" does not start\. Install Python 3, or name it in IOT_PYTHON/,
  );
});
