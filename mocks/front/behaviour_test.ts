import assert from "node:assert/strict";
import { type Profile, profileNamed } from "../profiles.ts";
import { bytes, latin } from "../testing.ts";
import { BEHAVIOURS, Front } from "./behaviour.ts";

/** What the interpreter is given when `typed` comes in at its raw REPL. */
function given(profile: Profile, typed: string): string {
  const front = new Front(profile);
  return [...bytes(typed)].map((byte) => String.fromCharCode(...front.input(byte, true))).join("");
}

const esp32 = profileNamed("esp32");

Deno.test("behaviours have unique names", () => {
  assert.equal(new Set(BEHAVIOURS.map(({ name }) => name)).size, BEHAVIOURS.length);
});

Deno.test("a board with raw paste gets every byte as it came", () => {
  const all = latin(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  assert.equal(given(esp32, all + "\x05A\x01"), all + "\x05A\x01");
});

Deno.test("a board without raw paste takes its command for a Ctrl-A on an empty line", () => {
  const legacy = profileNamed("legacy");
  assert.equal(given(legacy, "\x05A\x01"), "\x05A\x03\x01");
  // The command is one only at the start of a line, and alone.
  assert.equal(given(legacy, "x\x05A\x01"), "x\x05A\x01");
  assert.equal(given(legacy, "\x05AB\x01"), "\x05AB\x01");
  assert.equal(given(legacy, "x\x03\x05A\x01"), "x\x03\x05A\x03\x01");
});

Deno.test("a board that refuses raw paste is asked for a command that it does not know", () => {
  const refusing: Profile = { ...esp32, rawPaste: "refused" };
  assert.equal(given(refusing, "\x05A\x01"), "\x05A\x03\x05B\x01");
});

Deno.test("the reply to raw paste states the profile's window", () => {
  const front = new Front({ ...esp32, rawPaste: 0x0120 });
  assert.equal(latin(front.says(bytes("\x80\x00\x01"))), "\x20\x01\x01");
});

Deno.test("the banner is the profile's own, and nothing but the banner is changed", () => {
  const front = new Front(profileNamed("pico"));
  front.start();
  const said = ["\r\n", "MicroPython v1.27.0 on 2025-12-10", "; JS with Emscripten", "\r\n"];
  assert.equal(
    said.map((text) => latin(front.says(bytes(text)))).join(""),
    "MicroPython v1.27.0 on 2025-12-09; Raspberry Pi Pico with RP2040\r\n",
  );
  assert.equal(latin(front.says(bytes(">>> "))), ">>> ");
});
