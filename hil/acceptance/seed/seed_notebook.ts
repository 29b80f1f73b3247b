/** examples/seed.ipynb on a rig of its own: where it runs, and what became of it. */

import { strictEqual } from "node:assert/strict";
import { capture } from "../../../scripts/run.ts";
import { IOT, isolated, ROOT, venv } from "../support/product.ts";
import { adapt, type Rig, type Shown, withoutColours } from "./rules.ts";

/** It runs in ten seconds; much longer only where something hangs. */
const DEADLINE_MS = 240_000;

/** Where the notebook's boards serve their WebREPLs. */
const WRITTEN_PORTS = [8266, 8267] as const;

/** Below those that systems hand out by themselves, and above those that services have. */
const PORTS = { least: 20_000, count: 10_000 } as const;

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
  readonly traceback?: readonly string[];
}

/** A code cell of a notebook's file. */
export interface NotebookCell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs?: readonly Output[];
}

const joined = (text: string | readonly string[] = "") =>
  typeof text === "string" ? text : text.join("");

/** What a cell says. */
export function sourceOf({ source }: NotebookCell): string {
  return joined(source);
}

/** What a cell showed. */
export function shownOf({ outputs = [] }: NotebookCell): Shown {
  const stream = (name: string) =>
    outputs.filter((output) => output.name === name).map(({ text }) => joined(text)).join("");
  return {
    text: stream("stdout"),
    stderr: stream("stderr"),
    // What a bar leaves that was taken away is empty.
    displays: outputs.flatMap(({ data }) => data === undefined ? [] : [joined(data["text/plain"])])
      .filter((text) => text !== ""),
    traceback: outputs.map(({ traceback = [] }) => traceback.join("\n")).join(""),
  };
}

/** A copy of the notebook and its files with ports that are free, and a home for what it makes. */
export class SeedNotebook implements AsyncDisposable {
  /** Without a space: an address ends at one, and the ports' links are below it. */
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly rig: Rig;

  private constructor(parts: { folder: string; ports: readonly number[]; rig: Rig }) {
    this.#folder = parts.folder;
    this.#ports = parts.ports;
    this.rig = parts.rig;
  }

