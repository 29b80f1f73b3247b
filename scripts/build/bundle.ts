/**
 * Bundles the program with all that it imports, texts and wasm among it, into a few JavaScript
 * files that need nothing else: the main one, and one for each part that is loaded when first used.
 *
 * `deno bundle` does the work. What it leaves is then made fit to start fast and to be the same
 * bytes wherever it was built.
 */

import { relative } from "node:path";
import { light } from "./light_node.js";
import { merge } from "./merge.ts";
import { need } from "../run.ts";
import lightNode from "./light_node.js" with { type: "text" };

/** The files of a program, by name; `main.js` is where it starts. Names hold no folders. */
export type App = ReadonlyMap<string, string>;

/** The file in an {@linkcode App} where it starts. */
export const MAIN = "main.js";

const BUNDLE_TIMEOUT_MS = 5 * 60_000;

/** Where an {@linkcode App} keeps `light_node.js`. */
const LIGHT_NODE = "light_node.js";

const LIGHT_IMPORT = `import { light as __light } from "./${LIGHT_NODE}";\n`;

/** A name as esbuild gives it to a part: the source's name, and a hash of its content. */
const PART_NAME = /^(.+)-[A-Z0-9]{8}\.js$/;

/** Names that need no quoting in a shell. */
const PLAIN_NAME = /^[\w.-]+$/;

/**
 * Bundles the program that starts at `entry`, a path below `root`, where its deno.json is.
 *
 * @throws {RunError} when `deno bundle` fails, e.g. because a package cannot be fetched.
 */
export async function bundle(root: string, entry: string): Promise<App> {
  const outdir = await Deno.makeTempDir({ prefix: "iot-bundle-" });
  try {
    await need(Deno.execPath(), {
      args: ["bundle", "-q", "--code-splitting", "--outdir", outdir, entry],
      cwd: root,
      timeoutMs: BUNDLE_TIMEOUT_MS,
    });
    const files = new Map<string, string>();
    for await (const file of Deno.readDir(outdir)) {
      files.set(file.name, await Deno.readTextFile(`${outdir}/${file.name}`));
    }
    const app = finish(files, { entry, npmCache: relative(root, await npmCache(root)) });
    return await merge(app, MAIN);
  } finally {
    await Deno.remove(outdir, { recursive: true });
  }
}

async function npmCache(root: string): Promise<string> {
  const info = JSON.parse(
    await need(Deno.execPath(), { args: ["info", "--json"], cwd: root, timeoutMs: 60_000 }),
  );
  return info.npmCache;
}

/** Makes what the bundler wrote start fast and the same everywhere. Exported for its test. */
export function finish(
  files: ReadonlyMap<string, string>,
  options: { entry: string; npmCache: string },
): App {
  const stable = new Map<string, string>();
  for (const [name, text] of files) {
    // The bundler names modules by their path from the checkout, and packages lie elsewhere on
    // each machine.
    stable.set(name, text.replaceAll(`${options.npmCache}/`, "npm/"));
  }
  const main = options.entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  const names = stableNames(stable, main);
  const app = new Map<string, string>();
  const commonJs = new Set(
    [...names].filter(([from]) => COMMON_JS_PART.test(stable.get(from)!)).map(([, to]) => to),
  );
  for (const [from, to] of names) {
    const text = withoutNodeModule(rename(stable.get(from)!, names));
    app.set(to, loadWhenUsed(text, (part) => commonJs.has(part)));
  }
  app.set(LIGHT_NODE, lightNode);
  return app;
}

/**
 * New names without the bundler's hashes, which depend on where the sources lay. Parts of the same
 * source name are numbered in the order of their content.
 */
