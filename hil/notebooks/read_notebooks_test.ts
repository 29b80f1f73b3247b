/** What notebooks are refused for, and what of them becomes a check. */

import assert from "node:assert/strict";
import { UsageError } from "@/base/errors.ts";
import { readNotebooks } from "./read_notebooks.ts";
import { codeCell, notebookText, temporaryFolder } from "./notebook_testing.ts";

const REFUSED: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  "no JSON": ["{", /not JSON/],
  "another format": ['{"nbformat": 3, "metadata": {}, "cells": []}', /nbformat is 3, not 4/],
  "nothing to run": [notebookText([{ ...codeCell(""), source: " \n" }]), /has no cell to run/],
  "all skipped": [notebookText([codeCell("1", { tags: ["nbval-skip"] })]), /has no cell to run/],
  "outputs that are none": [
    notebookText([codeCell("1", { outputs: [{}] })]),
    /Cell \[1\] of ".*" has outputs that are none/,
  ],
  "a pattern that is none": [
    notebookText([
      codeCell("x = 1"),
      codeCell("1", { tags: ["iot-match"], stdout: "/(/\n" }),
    ]),
    /Cell \[2\] of ".*" has a pattern that is none/,
  ],
  "two tags that contradict each other": [
    notebookText([codeCell("1", { tags: ["iot-match", "nbval-ignore-output"] })]),
    /is tagged both nbval-ignore-output and iot-match/,
  ],
  "a time limit that is none": [
    notebookText([codeCell("1")], { iot: { timeout_s: "soon" } }),
    /iot.timeout_s is "soon"/,
  ],
};

for (const [what, [text, message]] of Object.entries(REFUSED)) {
  Deno.test(`readNotebooks() refuses a notebook: ${what}`, async () => {
    await using folder = await temporaryFolder();
    const path = await folder.write("bad.ipynb", text);
    await assert.rejects(readNotebooks([path]), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("readNotebooks() refuses a path where there is no file", async () => {
  await using folder = await temporaryFolder();
  const missing = `${folder.path}/missing.ipynb`;
  await assert.rejects(readNotebooks([missing]), /missing.ipynb": there is no such file/);
  await assert.rejects(readNotebooks([folder.path]), /it is no file/);
});

Deno.test("readNotebooks() names checks after the files, each once, with their time limits", async () => {
  await using folder = await temporaryFolder();
  const one = await folder.write("one.ipynb", notebookText([codeCell("1")]));
  const two = await folder.write(
    "two.ipynb",
    notebookText([codeCell("1"), codeCell("2")], { iot: { timeout_s: 1.5 } }),
  );
  const checks = await readNotebooks([two, one, `${folder.path}/./two.ipynb`]);
  assert.deepEqual(
    checks.map(({ name, timeoutMs }) => [name, timeoutMs]),
    [[`notebook/${two}`, 1_500], [`notebook/${one}`, 600_000]],
  );
});
