/**
 * Builds the one executable: `deno task compile [--target T] [--output FILE] [--pack]`.
 *
 * The program is bundled, and the bundle goes into `deno compile` where that has a base runtime
 * (`DENORT_BIN`, one fetched before, or one that can be fetched now). Elsewhere, or with `--pack`,
 * it is packed with the Deno runtime that runs this script. See docs/building.md.
 */

import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { type App, bundle, MAIN } from "./build/bundle.ts";
import { findBaseRuntime } from "./build/denort.ts";
import { pack } from "./build/pack.ts";
import { need } from "./run.ts";
import { runtimeFor } from "./build/runtime.ts";
import { findTarget } from "./build/targets.ts";

const COMPILE_TIMEOUT_MS = 10 * 60_000;

/** What to build. */
export interface CompileOptions {
  /** The checkout's folder. */
  root: string;
  /** As `deno compile --target` takes it; this machine's by default. */
  target?: string | undefined;
  /** Where the executable goes; `dist/iot` by default. */
  output?: string | undefined;
  /** Packs even where `deno compile` could work. */
  pack?: boolean | undefined;
}

/**
 * Builds the executable and resolves with its path.
 *
 * @throws {RunError} when a step fails.
 */
export async function compile(options: CompileOptions): Promise<string> {
  const { root, target: triple = Deno.build.target } = options;
  const output = options.output ?? `${root}/dist/iot`;
  await Deno.mkdir(output.replace(/[^/]*$/, "") || ".", { recursive: true });
  const app = await bundle(root, "main.ts");

  if (!options.pack) {
    const base = await findBaseRuntime(triple, {
      denoDir: await denoDir(root),
      denortBin: Deno.env.get("DENORT_BIN"),
    });
    if (base.available) {
      console.log(`deno compile, with the base runtime from ${base.from}`);
      await compileWithDeno(app, { triple, output });
      return await report(output);
    }
    console.log(`No base runtime for deno compile (${base.reason}): packing the Deno runtime.`);
  }
  const target = findTarget(triple);
  const executable = await pack({
    app,
    runtime: await runtimeFor(target),
    runtimeVersion: Deno.version.deno,
    target,
    version: config.version,
  });
  // In one step, so that a running or half-written one is never started.
  const temporary = `${output}.${Deno.pid}.tmp`;
  await Deno.writeFile(temporary, executable, { mode: 0o755 });
  await Deno.rename(temporary, output);
  return await report(output);
}

async function compileWithDeno(app: App, to: { triple: string; output: string }): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "iot-compile-" });
  try {
    for (const [name, text] of app) await Deno.writeTextFile(`${folder}/${name}`, text);
    // The parts that are loaded when first used are not seen from main.js: they are named.
    const parts = [...app.keys()].filter((name) => name !== MAIN)
      .flatMap((name) => ["--include", `${folder}/${name}`]);
    await need(Deno.execPath(), {
      args: [
        ...["compile", "-q", "-A", "--no-config", "--no-lock", "--no-check"],
        ...["--target", to.triple, "--output", to.output, "--app-name", "iot"],
        ...parts,
        `${folder}/${MAIN}`,
      ],
      timeoutMs: COMPILE_TIMEOUT_MS,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function denoDir(root: string): Promise<string> {
  const args = ["info", "--json"];
  return JSON.parse(await need(Deno.execPath(), { args, cwd: root, timeoutMs: 60_000 })).denoDir;
}

async function report(output: string): Promise<string> {
  const { size } = await Deno.stat(output);
  console.log(`${output}: ${(size / 1e6).toFixed(1)} MB`);
  return output;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string" },
      output: { type: "string" },
      pack: { type: "boolean" },
    },
  });
  await compile({ root: import.meta.dirname!.replace(/\/scripts$/, ""), ...values });
}
