import assert from "node:assert/strict";
import wasm from "@micropython/micropython-webassembly-pyscript/micropython.wasm" with {
  type: "bytes",
};
import { EXECUTE_EXPORT, HOOK, patchInterpreter } from "./wasm_patch.ts";

const MEMORY = { initialPages: 4, maximumPages: 16 };

Deno.test("patchInterpreter() makes a valid module that imports a shared memory", () => {
  const module = new WebAssembly.Module(patchInterpreter(wasm, MEMORY));
  const imports = WebAssembly.Module.imports(module);
  assert.ok(imports.some(({ name, kind }) => name === "memory" && kind === "memory"));
  for (const { name } of Object.values(HOOK)) {
    assert.ok(imports.some((entry) => entry.name === name), name);
  }
  assert.ok(WebAssembly.Module.exports(module).some(({ name }) => name === EXECUTE_EXPORT));
});

Deno.test("patchInterpreter() refuses a build that it was not made for", () => {
  const other = wasm.slice();
  const delayMs = [0x10, 0x8e, 0x80, 0x80, 0x80, 0x00, 0x20, 0x01, 0x6b, 0x20, 0x00, 0x49];
  const at = other.findIndex((_, i) => delayMs.every((byte, k) => other[i + k] === byte));
  assert.ok(at > 0);
  other[at + delayMs.length - 1] = 0x4d;
  assert.throws(() => patchInterpreter(other, MEMORY), /Cannot patch mp_hal_delay_ms/);
});
