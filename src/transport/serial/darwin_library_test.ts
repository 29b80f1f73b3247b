import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { DARWIN } from "./darwin.ts";
import { ioctlCalls } from "./darwin_library.ts";
import { speedWord } from "./platform.ts";

/** Notes with which arguments each symbol is called. */
function symbols() {
  const log: unknown[][] = [];
  const note = (name: string) => (...args: unknown[]) => (log.push([name, ...args]), 0);
  return {
    log,
    symbols: {
      ioctlInRegister: note("register"),
      ioctlNumberInRegister: note("number in register"),
      ioctlOnStack: note("stack"),
      ioctlNumberOnStack: note("number on stack"),
    },
  };
}

Deno.test("macOS: ioctl's argument is the ninth on arm64, the first on the stack", () => {
  const { log, symbols: all } = symbols();
  const argument = new Uint8Array(4);
  const calls = ioctlCalls("aarch64", all);
  calls.ioctl(3, 1n, argument);
  calls.ioctlNumber(3, 2n, 5n);
  assertEquals(log, [
    ["stack", 3, 1n, 0n, 0n, 0n, 0n, 0n, 0n, argument],
    ["number on stack", 3, 2n, 0n, 0n, 0n, 0n, 0n, 0n, 5n],
  ]);
});

Deno.test("macOS: ioctl's argument is the third on x86_64", () => {
  const { log, symbols: all } = symbols();
  const argument = new Uint8Array(4);
  ioctlCalls("x86_64", all).ioctl(3, 1n, argument);
  assertEquals(log, [["register", 3, 1n, argument]]);
});

Deno.test("macOS: IOSSIOSPEED carries a speed_t, as its number says", () => {
  const { oddSpeed, termios } = DARWIN;
  const word = speedWord(250_000, termios);
  assertEquals(word, Uint8Array.of(0x90, 0xd0, 3, 0, 0, 0, 0, 0));
  // _IOW('T', 2, speed_t): direction, size, group and number (sys/ioccom.h).
  assertEquals(
    oddSpeed!.request,
    0x80000000 + word.length * 0x10000 + "T".charCodeAt(0) * 0x100 + 2,
  );
  assertEquals([9_600, 115_200, 250_000, 921_600].map((baud) => oddSpeed!.usual.has(baud)), [
    true,
    true,
    false,
    false,
  ]);
});
