/** The project's lint rules, run on small sources as `deno lint` runs them. */

import assert from "node:assert/strict";
import plugin from "./plugin.ts";

const ROOT = `${import.meta.dirname!.replace(/\/scripts\/lint$/, "")}/`;

/** The messages that our rules have for a file of the checkout with this text. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, ROOT + path, source).map(({ id, message }) =>
    `${id}: ${message}`
  );
}

const HIGHER =
  /^iot\/layers: src\/repl may not import src\/device: it stands higher\. It may import: base; config, store; wire; transport\.$/;

/** Each row: who imports, which specifier, and what the rule says to it. */
const IMPORTS: readonly [from: string, specifier: string, message: RegExp | undefined][] = [
  ["src/repl/raw_repl.ts", "@/transport/transport.ts", undefined],
  ["src/repl/raw_repl.ts", "@/base/errors.ts", undefined],
  ["src/repl/raw_repl.ts", "./paste.ts", undefined],
  ["src/transport/serial/port.ts", "../transport.ts", undefined],
  ["src/repl/raw_repl.ts", "npm:shlex@3", undefined],
  ["src/repl/raw_repl.ts", "shlex", undefined],
  ["src/repl/raw_repl.ts", "@/device/device.ts", HIGHER],
  ["src/repl/raw_repl.ts", "../device/device.ts", HIGHER],
  ["src/base/errors.ts", "@/config/environment.ts", /It may import: nothing, it is the lowest\.$/],
  ["src/sync/plan.ts", "@/discovery/usb.ts", /src\/sync may not .* they stand side by side\./],
  ["src/host/shell.ts", "@/sync/plan.ts", /they stand side by side/],
  ["src/config/yaml.ts", "@/store/store.ts", /they stand side by side/],
  ["src/cli/main.ts", "@/jupyter/kernel.ts", undefined],
  ["src/jupyter/kernel.ts", "@/cli/main.ts", /src\/jupyter may not import src\/cli/],
  [
    "src/helpers/text.ts",
    "@/base/text.ts",
    /src\/helpers is no layer\. Layers, lowest first: base;/,
  ],
  ["src/cli/main.ts", "@/helpers/text.ts", /src\/helpers is no layer/],
  ["src/repl/raw_repl_test.ts", "@/device/device.ts", HIGHER],
  ["src/repl/raw_repl_test.ts", "../../mocks/front/front.ts", /src\/ may not import mocks\//],
  ["src/repl/raw_repl.ts", "../../hil/rig.ts", /src\/ may not import hil\//],
  ["src/repl/raw_repl.ts", "../../scripts/setup.ts", /src\/ may not import scripts\//],
  ["src/repl/raw_repl.ts", "../../main.ts", /Nothing imports main\.ts/],
  ["src/repl/raw_repl.ts", "../base/errors.ts", /write "@\/base\/errors\.ts"/],
  ["src/repl/raw_repl.ts", "@/repl/paste.ts", /the same folder is imported through \.\//],
  ["src/transport/serial/port.ts", "@/transport/transport.ts", undefined],
  ["src/jupyter/install.ts", "../../kernelspec/kernel.json", undefined],
  ["mocks/front/front.ts", "../ring.ts", undefined],
  ["mocks/front/front.ts", "../../src/base/bytes.ts", /mocks\/ may not import src\//],
  ["mocks/front/front.ts", "@/base/bytes.ts", /mocks\/ may not import src\//],
  ["mocks/front/front_test.ts", "@/base/bytes.ts", /mocks\/ may not import src\//],
  ["mocks/front/front.ts", "../../hil/rig.ts", /mocks\/ may not import hil\//],
  ["hil/checks/exec.ts", "@/device/device.ts", undefined],
  ["hil/checks/exec.ts", "../../mocks/front/front.ts", /hil\/ may not import mocks\//],
  ["hil/checks/exec_test.ts", "../../mocks/front/front.ts", undefined],
  ["hil/checks/exec_testing.ts", "../../mocks/front/front.ts", undefined],
  ["hil/checks/exec_testing.ts", "../../mocks/front/front.ts", undefined],
  ["hil/acceptance/shell.ts", "../../mocks/front/front.ts", undefined],
  ["hil/checks/exec.ts", "../../scripts/setup.ts", /hil\/ may not import scripts\//],
  ["hil/acceptance/support/product.ts", "../../../scripts/run.ts", undefined],
  ["scripts/bench/exec.ts", "../../mocks/front/front.ts", undefined],
  ["scripts/bench/exec.ts", "../../main.ts", /Nothing imports main\.ts/],
  ["main.ts", "./mocks/front/front.ts", undefined],
  ["main.ts", "@/cli/main.ts", undefined],
  ["main.ts", "./scripts/setup.ts", /main\.ts may not import scripts\//],
];

Deno.test("iot/layers judges who imports whom", () => {
  for (const [from, specifier, expected] of IMPORTS) {
    const messages = lint(from, `import { x } from "${specifier}";`);
    const what = `${from} imports ${specifier}: ${messages.join(" ") || "nothing said"}`;
    assert.equal(messages.length, expected === undefined ? 0 : 1, what);
    if (expected !== undefined) assert.match(messages[0], expected, what);
  }
});

Deno.test("iot/layers sees every way to name a file", () => {
  const ways = [
    `import "@/device/device.ts";`,
    `import device from "@/device/device.ts";`,
    `import * as device from "@/device/device.ts";`,
    `import type { Device } from "@/device/device.ts";`,
    `import text from "@/device/identify.py" with { type: "text" };`,
    `export { Device } from "@/device/device.ts";`,
    `export type { Device } from "@/device/device.ts";`,
    `export * from "@/device/device.ts";`,
    `const { Device } = await import("@/device/device.ts");`,
    `type Device = import("@/device/device.ts").Device;`,
    `const path = import.meta.resolve("@/device/device.ts");`,
    `const url = new URL("../device/device.ts", import.meta.url);`,
  ];
  for (const source of ways) {
    const messages = lint("src/repl/raw_repl.ts", source);
    assert.equal(messages.length, 1, source);
    assert.match(messages[0], HIGHER, source);
  }
  assert.deepEqual(lint("src/repl/raw_repl.ts", `const text = "@/device/device.ts";`), []);
});

Deno.test("iot/no-sleep-in-tests wants waiting in a loop", () => {
  const sleep = `await new Promise((resolve) => setTimeout(resolve, 100));`;
  assert.match(lint("src/repl/x_test.ts", sleep)[0], /^iot\/no-sleep-in-tests: /);
  assert.deepEqual(lint("src/repl/x_test.ts", `while (!ready) { ${sleep} }`), []);
  assert.deepEqual(lint("src/repl/x.ts", sleep), []);
  assert.deepEqual(lint("src/repl/x_test.ts", `setTimeout(stop, 100);`), []);
});

Deno.test("iot/no-skipped-tests finds every way to skip", () => {
  const ways = [
    `Deno.test.ignore("x", () => {});`,
    `Deno.test.only("x", () => {});`,
    `Deno.test({ name: "x", ignore: true, fn() {} });`,
    `Deno.test("x", { ignore: isRoot }, () => {});`,
    `Deno.test("x", async (t) => { await t.step({ name: "y", ignore: true, fn() {} }); });`,
  ];
  for (const source of ways) {
    assert.match(lint("src/repl/x_test.ts", source).join(), /^iot\/no-skipped-tests: /, source);
  }
  assert.deepEqual(lint("src/repl/x_test.ts", `Deno.test("x", { permissions: {} }, run);`), []);
});

Deno.test("iot/no-node-on-hot-path keeps node: imports out of what every command loads", () => {
  const source = `import { join } from "node:path";`;
  assert.match(lint("src/repl/x.ts", source)[0], /^iot\/no-node-on-hot-path: /);
  assert.match(lint("src/device/a/x.ts", source)[0], /^iot\/no-node-on-hot-path: /);
  assert.deepEqual(lint("src/jupyter/x.ts", source), []);
  assert.deepEqual(lint("src/repl/x_test.ts", source), []);
  assert.deepEqual(lint("src/repl/x.ts", `import type { X } from "node:path";`), []);
  assert.deepEqual(lint("src/repl/x.ts", `const path = await import("node:path");`), []);
});
