/** examples/tour.ipynb, run by Jupyter's own tools and by `iot execute`. */

import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { IOT, iot, ROOT, run, temporaryDirectory, venv } from "./support/product.ts";

const TOUR = `${ROOT}examples/tour.ipynb`;
/** No board but the simulated ones, whatever the machine has. */
const ENV = { IOT_PORTS: "", IOT_DEVICE: "" };

interface Cell {
  cell_type: string;
  source: string | string[];
  outputs?: Record<string, unknown>[];
}

/**
 * The outputs of the code cells, in the form that nbformat would write them. A stream is in one piece,
 * as in JupyterLab: nbclient keeps the pieces that it came in, of which a busy machine makes more.
 */
async function outputsOf(path: string): Promise<unknown[]> {
  const { cells } = JSON.parse(await Deno.readTextFile(path)) as { cells: Cell[] };
  const joined = (value: unknown) => Array.isArray(value) ? value.join("") : value;
  return cells.filter(({ cell_type }) => cell_type === "code").map(({ source, outputs }) => ({
    source: joined(source),
    outputs: inOnePiece(outputs!.map((output) => ({ ...output, text: joined(output.text) }))),
  }));
}

function inOnePiece(outputs: Record<string, unknown>[]): Record<string, unknown>[] {
  const whole: Record<string, unknown>[] = [];
  for (const output of outputs) {
    const last = whole.at(-1);
    const goesOn = output.output_type === "stream" && last?.output_type === "stream" &&
      last.name === output.name;
    if (goesOn) last.text = `${last.text}${output.text}`;
    else whole.push(output);
  }
  return whole;
}

/** Runs a notebook with nbclient, as `jupyter nbconvert --execute` does. */
async function runWithNbclient(notebook: string, out: string, prefix: string): Promise<void> {
  const program = [
    "import sys, nbformat, nbclient",
    "notebook = nbformat.read(sys.argv[1], 4)",
    "nbclient.NotebookClient(notebook, timeout=60, kernel_name='iot').execute()",
    "nbformat.validate(notebook)",
    "nbformat.write(notebook, sys.argv[2])",
  ].join("\n");
  const { code, stderr } = await run(await venv("python"), ["-c", program, notebook, out], {
    env: { ...ENV, JUPYTER_PATH: `${prefix}/share/jupyter` },
    cwd: prefix,
  });
  strictEqual(code, 0, stderr);
}

Deno.test("the tour, run by nbclient, gives the stored outputs", async () => {
  await using directory = await temporaryDirectory();
  strictEqual((await iot(["install", "--prefix", directory.path])).code, 0);
  const out = `${directory.path}/out.ipynb`;
  await runWithNbclient(TOUR, out, directory.path);
  assertEquals(await outputsOf(out), await outputsOf(TOUR));
});

Deno.test("the tour, run by iot execute, gives the stored outputs", async () => {
  await using directory = await temporaryDirectory();
  const out = `${directory.path}/out.ipynb`;
  const { code, stderr } = await iot(["execute", TOUR, "-o", out], { env: ENV });
  strictEqual(code, 0, stderr);
  assertEquals(await outputsOf(out), await outputsOf(TOUR));
});

Deno.test("iot execute --print shows sources and outputs", async () => {
  const { code, stdout } = await iot(["execute", TOUR, "--print"], { env: ENV });
  assertEquals(code, 0);
  match(stdout, /for i in range\(5\)[^]*4 1099511627776[^]*ZeroDivisionError[^]*softreset/);
});

/** What a checkout has that no fresh one would. */
const NOT_SOURCES = [".git", ".venv", ".cache", "dist"];

/** Copies a checkout, or what came out of an archive of one. */
async function copySources(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    if (isDirectory && !NOT_SOURCES.includes(name)) {
      await copySources(`${from}/${name}`, `${to}/${name}`);
    }
  }
}

Deno.test("the executable alone is enough: the checkout it was built from can go", async () => {
  await using directory = await temporaryDirectory();
  const checkout = `${directory.path}/checkout`;
  const home = `${directory.path}/home`;
  await Deno.mkdir(home);
  await copySources(ROOT, checkout);
  const compiled = await run(Deno.execPath(), ["task", "compile"], { cwd: checkout });
  strictEqual(compiled.code, 0, compiled.stderr);
  const program = `${directory.path}/iot`;
  await Deno.rename(`${checkout}/dist/iot`, program);
  await Deno.copyFile(TOUR, `${directory.path}/tour.ipynb`);
  await Deno.remove(checkout, { recursive: true });

  const env = { ...ENV, HOME: home, XDG_CACHE_HOME: "" };
  const installed = await run(program, ["install", "--prefix", directory.path], { env });
  strictEqual(installed.code, 0, installed.stderr);
  const out = `${directory.path}/out.ipynb`;
  await runWithNbclient(`${directory.path}/tour.ipynb`, out, directory.path);
  assertEquals(await outputsOf(out), await outputsOf(TOUR));
});

Deno.test("iot install and uninstall keep their hands off everything else", async () => {
  await using directory = await temporaryDirectory();
  const kernels = `${directory.path}/share/jupyter/kernels`;
  await Deno.mkdir(`${kernels}/other`, { recursive: true });
  for (const name of ["iot", "iot2"]) {
    const args = ["install", "--prefix", directory.path, "--name", name];
    strictEqual((await iot(args)).code, 0);
  }
  const spec = JSON.parse(await Deno.readTextFile(`${kernels}/iot/kernel.json`));
  assertEquals([spec.argv[0], spec.display_name, spec.language], [IOT, "IoT", "python"]);
  const env = { JUPYTER_PATH: `${directory.path}/share/jupyter` };
  const listed = await run(await venv("python"), ["-m", "jupyter_client.kernelspecapp", "list"], {
    env,
  });
  match(listed.stdout, /^ *iot +\//m);
  strictEqual((await iot(["uninstall", "--prefix", directory.path])).code, 0);
  const left = (await Array.fromAsync(Deno.readDir(kernels))).map(({ name }) => name).sort();
  assertEquals(left, ["iot2", "other"]);
});
