/**
 * Puts the parts that every start reads into one file. The bundler cuts what several parts share
 * into a file for each set of those that share it, some 40 of them, and Deno looks up and checks
 * each one by itself.
 */

import { need } from "../run.ts";

/** The file that holds what {@linkcode merge} put together. */
export const CORE = "core.js";

const MERGE_TIMEOUT_MS = 60_000;

/** An import or export of another part as the bundler writes it, on one line or on many. */
const STATIC = /^(import|export) (?:\{([^}]*)\} from )?"\.\/([\w.-]+\.js)";$/gm;

/** What a part exports: the bundler puts it at the end, `name` or `name as other`. */
const EXPORTS = /^export \{([^}]*)\};$/gm;

/** Each part that some `import()` names. */
const DYNAMIC = /\bimport\(String\("\.\/([\w.-]+\.js)"\)\)/g;

/** Each part that is named in any way. */
const ANY = /\b(?:import|from)\s*(?:\((?:String\()?)?"\.\/([\w.-]+\.js)"/g;

/**
 * The same program, in which `main` and what it imports without `import()` are two files: itself and
 * {@linkcode CORE}. The program itself stays apart, so that what it loads later never waits for it.
 *
 * @throws {RunError} when `deno bundle` fails.
 */
export async function merge(
  app: ReadonlyMap<string, string>,
  main: string,
): Promise<Map<string, string>> {
  const parts = staticParts(app, main);
  if (parts.length < 2) return new Map(app);
  const alias = new Map(parts.map((part, index) => [part, `p${index}_`]));
  const core = await join(
    app,
    parts.map((part) => ({
      part,
      names: exportsOf(app.get(part)!).map((name) => `${name} as ${alias.get(part)}${name}`),
    })),
  );
  const merged = new Map<string, string>();
  const used = new Set<string>();
  for (const [name, text] of app) {
    if (alias.has(name)) continue;
    merged.set(name, redirect(text, alias));
    for (const [, part] of text.matchAll(DYNAMIC)) used.add(part);
  }
  for (const [, part] of core.matchAll(DYNAMIC)) used.add(part);
  merged.set(CORE, core);
  // Some of them are asked for by name as well.
  for (const part of parts.filter((part) => used.has(part))) {
    const names = exportsOf(app.get(part)!).map((name) => `${alias.get(part)}${name} as ${name}`);
    merged.set(part, `export { ${names.join(", ")} } from "./${CORE}";\n`);
  }
  for (const [name, text] of merged) {
    const lost = [...text.matchAll(ANY)].find(([, part]) => !merged.has(part));
    if (lost !== undefined) {
      throw new Error(`${name} of the bundle asks for ${lost[1]}, which is gone.`);
    }
  }
  return merged;
}

/** What `main` imports, and what that imports, in order of names. */
function staticParts(app: ReadonlyMap<string, string>, main: string): string[] {
  const seen = new Set([main]);
  for (const name of seen) {
    for (const [, , , part] of app.get(name)!.matchAll(STATIC)) seen.add(part);
  }
  seen.delete(main);
  return [...seen].sort();
}

function exportsOf(text: string): string[] {
  return [...text.matchAll(EXPORTS)].flatMap(([, names]) => listed(names))
    .map((name) => name.replace(/^.* as /, ""));
}

function listed(names: string): string[] {
  return names.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** Has `text` import from {@linkcode CORE} what it imports from the parts in there. */
function redirect(text: string, alias: ReadonlyMap<string, string>): string {
  return text.replace(STATIC, (line, keyword, names: string | undefined, part) => {
    const prefix = alias.get(part);
    if (prefix === undefined) return line;
    if (names === undefined) return `import "./${CORE}";`;
    const renamed = listed(names).map((name) => {
      const [theirs, ours = theirs] = name.split(" as ");
      return `${prefix}${theirs} as ${ours}`;
    });
    return `${keyword} { ${renamed.join(", ")} } from "./${CORE}";`;
  });
}

/** The bundler makes one file of `parts`, which exports `names`. */
async function join(
  app: ReadonlyMap<string, string>,
  parts: readonly { part: string; names: readonly string[] }[],
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "iot-merge-" });
  try {
    for (const { part } of parts) await Deno.writeTextFile(`${folder}/${part}`, app.get(part)!);
    const lines = parts.map(({ part, names }) =>
      `export { ${names.join(", ")} } from "./${part}";\n`
    );
    await Deno.writeTextFile(`${folder}/entry.js`, lines.join(""));
    await need(Deno.execPath(), {
      args: ["bundle", "-q", "--no-config", "--no-lock", "--output", CORE, "entry.js"],
      cwd: folder,
      timeoutMs: MERGE_TIMEOUT_MS,
    });
    return await Deno.readTextFile(`${folder}/${CORE}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
