/**
 * macOS's C library. Written from Apple's documentation, and not yet run on a Mac.
 *
 * On Apple's arm64, variadic arguments go on the stack, while fixed ones go into eight registers first
 * (Apple, "Writing ARM64 code for Apple platforms"). `ioctl` has two fixed ones, so six that mean
 * nothing fill the registers. On x86_64 they travel like fixed ones.
 */

import { DARWIN } from "./darwin.ts";
import type { Library, SerialCalls } from "./libc.ts";
import { SelectWaiter } from "./select_waiter.ts";

const FILLERS = ["usize", "usize", "usize", "usize", "usize", "usize"] as const;

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  closeSlowly: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  pipe: { parameters: ["buffer"], result: "i32" },
  select: {
    parameters: ["i32", "buffer", "buffer", "buffer", "pointer"],
    result: "i32",
    nonblocking: true,
  },
  errnoLocation: { name: DARWIN.errnoSymbol, parameters: [], result: "pointer" },
  ioctlInRegister: { name: "ioctl", parameters: ["i32", "usize", "buffer"], result: "i32" },
  ioctlNumberInRegister: { name: "ioctl", parameters: ["i32", "usize", "usize"], result: "i32" },
  ioctlOnStack: {
    name: "ioctl",
    parameters: ["i32", "usize", ...FILLERS, "buffer"],
    result: "i32",
  },
  ioctlNumberOnStack: {
    name: "ioctl",
    parameters: ["i32", "usize", ...FILLERS, "usize"],
    result: "i32",
  },
} as const;

type Symbols = ReturnType<typeof Deno.dlopen<typeof SYMBOLS>>["symbols"];

/** The two ways to call ioctl(2) on a processor. */
export function ioctlCalls(
  arch: string,
  symbols: Pick<
    Symbols,
    "ioctlInRegister" | "ioctlNumberInRegister" | "ioctlOnStack" | "ioctlNumberOnStack"
  >,
): Pick<SerialCalls, "ioctl" | "ioctlNumber"> {
  if (arch !== "aarch64") {
    return { ioctl: symbols.ioctlInRegister, ioctlNumber: symbols.ioctlNumberInRegister };
  }
  return {
    ioctl: (fd, request, argument) =>
      symbols.ioctlOnStack(fd, request, 0n, 0n, 0n, 0n, 0n, 0n, argument),
    ioctlNumber: (fd, request, argument) =>
      symbols.ioctlNumberOnStack(fd, request, 0n, 0n, 0n, 0n, 0n, 0n, argument),
  };
}

/** Loads it. */
export function loadDarwin(): Library {
  const library = Deno.dlopen(DARWIN.library, SYMBOLS);
  const { symbols } = library;
  const { open, read, write, close, closeSlowly, flock } = symbols;
  return {
    calls: {
      ...{ open, read, write, close, closeSlowly, flock },
      ...ioctlCalls(Deno.build.arch, symbols),
    },
    errno: symbols.errnoLocation()!,
    waiter: new SelectWaiter(symbols),
    close: () => library.close(),
  };
}
