/** Which checks run: globs, order and shards. */

import assert from "node:assert/strict";
import fc from "fast-check";
import picomatch from "picomatch";
import { UsageError } from "@/base/errors.ts";
import type { Check } from "../checks/check.ts";
import { inOrder, inShard, parseShard, selectChecks } from "./select.ts";

function check(name: string, ...after: string[]): Check {
  return { name, summary: name, after, run: () => Promise.resolve() };
}

const CHECKS = [
  check("sync/cut", "sync/twice", "reset/hard"),
  check("exec/output"),
  check("sync/twice", "exec/output"),
  check("reset/hard", "exec/output"),
];

/** The names of what globs choose. */
function chosen(...globs: string[]): string[] {
  return selectChecks(CHECKS, { globs, match: picomatch }).map(({ name }) => name);
}

Deno.test("selectChecks() takes all without a glob, each behind those that it builds on", () => {
  assert.deepEqual(chosen(), ["exec/output", "sync/twice", "reset/hard", "sync/cut"]);
});

Deno.test("selectChecks() takes a name, a group and a pattern, each check once", () => {
  assert.deepEqual(chosen("reset/hard"), ["reset/hard"]);
  assert.deepEqual(chosen("sync"), ["sync/twice", "sync/cut"]);
  assert.deepEqual(chosen("*/c*", "sync/*"), ["sync/twice", "sync/cut"]);
});

Deno.test("selectChecks() refuses a glob that matches nothing, and says what may be meant", () => {
  const refused = (text: string) => (error: unknown) =>
    error instanceof UsageError && error.message.includes(text);
  assert.throws(() => chosen("exec/output", "exec/outptu"), refused("Did you mean exec/output?"));
  assert.throws(() => chosen("nothing-like-it"), refused("--list lists all"));
});

Deno.test("inOrder() says which check builds on itself", () => {
  assert.throws(() => inOrder([check("a/a", "a/b"), check("a/b", "a/a")]), /builds on itself/);
});

Deno.test("inOrder() keeps every check, bases first, for any graph without circles", () => {
  const graphs = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 });
  fc.assert(fc.property(graphs, (graph) => {
    // A check builds on later ones of the list only, so that there is no circle.
    const checks = graph.map((after, at) =>
      check(String(at), ...after.filter((other) => other > at).map(String))
    );
    const names = inOrder(checks).map(({ name }) => name);
    assert.deepEqual(names.toSorted(), checks.map(({ name }) => name).toSorted());
    for (const { name, after = [] } of checks) {
      for (const base of after) {
        const at = names.indexOf(base);
        assert.ok(at < names.indexOf(name), `${name} comes before ${base}, which it builds on`);
      }
    }
  }));
});

Deno.test("inShard() gives every check on every board to exactly one shard", () => {
  const numbers = fc.record({
    boards: fc.integer({ min: 1, max: 8 }),
    checks: fc.integer({ min: 1, max: 40 }),
    count: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(fc.property(numbers, ({ boards, checks, count }) => {
    for (let board = 0; board < boards; board++) {
      const owners = Array.from({ length: checks }, (_, check) => {
        const indices = Array.from({ length: count }, (_, at) => at + 1);
        return indices.filter((index) => inShard({ board, check, boards }, { index, count }));
      });
      assert.ok(owners.every(({ length }) => length === 1));
      // A board's checks stay together where there are enough boards.
      if (boards >= count) assert.equal(new Set(owners.flat()).size, 1);
    }
  }));
});

Deno.test("parseShard() reads K/N and refuses all else", () => {
  assert.deepEqual(parseShard("2/3"), { index: 2, count: 3 });
  for (const text of ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3", "1/99999"]) {
    assert.throws(() => parseShard(text), UsageError, text);
  }
});
