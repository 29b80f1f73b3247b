import assert from "node:assert/strict";
import { need } from "../run.ts";
import { CORE, merge } from "./merge.ts";

/** Parts as the bundler writes them: names that clash, a value that changes, one asked for twice. */
const APP = new Map([
  [
    "main.js",
    `import {
  count,
  next as step
} from "./chunk.js";
import {
  next
} from "./chunk.2.js";
import "./chunk.3.js";
step();
console.log(count, next(), globalThis.third);
const { next: late } = await import(String("./chunk.2.js"));
const { part } = await import(String("./part.js"));
console.log(late === next, part());
`,
  ],
  [
    "chunk.js",
    "var count = 0;\nfunction next() {\n  count++;\n}\n\nexport {\n  count,\n  next\n};\n",
  ],
  [
    "chunk.2.js",
    `import {
  count
} from "./chunk.js";
function inner() {
  return "two after " + count;
}

export {
  inner as next
};
`,
  ],
  ["chunk.3.js", "globalThis.third = 3;\n"],
  ["chunk.4.js", "var count = 4;\n\nexport {\n  count\n};\n"],
  [
    "part.js",
    `import {
  next,
  count as steps
} from "./chunk.js";
import {
  count
} from "./chunk.4.js";
function part() {
  next();
  return [steps, count].join();
}

export {
  part
};
`,
  ],
]);

async function run(app: ReadonlyMap<string, string>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "iot test " });
  try {
    for (const [name, text] of app) await Deno.writeTextFile(`${folder}/${name}`, text);
    const args = ["run", "-q", "-A", "--no-config", `${folder}/main.js`];
    return await need(Deno.execPath(), { args, timeoutMs: 60_000 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("merge() puts what every start reads into one file, and the program stays the same", async () => {
  const merged = await merge(APP, "main.js");
  assert.deepEqual([...merged.keys()].sort(), [
    "chunk.2.js", // by name, of what is in the core
    "chunk.4.js",
    CORE,
    "main.js",
    "part.js",
  ]);
  const printed = await run(APP);
  assert.equal(printed, "1 two after 1 3\ntrue 2,4\n");
  assert.equal(await run(merged), printed);
});

Deno.test("merge() gives the same bytes again", async () => {
  assert.deepEqual(await merge(APP, "main.js"), await merge(APP, "main.js"));
});

Deno.test("merge() leaves a program with nothing to put together as it is", async () => {
  const app = new Map([["main.js", 'import "./chunk.js";\n'], ["chunk.js", "1;\n"]]);
  assert.deepEqual(await merge(app, "main.js"), app);
});

Deno.test("merge() refuses to leave out what is asked for in a way it does not know", async () => {
  const app = new Map([...APP, ["other.js", 'export * from "./chunk.js";\n']]);
  await assert.rejects(merge(app, "main.js"), /other\.js of the bundle asks for chunk\.js/);
});
