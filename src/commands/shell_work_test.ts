/** Which shell runs a line. */

import assert from "node:assert/strict";
import { shellsOf } from "./shell_work.ts";

Deno.test("shellsOf() prefers bash, and keeps the line's number", () => {
  assert.deepEqual(shellsOf("linux", { command: "ls", line: 3 }), [
    ["bash", "-c", "\n\nls", "bash"],
    ["sh", "-c", "\n\nls", "sh"],
  ]);
  assert.deepEqual(
    shellsOf("darwin", { command: "ls", line: 1 }),
    shellsOf("linux", { command: "ls", line: 1 }),
  );
});

Deno.test("shellsOf() leaves lines to cmd on Windows", () => {
  const argv = [["cmd", "/d", "/c", "dir"]];
  assert.deepEqual(shellsOf("windows", { command: "dir", line: 3 }), argv);
});
