/** Noticing that the parent is gone. */

import assert from "node:assert/strict";

import { within } from "@/base/deadline.ts";

import { type Processes, SYSTEM_PROCESSES, watchParent } from "./parent.ts";

const DEADLINE_MS = 20_000;

interface World extends Processes {
  parentNow: number;
  alive: boolean;
}

function world(): World {
  return {
    parentNow: 10,
    alive: true,
    parent() {
      return this.parentNow;
    },
    exists() {
      return this.alive;
    },
  };
}

for (
  const [what, change] of [
    ["the announced process is gone", (processes: World) => processes.alive = false],
    ["this process got another parent", (processes: World) => processes.parentNow = 1],
  ] as const
) {
  Deno.test(`watchParent() tells when ${what}`, async () => {
    const processes = world();
    const { promise, resolve } = Promise.withResolvers<void>();
    using _watch = watchParent(20, resolve, { processes, pollMs: 1 });
    change(processes);
    assert.ok(await within(DEADLINE_MS, promise));
  });
}

Deno.test("SYSTEM_PROCESSES knows which processes there are", async () => {
  assert.equal(SYSTEM_PROCESSES.exists(Deno.pid), true);
  const child = new Deno.Command("true").spawn();
  await child.status;
  assert.equal(SYSTEM_PROCESSES.exists(child.pid), false);
  assert.equal(SYSTEM_PROCESSES.parent(), Deno.ppid);
});
