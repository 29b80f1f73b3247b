import { ok, rejects } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import { makeTree } from "@/config/testing.ts";
import { Watch } from "./watch.ts";

/** Saves again and again until that is noticed: a watcher may begin late. */
async function noticed(watch: Watch, save: () => Promise<void>): Promise<boolean> {
  const controller = new AbortController();
  const saved = watch.saved({ signal: controller.signal });
  saved.catch(() => {}); // ended below
  for (let attempt = 0; attempt < 100; attempt++) {
    await save();
    if (await within(100, saved)) return true;
  }
  controller.abort(new Interrupted());
  return false;
}

Deno.test("Watch notices what is saved in a folder, and below it", async () => {
  await using tree = await makeTree({ "p/a/x.py": "" });
  using watch = await Watch.start([`${tree.path}/p`], { quietMs: 1 });
  ok(await noticed(watch, () => Deno.writeTextFile(`${tree.path}/p/a/x.py`, "x")));
  ok(await noticed(watch, () => Deno.writeTextFile(`${tree.path}/p/new.py`, "y")));
});

Deno.test("Watch notices a file that is put in the place of another one", async () => {
  await using tree = await makeTree({ "x.py": "" });
  using watch = await Watch.start([`${tree.path}/x.py`], { quietMs: 1 });
  for (let round = 0; round < 2; round++) {
    ok(
      await noticed(watch, async () => {
        await Deno.writeTextFile(`${tree.path}/x.py~`, "x");
        await Deno.rename(`${tree.path}/x.py~`, `${tree.path}/x.py`);
      }),
    );
  }
});

Deno.test("Watch.saved() ends when it is interrupted", async () => {
  await using tree = await makeTree({ "x.py": "" });
  using watch = await Watch.start([tree.path]);
  const controller = new AbortController();
  const saved = watch.saved({ signal: controller.signal });
  controller.abort(new Interrupted());
  await rejects(saved, Interrupted);
  await rejects(watch.saved({ signal: controller.signal }), Interrupted);
});