  static async open(): Promise<SeedNotebook> {
    const folder = await Deno.makeTempDir({ prefix: "iot-seed-" });
    try {
      const ports = freePorts(WRITTEN_PORTS.length);
      for await (const path of filesOf(`${ROOT}examples/seed`)) {
        const text = await Deno.readTextFile(`${ROOT}examples/${path}`);
        await write(`${folder}/examples/${path}`, withPorts(text, ports));
      }
      const notebook = await Deno.readTextFile(`${ROOT}examples/seed.ipynb`);
      await write(`${folder}/examples/seed.ipynb`, withPorts(notebook, ports));
      // The notebook starts its boards by `iot sim`.
      await Deno.mkdir(`${folder}/bin`);
      await Deno.symlink(IOT, `${folder}/bin/iot`);
      const rig = await rigOf(`${folder}/iot49`, ports);
      return new SeedNotebook({ folder, ports, rig });
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Where the notebook keeps what it makes. */
  get iot49(): string {
    return `${this.#folder}/iot49`;
  }

  /** The input of an example as the notebook has it. */
  adapt(input: string): string {
    return adapt(input, this.rig);
  }

  /** Its code cells as they are before it runs. */
  cells(): Promise<NotebookCell[]> {
    return codeCells(`${this.#folder}/examples/seed.ipynb`);
  }

  /** Runs it by `iot execute`, and returns its code cells. */
  async runWithIot(): Promise<NotebookCell[]> {
    const out = `${this.#folder}/out.ipynb`;
    await this.#run(IOT, ["execute", "seed.ipynb", "-o", out]);
    return await codeCells(out);
  }

  /** Runs it by nbclient, as `jupyter nbconvert --execute` does, and returns its code cells. */
  async runWithNbclient(): Promise<NotebookCell[]> {
    const out = `${this.#folder}/out.ipynb`;
    await this.#run(IOT, ["install", "--prefix", this.#folder]);
    const program = [
      "import sys, nbformat, nbclient",
      "notebook = nbformat.read('seed.ipynb', 4)",
      `nbclient.NotebookClient(notebook, timeout=${
        DEADLINE_MS / 2_000
      }, kernel_name='iot').execute()`,
      "nbformat.validate(notebook)",
      "nbformat.write(notebook, sys.argv[1])",
    ].join("\n");
    await this.#run(await venv("python"), ["-c", program, out]);
    return await codeCells(out);
  }

  /** Whether nothing is left of what it made: no file, and no board at its WebREPL's port. */
  async isClean(): Promise<boolean> {
    const there = await Deno.stat(this.iot49).then(() => true, () => false);
    const answers = await Promise.all(this.#ports.map(answersAt));
    return !there && !answers.includes(true);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await capture(program, {
      args,
      cwd: `${this.#folder}/examples`,
      env: {
        ...isolated(this.#folder),
        IOT: this.#folder,
        // By their defaults, whatever this machine's user has.
        ...{ IOT49: "", IOT_DEVICES: "", IOT_LIBS: "", IOT_SECRETS: "" },
        IOT_PYTHON: await venv("python"),
        IPYTHONDIR: `${this.#folder}/ipython`,
        JUPYTER_PATH: `${this.#folder}/share/jupyter`,
        PATH: `${this.#folder}/bin:${Deno.env.get("PATH")}`,
      },
      timeoutMs: DEADLINE_MS,
    });
    strictEqual(code, 0, withoutColours(`${program} ${args[0]}:\n${stdout}${stderr}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** What stands for the specification's boards and files, with the notebook's things in `iot49`. */
export async function rigOf(
  iot49: string,
  ports: readonly number[] = WRITTEN_PORTS,
): Promise<Rig> {
  const sizes = new Map<string, number>();
  for await (const path of filesOf(`${ROOT}examples/seed`)) {
    // Of the two boot.py, the one that starts a WebREPL is listed up to its size.
    if (path === "seed/libs/boot.py") continue;
    const text = withPorts(await Deno.readTextFile(`${ROOT}examples/${path}`), ports);
    sizes.set(path.slice(path.lastIndexOf("/") + 1), new TextEncoder().encode(text).length);
  }
  return {
    addresses: [
      ["ws://10.39.40.135:8266", `ws://127.0.0.1:${ports[0]}`],
      ["ws://10.39.40.163:8266", `ws://127.0.0.1:${ports[1]}`],
      ["10.39.40.163", "127.0.0.1"],
      ["serial:///dev/", `serial://${iot49}/dev/`],
    ],
    sizes,
  };
}

/** The code cells of a notebook's file. */
export async function codeCells(path: string): Promise<NotebookCell[]> {
  const { cells } = JSON.parse(await Deno.readTextFile(path)) as { cells: NotebookCell[] };
  return cells.filter(({ cell_type }) => cell_type === "code");
}

/** Ports that nobody has, tried by opening them. */
function freePorts(count: number): number[] {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    const port = PORTS.least + Math.floor(Math.random() * PORTS.count);
    if (ports.includes(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      ports.push(port);
    } catch (error) {
      if (tries > 100) throw error;
    }
  }
  return ports;
}

function withPorts(text: string, ports: readonly number[]): string {
  return WRITTEN_PORTS.reduce(
    (changed, written, index) => changed.replaceAll(`${written}`, `${ports[index]}`),
    text,
  );
}

/** Files below a folder, as paths that begin with the folder's name. */
async function* filesOf(folder: string): AsyncGenerator<string> {
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile) yield `${name}/${entry.name}`;
    if (!entry.isDirectory || entry.name === "__pycache__") continue;
    for await (const below of filesOf(`${folder}/${entry.name}`)) yield `${name}/${below}`;
  }
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
}

async function answersAt(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
