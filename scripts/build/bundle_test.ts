/** The bundle: complete, the same wherever it was made, and as quick to start as it can be. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import fc from "fast-check";
import { type App, bundle, finish, MAIN } from "./bundle.ts";
import { light } from "./light_node.js";
import { capture } from "../run.ts";

const ROOT = import.meta.dirname!.replace(/\/scripts\/build$/, "");
const PROGRAM = "scripts/build/testdata/program.ts";

/** Runs a bundle where nothing but its own files can be found. */
async function runApp(app: App, args: string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "iot-bundle-test-" });
  try {
    for (const [name, text] of app) await Deno.writeTextFile(`${folder}/${name}`, text);
    const { stdout, stderr, code } = await capture(Deno.execPath(), {
      args: [
        ...["run", "-q", "-A", "--no-config", "--no-lock", "--no-remote", "--no-npm"],
        `${folder}/${MAIN}`,
        ...args,
      ],
      cwd: folder,
      env: { DENO_DIR: `${folder}/deno`, HOME: folder },
      clearEnv: true,
      timeoutMs: 60_000,
    });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    return stdout;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the program prints when it runs from its sources. */
async function runSources(args: string[]): Promise<string> {
  const { stdout, stderr } = await capture(Deno.execPath(), {
    args: ["run", "-q", "-A", PROGRAM, ...args],
    cwd: ROOT,
    timeoutMs: 60_000,
  });
  assert.equal(stderr, "");
  return stdout;
}

Deno.test("bundle() gives a program that runs as its sources do", async () => {
  const app = await bundle(ROOT, PROGRAM);
  const calls = [
    [],
    ["part"],
    ["parse"],
    ["parse", "-n", "1", "a b", "c"],
    ["parse", "-n", "3"],
    ["parse", "-n", "it's"],
    ["parse", "--no-such", "x"],
  ];
  for (const args of calls) {
    assert.equal(await runApp(app, args), await runSources(args), args.join(" "));
  }
});

Deno.test("bundle() keeps what is loaded when used out of the start, and Node out of argparse", async () => {
  const app = await bundle(ROOT, PROGRAM);
  assert.deepEqual([...app.keys()].sort(), [
    "argparse.js",
    "chunk.js",
    "light_node.js",
    "main.js",
    "part.js",
  ]);
  const main = app.get(MAIN)!;
  assert.match(main, /import\(String\("\.\/part\.js"\)\)/);
  assert.doesNotMatch(main, /import\("/);
  for (const [name, text] of app) {
    assert.doesNotMatch(text, /from "node:|__require\("/, name);
    assert(
      !text.includes(ROOT) && !text.includes(".cache"),
      `${name} names a folder of this machine`,
    );
  }
});

Deno.test("finish() gives the same files wherever the sources and packages lay", () => {
  const written = (cache: string, hashes: [string, string, string]) =>
    finish(
      new Map([
        [
          "main.js",
          `// ${cache}/x/1.0.0/x.js\nimport "./chunk-${hashes[0]}.js";\nimport("./chunk-${
            hashes[1]
          }.js");\n`,
        ],
        [`chunk-${hashes[0]}.js`, `import "./chunk-${hashes[2]}.js"; // b`],
        [`chunk-${hashes[1]}.js`, "// a"],
        [`chunk-${hashes[2]}.js`, "// c"],
      ]),
      { entry: "main.ts", npmCache: cache },
    );
  const here = written("../../root/.cache/deno/npm", ["AAAAAAA1", "AAAAAAA2", "AAAAAAA3"]);
  const there = written("../.cache/npm", ["BBBBBBB3", "BBBBBBB2", "BBBBBBB1"]);
  assert.deepEqual(there, here);
  assert.equal(
    here.get(MAIN),
    '// npm/x/1.0.0/x.js\nimport "./chunk.3.js";\nimport(String("./chunk.js"));\n',
  );
  assert.equal(here.get("chunk.js"), "// a");
  assert.equal(here.get("chunk.3.js"), 'import "./chunk.2.js"; // b');
});

Deno.test("finish() imports just those of Node's modules that are required", () => {
  const app = finish(
    new Map([[
      "main.js",
      `import { createRequire as make } from "node:module";
var __require = make(import.meta.url);

// ../npm/registry.npmjs.org/argparse/2.0.1/argparse.js
var util = __require("node:util");
var width = process.stdout.columns;

// ../npm/registry.npmjs.org/other/1.0.0/index.js
var fs = __require("node:fs");
var width2 = process.stdout.columns;
`,
    ]]),
    { entry: "main.ts", npmCache: "../npm" },
  );
  const main = app.get(MAIN)!;
  assert.doesNotMatch(main, /node:module/);
  assert.match(main, /^import { light as __light } from "\.\/light_node\.js";$/m);
  assert.match(main, /^var util = __light\.util;$/m);
  assert.match(main, /^var width = __light\.process\.stdout\.columns;$/m);
  assert.match(main, /^import __node_fs from "node:fs";$/m);
  assert.match(main, /^var fs = __node_fs;$/m);
  assert.match(main, /^var width2 = process\.stdout\.columns;$/m);
});

Deno.test("finish() refuses names that a shell script cannot carry", () => {
  const files = new Map([["main.js", ""], ["it's-AAAAAAAA.js", ""]]);
  assert.throws(() => finish(files, { entry: "main.ts", npmCache: "npm" }), /"it's-AAAAAAAA\.js"/);
});

Deno.test("light_node.js shows values as node:util does", () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    assert.equal(light.util.inspect(value), inspect(value));
  }));
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.equal(light.util.inspect(text), inspect(text));
  }));
  assert.equal(light.util.inspect.custom, inspect.custom);
});

Deno.test("light_node.js behaves as Node's modules where packages use them", () => {
  light.assert(true);
  assert.throws(() => light.assert(false, "no"), { name: "AssertionError", message: "no" });
  assert.equal(light.path.basename("/a/b.py"), "b.py");
  assert.equal(
    light.fs.readFileSync(new URL("testdata/greeting.py", import.meta.url), "utf8"),
    'print("hello")\n',
  );
  assert.equal(light.process.stdout.columns, process.stdout.columns);
  assert.equal(light.process.env.COLUMNS, process.env.COLUMNS);
  assert.equal(light.process.argv, process.argv);
  assert.equal(light.buffer.Buffer, Buffer);
});
