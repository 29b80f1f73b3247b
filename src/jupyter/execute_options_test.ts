/** What an `execute_request` may say. */

import assert from "node:assert/strict";

import { UsageError } from "@/base/errors.ts";
import { readExecuteOptions } from "./execute_options.ts";

Deno.test("readExecuteOptions() has the protocol's defaults", () => {
  assert.deepEqual(readExecuteOptions({ code: "1" }), {
    code: "1",
    silent: false,
    storeHistory: true,
    userExpressions: [],
    allowStdin: false,
    stopOnError: true,
  });
});

Deno.test("readExecuteOptions() stores neither silent nor empty cells", () => {
  assert.equal(
    readExecuteOptions({ code: "1", silent: true, store_history: true }).storeHistory,
    false,
  );
  assert.equal(readExecuteOptions({ code: " \n" }).storeHistory, false);
});

Deno.test("readExecuteOptions() refuses what cannot be meant", () => {
  for (
    const content of [
      {},
      { code: 5 },
      { code: "", user_expressions: ["a"] },
      { code: "", user_expressions: "a" },
      { code: "", user_expressions: { a: 1 } },
    ]
  ) {
    assert.throws(() => readExecuteOptions(content), UsageError, JSON.stringify(content));
  }
  assert.deepEqual(readExecuteOptions({ code: "", user_expressions: null }).userExpressions, []);
});
