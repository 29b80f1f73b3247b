/** Notebooks as tests, on the boards of a rig: `iot hil-test NOTEBOOK.ipynb`. */

import { match, strictEqual as assertEquals } from "node:assert/strict";
import { iot, isolated, ROOT, temporaryDirectory } from "./support/product.ts";

const TOUR = `${ROOT}examples/tour.ipynb`;

/** A rig of one simulated board, in `folder`. */
async function bench(folder: string): Promise<string> {
  const path = `${folder}/bench.yaml`;
  await Deno.writeTextFile(path, "boards:\n  sim-esp: { sim: esp32 }\n");
  return path;
}

Deno.test("iot hil-test runs the tour on a simulated board, which does as is stored", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const args = ["hil-test", "--bench", await bench(path), "--json", `${path}/r.json`, TOUR];
  const { code, stdout, stderr } = await iot(args, { env: isolated(path) });
  assertEquals(code, 0, stdout + stderr);
  const { boards: [{ checks }] } = JSON.parse(await Deno.readTextFile(`${path}/r.json`));
  assertEquals(checks.length, 1);
  assertEquals(checks[0].check, `notebook/${TOUR}`);
  assertEquals(checks[0].verdict, "pass");
});

Deno.test("iot hil-test shows how a notebook's output differs from what is stored", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const text = await Deno.readTextFile(TOUR);
  const changed = text.replaceAll("4 1099511627776", "4 1099511627777");
  await Deno.writeTextFile(`${path}/changed.ipynb`, changed);
  const args = ["hil-test", "--bench", await bench(path), `${path}/changed.ipynb`];
  const { code, stdout } = await iot(args, { env: isolated(path) });
  assertEquals(code, 1, stdout);
  match(stdout, /Cell \[5\] put out something else: for i in range\(5\)/);
  match(stdout, /-4 1099511627777\n\s*\+4 1099511627776\n/);
});

Deno.test("iot hil-test refuses what cannot be run before it touches a board", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const options = { env: isolated(path) };
  // No board of this rig can be had.
  await Deno.writeTextFile(`${path}/bench.yaml`, "boards:\n  gone: { url: tcp://127.0.0.1:1 }\n");
  const start = ["hil-test", "--bench", `${path}/bench.yaml`];
  const refused: [args: string[], message: RegExp][] = [
    [["missing.ipynb"], /Cannot read the notebook "missing.ipynb": there is no such file/],
    [[`${path}/bench.yaml`], /as a notebook: it is not JSON/],
    [[TOUR, "--check", "exec"], /Notebooks are run instead of checks/],
    [["--init", TOUR], /--init writes a bench and runs nothing/],
    [["--repeat", "0"], /give --until-fail as well/],
    [["--repeat", "-1"], /--repeat takes a number from 0 on/],
    [["--shard", "3/2"], /"3\/2" is no shard/],
  ];
  for (const [args, message] of refused) {
    const { code, stdout, stderr } = await iot([...start, ...args], options);
    assertEquals(code, 2, stderr);
    assertEquals(stdout, "");
    match(stderr, message);
  }
});
