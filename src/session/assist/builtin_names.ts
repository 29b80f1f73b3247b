/** Names that every board has, for as long as none was asked. */

import type { Names } from "@/device/names/names.ts";

/** MicroPython docs, reference/packages; Python 3.4's keywords, and those of `async`. */
export const KEYWORDS: readonly string[] =
  ("False None True and as assert async await break class continue def del elif else except " +
    "finally for from global if import in is lambda nonlocal not or pass raise return try while " +
    "with yield").split(" ");

/** Whether a name can stand for an object: the other keywords are syntax. */
export function isName(word: string): boolean {
  return !KEYWORDS.includes(word) || /^(?:False|None|True)$/.test(word);
}

/** Present both in MicroPython 1.9.2 on a micro:bit and in 1.27 (`dir(builtins)`). */
const FUNCTIONS =
  "abs all any bin callable chr dir divmod eval exec getattr globals hasattr hash " +
  "help hex id input isinstance issubclass iter len locals max min next oct open ord pow print " +
  "repr round setattr sorted sum";
const CLASSES = "ArithmeticError AssertionError AttributeError BaseException EOFError Exception " +
  "ImportError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError " +
  "NotImplementedError OSError OverflowError RuntimeError StopIteration SyntaxError SystemExit " +
  "TypeError ValueError ZeroDivisionError bool bytearray bytes classmethod dict enumerate filter " +
  "float frozenset int list map object range reversed set slice staticmethod str super tuple " +
  "type zip";

/** The built-in names of any board. */
export const BUILTINS: Names = new Map([
  ...FUNCTIONS.split(" ").map((name) => [name, "function"] as const),
  ...CLASSES.split(" ").map((name) => [name, "class"] as const),
]);

/**
 * Modules that are part of the firmware and do nothing when they are imported but give access to
 * what is there: what they have can be listed before the user's code imports them. Others may run
 * code (`love` on a micro:bit draws for four seconds), switch a radio on, or be the user's.
 */
export const HARMLESS_MODULES: ReadonlySet<string> = new Set(
  ("array binascii board builtins cmath collections digitalio errno esp esp32 gc hashlib io json " +
    "machine math microcontroller micropython os random re rp2 select struct sys time uarray " +
    "ubinascii ucollections uctypes uerrno uhashlib uio ujson uos urandom ure uselect ustruct " +
    "usys utime uzlib zlib").split(" "),
);
