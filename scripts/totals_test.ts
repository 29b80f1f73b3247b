/** Counting tests, on what the Deno that runs this leaves behind. */

import assert from "node:assert/strict";
import { capture } from "./run.ts";
import { closingLine, countBrokenFiles, countReport } from "./totals.ts";

Deno.test("countReport() and countBrokenFiles() count all that deno test ran", async () => {
  const folder = await Deno.makeTempDir({ prefix: "iot-totals-" });
  try {
    const files = {
      "good_test.ts": `Deno.test("a </testcase> <skipped/> <failure", () => {});`,
      "bad_test.ts": `Deno.test("x", () => { throw new Error("</testcase>"); });
        Deno.test("y", async (t) => { await t.step("one", () => {}); });`,
      "skipped_test.ts": `Deno.test.ignore("x", () => {});`,
      "broken_test.ts": `throw new Error("broken");`,
      "late_test.ts": `Deno.test("x", () => {}); await null; throw new Error("broken");`,
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { code, stdout, stderr } = await capture(Deno.execPath(), {
      args: ["test", "--no-config", "--no-check", `--junit-path=${folder}/report.xml`, folder],
      timeoutMs: 60_000,
    });
    assert.equal(code, 1);
    assert.deepEqual(countReport(await Deno.readTextFile(`${folder}/report.xml`)), {
      passed: 3,
      failed: 1,
      skipped: 1,
    });
    assert.equal(countBrokenFiles(stdout + stderr), 2, stdout + stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("closingLine() shows skipped tests only where there are any", () => {
  assert.equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assert.equal(closingLine({ passed: 3, failed: 2, skipped: 1 }), "3 passed, 2 failed, 1 skipped");
});
