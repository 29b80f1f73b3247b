/** Which Python is meant, from what the system says about Jupyter's process. */

import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { UsageError } from "@/base/errors.ts";
import { Environment } from "@/config/environment.ts";
import { findPython, type ProcessFacts, pythonsOf } from "./find_python.ts";

const CASES: readonly (readonly [string, ProcessFacts, readonly string[]])[] = [
  [
    "a virtual environment's script",
    { args: ["/venv/bin/python", "/venv/bin/jupyter-lab"], executable: "/usr/bin/python3.11" },
    ["/venv/bin/python", "/usr/bin/python3.11"],
  ],
  [
    "python -m jupyterlab",
    { args: ["python3", "-m", "jupyterlab"], executable: "/usr/bin/python3.11" },
    ["python3", "/usr/bin/python3.11"],
  ],
  [
    "a relative path",
    { args: [".venv/bin/python", "-m", "notebook"], directory: "/home/me" },
    ["/home/me/.venv/bin/python"],
  ],
  [
    "a framework's Python with a virtual environment's script",
    {
      args: ["/Library/Python.app/Contents/MacOS/Python", "/venv/bin/jupyter-lab"],
      executable: "/Library/Python.app/Contents/MacOS/Python",
    },
    ["/Library/Python.app/Contents/MacOS/Python", "/venv/bin/python"],
  ],
  ["iot itself", { args: ["/opt/iot", "execute"], executable: "/opt/iot" }, []],
  ["a process that is gone", { args: [""] }, []],
];

for (const [name, facts, expected] of CASES) {
  Deno.test(`pythonsOf() knows ${name}`, () => assertEquals(pythonsOf(facts), expected));
}

for (const program of ["/nowhere/python", "/bin/true", "/bin/echo"]) {
  Deno.test(`findPython() takes IOT_PYTHON and nothing else where that is ${program}`, async () => {
    const { signal } = new AbortController();
    await rejects(
      findPython(new Environment({ IOT_PYTHON: program }), { signal }),
      (error) =>
        error instanceof UsageError && error.message.includes(`IOT_PYTHON is "${program}", which`),
    );
  });
}

Deno.test("findPython() gives up when its signal aborts", async () => {
  const signal = AbortSignal.abort(new UsageError("enough"));
  await rejects(findPython(new Environment({}), { signal }), /enough/);
});
