import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { explain } from "./explain.ts";
import { outcomeOfTraceback } from "./traceback.ts";

const CIRCUITPYTHON = {
  uid: "01:02",
  platform: "RP2040",
  implementation: "circuitpython",
  version: "9.2.1",
  machine: "",
};
const READ_ONLY = outcomeOfTraceback(
  'Traceback (most recent call last):\n  File "<stdin>", line 1\nOSError: [Errno 30] Solo lectura\n',
);

Deno.test("explain() says who can write when CircuitPython's file system is read-only", () => {
  match(explain(READ_ONLY, CIRCUITPYTHON).traceback.at(-1)!, /CIRCUITPY.*storage\.remount/);
});

Deno.test("explain() leaves other errors and other boards as they are", () => {
  assertEquals(explain(READ_ONLY, undefined), READ_ONLY);
  assertEquals(explain(READ_ONLY, { ...CIRCUITPYTHON, implementation: "micropython" }), READ_ONLY);
  const missing = outcomeOfTraceback("OSError: [Errno 2] No such file\n");
  assertEquals(explain(missing, CIRCUITPYTHON), missing);
});