function stableNames(files: ReadonlyMap<string, string>, main: string): Map<string, string> {
  const hashes = new RegExp(
    [...files.keys()].filter((name) => name !== main).join("|") || "(?!)",
    "g",
  );
  const blank = (text: string) => text.replace(hashes, (name) => PART_NAME.exec(name)?.[1] ?? name);
  const parts = [...files.keys()].filter((name) => name !== main)
    .map((name) => ({
      name,
      stem: PART_NAME.exec(name)?.[1] ?? name,
      text: blank(files.get(name)!),
    }))
    .sort((a, b) => compare(a.stem, b.stem) || compare(a.text, b.text));
  const names = new Map([[main, MAIN]]);
  const seen = new Map<string, number>();
  for (const { name, stem } of parts) {
    const count = (seen.get(stem) ?? 0) + 1;
    seen.set(stem, count);
    const renamed = `${stem}${count === 1 ? "" : `.${count}`}.js`;
    if (!PLAIN_NAME.test(renamed) || renamed === MAIN || renamed === LIGHT_NODE) {
      throw new Error(`The bundle has a file named "${name}", which the launcher cannot carry.`);
    }
    names.set(name, renamed);
  }
  return names;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rename(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/"\.\/([^"/\s]+\.js)"/g, (quoted, name) => {
    const renamed = names.get(name);
    return renamed === undefined ? quoted : `"./${renamed}"`;
  });
}

/**
 * Makes parts load when they are used, and not before: Deno reads and analyses every file that an
 * `import("…")` names before the program starts. It cannot see through a call.
 *
 * A part that is one CommonJS package has only a default export, where the sources saw its names
 * (esbuild does not make them up when it splits): the names are put beside it.
 */
function loadWhenUsed(text: string, isCommonJs: (part: string) => boolean): string {
  return text.replace(/\bimport\("\.\/([\w.-]+\.js)"\)/g, (_call, part) => {
    const names = ".then(({ default: d }) => ({ ...d, default: d }))";
    return `import(String("./${part}"))${isCommonJs(part) ? names : ""}`;
  });
}

/** How the bundler ends a part that is one CommonJS package. */
const COMMON_JS_PART = /^export default require_\w+\(\);$/m;

/** What `deno bundle` puts before code that calls `require`. It costs 13 ms: all Node modules. */
const CREATE_REQUIRE = /^import \{ createRequire as (\w+) \} from "node:module";\n/m;

/** Stays for a `require` of a name that is only known when it runs. Only Node's own are left. */
const LAZY_REQUIRE = `var __require = (name) => {
  const found = process.getBuiltinModule(name);
  if (found === undefined) throw new Error("Cannot load " + name + ": it is not in the bundle.");
  return found;
};`;

/** Packages that are given `light_node.js` in place of Node's modules. */
const LIGHT_PACKAGES = /\/(?:argparse|yaml)\/\d/;

/**
 * Replaces `require("node:…")` by imports of just those modules, and by the light ones where a
 * package can do with them.
 */
function withoutNodeModule(text: string): string {
  const head = new Set<string>();
  let inLightPackage = false;
  const lines = text.split("\n").map((line) => {
    // The bundler heads each module with a comment that names its file.
    const file = /^\/\/ (\S+)$/.exec(line)?.[1];
    if (file !== undefined) inLightPackage = LIGHT_PACKAGES.test(file);
    if (inLightPackage) {
      line = line.replace(/(?<![\w.])process\./g, () => {
        head.add(LIGHT_IMPORT);
        return "__light.process.";
      });
    }
    return line.replace(/\b__require\("node:(\w+)"\)/g, (_call, name) => {
      if (inLightPackage && Object.hasOwn(light, name)) {
        head.add(LIGHT_IMPORT);
        return `__light.${name}`;
      }
      head.add(`import __node_${name} from "node:${name}";\n`);
      return `__node_${name}`;
    });
  });
  const body = lines.join("\n");
  const helper = CREATE_REQUIRE.exec(body)?.[1];
  return [...head].join("") + (helper === undefined ? body : body
    .replace(CREATE_REQUIRE, "")
    .replace(new RegExp(`^var __require = ${helper}\\(.*\\);$`, "m"), LAZY_REQUIRE));
}
