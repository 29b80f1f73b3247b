/** Where a kernelspec goes, what is in it, and whose it is. */

import assert from "node:assert/strict";

import { UsageError } from "@/base/errors.ts";

import {
  kernelspecDirectory,
  planKernelspec,
  removeKernelspec,
  type Scope,
  userDataDirectory,
  writeKernelspec,
} from "./install.ts";

const user: Scope = { kind: "user" };
const sysPrefix: Scope = { kind: "sys-prefix" };

function directory(scope: Scope, variables: Record<string, string>, name = "iot") {
  return kernelspecDirectory(scope, { name, variables: (key) => variables[key] });
}

async function inTemporaryDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const PLACES: [string, Scope, Record<string, string>, string][] = [
  ["a prefix", { kind: "prefix", path: "/opt" }, {}, "/opt/share/jupyter/kernels/iot"],
  [
    "an environment",
    sysPrefix,
    { VIRTUAL_ENV: "/v", CONDA_PREFIX: "/c" },
    "/v/share/jupyter/kernels/iot",
  ],
  ["conda", sysPrefix, { CONDA_PREFIX: "/c" }, "/c/share/jupyter/kernels/iot"],
  ["the user", user, { JUPYTER_DATA_DIR: "/j", HOME: "/h" }, "/j/kernels/iot"],
];
for (const [name, scope, variables, expected] of PLACES) {
  Deno.test(`kernelspecDirectory() for ${name} is ${expected}`, async () => {
    assert.equal(await directory(scope, variables), expected);
  });
}

Deno.test("userDataDirectory() is where Jupyter looks, on each system", () => {
  const variables: Record<string, string> = { HOME: "/h", APPDATA: "C:/a" };
  const on = (os: typeof Deno.build.os) => userDataDirectory((name) => variables[name], os);
  assert.equal(on("linux"), "/h/.local/share/jupyter");
  assert.equal(on("darwin"), "/h/Library/Jupyter");
  assert.equal(on("windows"), "C:/a/jupyter");
  variables.XDG_DATA_HOME = "/x";
  assert.equal(on("linux"), "/x/jupyter");
  assert.throws(() => userDataDirectory(() => undefined, "linux"), UsageError);
});

Deno.test("--sys-prefix asks IOT_PYTHON for its prefix", () =>
  inTemporaryDirectory(async (temporary) => {
    // Stands for an interpreter: it answers whatever it is asked.
    const python = `${temporary}/python`;
    await Deno.writeTextFile(python, "#!/bin/sh\necho /the/prefix\n", { mode: 0o755 });
    const expected = "/the/prefix/share/jupyter/kernels/iot";
    assert.equal(await directory(sysPrefix, { IOT_PYTHON: python }), expected);
    await Deno.writeTextFile(python, "#!/bin/sh\necho broken >&2\nexit 1\n");
    await assert.rejects(directory(sysPrefix, { IOT_PYTHON: python }), /broken/);
    await assert.rejects(directory(sysPrefix, { IOT_PYTHON: "/nowhere/python" }), UsageError);
    await assert.rejects(directory(sysPrefix, {}), /IOT_PYTHON/);
  }));

for (const name of ["", ".", "..", "...", "a b", "../x", "a/b", "a\\b", "iot\n", "ä"]) {
  Deno.test(`kernelspecDirectory() refuses the name ${JSON.stringify(name)}`, async () => {
    await assert.rejects(directory(user, { HOME: "/h" }, name), UsageError);
  });
}

for (const name of ["iot", "iot.2", ".iot", "IoT_kernel-3"]) {
  Deno.test(`kernelspecDirectory() takes the name "${name}"`, async () => {
    const expected = `/h/.local/share/jupyter/kernels/${name}`;
    assert.equal(await directory(user, { HOME: "/h" }, name), expected);
  });
}

Deno.test("planKernelspec() starts the launcher, and has logos of the right size", () => {
  const files = new Map(planKernelspec(["/opt/iot", "x"]).map(({ name, data }) => [name, data]));
  const spec = JSON.parse(new TextDecoder().decode(files.get("kernel.json")));
  assert.deepEqual(spec, {
    argv: ["/opt/iot", "x", "kernel", "-f", "{connection_file}"],
    display_name: "IoT",
    language: "python",
    interrupt_mode: "message",
    metadata: { debugger: false },
  });
  for (const size of [32, 64]) {
    const png = files.get(`logo-${size}x${size}.png`)!;
    // PNG (ISO/IEC 15948), 11.2.2: width and height are in the header chunk.
    const view = new DataView(png.buffer, png.byteOffset);
    assert.deepEqual([view.getUint32(16), view.getUint32(20)], [size, size]);
  }
  assert.match(new TextDecoder().decode(files.get("logo-svg.svg")), /^<svg /);
});

Deno.test("a kernelspec is written, replaced and removed", () =>
  inTemporaryDirectory(async (temporary) => {
    const path = `${temporary}/share/jupyter/kernels/iot`;
    await writeKernelspec(path, planKernelspec(["/old"]));
    await writeKernelspec(path, planKernelspec(["/new"]));
    assert.equal(JSON.parse(await Deno.readTextFile(`${path}/kernel.json`)).argv[0], "/new");
    const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
    assert.deepEqual(names.sort(), [
      "kernel.json",
      "logo-32x32.png",
      "logo-64x64.png",
      "logo-svg.svg",
    ]);
    await removeKernelspec(path);
    await assert.rejects(removeKernelspec(path), UsageError);
  }));

Deno.test("another program's kernelspec is neither replaced nor removed", () =>
  inTemporaryDirectory(async (path) => {
    const theirs = JSON.stringify({ argv: ["python", "-m", "ipykernel_launcher"] });
    await Deno.writeTextFile(`${path}/kernel.json`, theirs);
    await assert.rejects(writeKernelspec(path, planKernelspec(["/iot"])), /another program/);
    await assert.rejects(removeKernelspec(path), /another program/);
    assert.equal(await Deno.readTextFile(`${path}/kernel.json`), theirs);
  }));

Deno.test("a directory that cannot be written is a UsageError that names it", () =>
  inTemporaryDirectory(async (temporary) => {
    await Deno.writeTextFile(`${temporary}/file`, "");
    const path = `${temporary}/file/kernels/iot`;
    await assert.rejects(
      writeKernelspec(path, planKernelspec(["/iot"])),
      (error) => error instanceof UsageError && error.message.includes(path),
    );
  }));
