import assert from "node:assert/strict";
import fc from "fast-check";
import { pythonBytes, pythonString, readPythonBytes, readPythonString } from "./python_text.ts";

Deno.test("pythonString() is ASCII that reads back as what it stands for", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const literal = pythonString(text);
    assert.match(literal, /^"[ -~]*"$/);
    assert.equal(readPythonString(literal), text);
  }));
});

Deno.test("pythonString() holds nothing that would end the literal around it", () => {
  assert.equal(pythonString(`a'b"c\\d\n`), '"a\\x27b\\x22c\\x5cd\\x0a"');
});

Deno.test("pythonBytes() reads back as what it stands for", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assert.deepEqual([...readPythonBytes(pythonBytes(bytes))!], [...bytes]);
  }));
});

Deno.test("readPythonString() reads what MicroPython's repr() writes", () => {
  assert.equal(readPythonString(`"it's"`), "it's");
  assert.equal(readPythonString(`'a\\n\\t\\\\\\x00\\u00e9 é'`), "a\n\t\\\x00é é");
});

for (const damaged of ["", "'", "'a", "a", "'\\q'", "'\\x1'", "b'\\u1234'"]) {
  Deno.test(`what is no literal is not read as one: ${JSON.stringify(damaged)}`, () => {
    assert.equal(readPythonString(damaged), undefined);
    assert.equal(readPythonBytes(damaged), undefined);
  });
}
