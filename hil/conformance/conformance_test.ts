/**
 * The executable's kernel against Jupyter's protocol 5.4, as PyPI's jupyter_client speaks it. The
 * checks are the functions of `checks_*.py`; each of those files is a test, each check a step.
 */

import { ok, strictEqual } from "node:assert/strict";
import { LineProcess } from "../acceptance/support/lines.ts";
import { iot, isolated, ROOT, temporaryDirectory, venv } from "../acceptance/support/product.ts";

const FOLDER = `${ROOT}hil/conformance`;

/** What `run.py` says first, and then of each check. */
type Announcement = { readonly checks: readonly string[] };
type Verdict = { readonly failure: string | null };

const groups = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name)
  .filter((name) => /^checks_.*\.py$/.test(name))
  .map((name) => name.replace(/\.py$/, ""))
  .sort();

for (const group of groups) {
  Deno.test(`conformance: ${group.replace("checks_", "")}`, async (test) => {
    await using prefix = await temporaryDirectory();
    const installed = await iot(["install", "--prefix", prefix.path]);
    strictEqual(installed.code, 0, installed.stderr);
    await using driver = new LineProcess(await venv("python"), [`${FOLDER}/run.py`, group], {
      ...isolated(prefix.path),
      JUPYTER_PATH: `${prefix.path}/share/jupyter`,
      PYTHONDONTWRITEBYTECODE: "1",
    });
    const { checks }: Announcement = JSON.parse(await driver.line());
    ok(checks.length > 0, "a group without checks");
    for (const check of checks) {
      await test.step(check, async () => {
        const { failure }: Verdict = JSON.parse(await driver.line());
        ok(failure === null, failure ?? "");
      });
    }
  });
}
