/** Linux's C library. */

import type { Library } from "./libc.ts";
import { LINUX } from "./linux.ts";
import { PollWaiter } from "./poll_waiter.ts";

/**
 * `ssize_t` results are declared `i32`: counts stay far below 2³¹ here, -1 keeps its sign, and
 * `isize` would make a BigInt of each. `ioctl` is variadic; its argument travels like a fixed one on
 * x86_64 and aarch64.
 */
const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  closeSlowly: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  ioctlNumber: { name: "ioctl", parameters: ["i32", "usize", "usize"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
} as const;

/** Loads it. */
export function loadLinux(): Library {
  const library = Deno.dlopen(LINUX.library, {
    ...SYMBOLS,
    errnoLocation: { name: LINUX.errnoSymbol, parameters: [], result: "pointer" },
  });
  const { symbols } = library;
  return {
    calls: symbols,
    errno: symbols.errnoLocation()!,
    waiter: new PollWaiter(symbols),
    close: () => library.close(),
  };
}
