/** Completion and inspection as replies. */

import assert from "node:assert/strict";

import { UsageError } from "@/base/errors.ts";
import type { Completions } from "@/session/answers.ts";
import { complete, inspect } from "./answers.ts";
import { FakeInterpreter } from "./testing.ts";

const never = () => new Promise<never>(() => {});

Deno.test("complete() answers with texts, types and their place", async () => {
  const interpreter = new FakeInterpreter();
  assert.deepEqual(await complete(interpreter, { code: "pass pr", cursor_pos: 7 }), {
    status: "ok",
    matches: ["print"],
    cursor_start: 5,
    cursor_end: 7,
    metadata: {
      _jupyter_types_experimental: [{ text: "print", type: "function", start: 5, end: 7 }],
    },
  });
});

Deno.test("complete() counts code points, and hands on UTF-16 units", async () => {
  const interpreter = new FakeInterpreter();
  const cursors: number[] = [];
  interpreter.complete = (_text, cursor): Promise<Completions> => {
    cursors.push(cursor);
    return Promise.resolve({ matches: [{ text: "print" }], start: 7, end: 9 });
  };
  const reply = await complete(interpreter, { code: "'😀😀' pr 😀", cursor_pos: 7 });
  assert.deepEqual(cursors, [9]);
  assert.deepEqual([reply.cursor_start, reply.cursor_end], [5, 7]);
  const { _jupyter_types_experimental: types } = reply.metadata as Record<string, unknown>;
  assert.deepEqual(types, [{ text: "print", type: "<unknown>", start: 5, end: 7 }]);
});

Deno.test("complete() is empty at the cursor when the interpreter takes too long", async () => {
  const interpreter = Object.assign(new FakeInterpreter(), { complete: never });
  const request = { code: "😀pr", cursor_pos: 3 };
  assert.deepEqual(await complete(interpreter, request, { answerMs: 1 }), {
    status: "ok",
    matches: [],
    cursor_start: 3,
    cursor_end: 3,
    metadata: { _jupyter_types_experimental: [] },
  });
});

Deno.test("inspect() answers with what is found, or that nothing is", async () => {
  const interpreter = new FakeInterpreter();
  const request = { code: "print", cursor_pos: 2, detail_level: 1 };
  const details: number[] = [];
  const plain = interpreter.inspect.bind(interpreter);
  interpreter.inspect = (text: string, _cursor?: number, options?: { detail: 0 | 1 }) => {
    details.push(options!.detail);
    return plain(text);
  };
  assert.deepEqual(await inspect(interpreter, request), {
    status: "ok",
    found: true,
    data: { "text/plain": "a word: print" },
    metadata: {},
  });
  assert.deepEqual(await inspect(interpreter, { code: "nothing", cursor_pos: 2 }), {
    status: "ok",
    found: false,
    data: {},
    metadata: {},
  });
  assert.deepEqual(details, [1, 0]);
});

Deno.test("inspect() finds nothing when the interpreter takes too long", async () => {
  const interpreter = Object.assign(new FakeInterpreter(), { inspect: never });
  const reply = await inspect(interpreter, { code: "print", cursor_pos: 2 }, { answerMs: 1 });
  assert.equal(reply.found, false);
});

Deno.test("complete() and inspect() refuse requests that lack their fields", async () => {
  const interpreter = new FakeInterpreter();
  for (
    const content of [
      {},
      { code: 5, cursor_pos: 0 },
      { code: "a" },
      { code: "a", cursor_pos: "0" },
      { code: "a", cursor_pos: -1 },
      { code: "a", cursor_pos: 0.5 },
    ]
  ) {
    await assert.rejects(complete(interpreter, content), UsageError);
    await assert.rejects(inspect(interpreter, content), UsageError);
  }
  const wrong = { code: "a", cursor_pos: 0, detail_level: 2 };
  await assert.rejects(inspect(interpreter, wrong), /detail_level/);
});

Deno.test("what an interpreter throws is thrown on", async () => {
  const error = new TypeError("a defect");
  const interpreter = Object.assign(new FakeInterpreter(), {
    complete: () => Promise.reject(error),
  });
  await assert.rejects(complete(interpreter, { code: "", cursor_pos: 0 }), error);
});
