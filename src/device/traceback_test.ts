import { outcomeOfTraceback } from "./traceback.ts";
import { deepStrictEqual as assertEquals } from "node:assert/strict";

const cases: [about: string, stderr: string, ename: string, evalue: string][] = [
  [
    "an exception with a message",
    'Traceback (most recent call last):\r\n  File "<stdin>", line 2, in <module>\r\n' +
    "NameError: name 'a' isn't defined\r\n",
    "NameError",
    "name 'a' isn't defined",
  ],
  [
    "an exception without a message",
    'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\nKeyboardInterrupt: \n',
    "KeyboardInterrupt",
    "",
  ],
  [
    "a message of several lines",
    'Traceback (most recent call last):\n  File "<stdin>", line 1, in f\nValueError: one\ntwo: three\n',
    "ValueError",
    "one\ntwo: three",
  ],
  ["an error without a traceback", "MemoryError\r\n", "MemoryError", ""],
  ["a text that is no exception", "?? noise", "Exception", "?? noise"],
];

for (const [about, stderr, ename, evalue] of cases) {
  Deno.test(`outcomeOfTraceback() reads ${about}`, () => {
    const outcome = outcomeOfTraceback(stderr);
    assertEquals([outcome.ename, outcome.evalue], [ename, evalue]);
  });
}

Deno.test("outcomeOfTraceback() gives 130 for an interrupt and 1 for everything else", () => {
  assertEquals(outcomeOfTraceback("KeyboardInterrupt: \r\n").exitCode, 130);
  assertEquals(outcomeOfTraceback("ValueError: x\r\n").exitCode, 1);
});
