/**
 * The C library, as far as serial ports need it, by Deno's foreign function interface.
 *
 * It is loaded when the first port is opened and let go with the last one, so that a program that
 * never touches a port does not pay for it and nothing stays behind.
 */

import { IotError, UsageError } from "@/base/errors.ts";
import { LINUX } from "./linux.ts";
import type { ErrnoName, SerialPlatform } from "./platform.ts";
import { Poller } from "./poller.ts";

/**
 * `ssize_t` results are declared `i32`: counts stay far below 2³¹ here, -1 keeps its sign, and
 * `isize` would make a BigInt of each. `ioctl` is variadic; on Linux its argument travels like a
 * fixed one on x86_64 and aarch64.
 */
const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  // Closing a terminal can wait for its output to drain, hence off the JavaScript thread.
  closeSlowly: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  ioctlNumber: { name: "ioctl", parameters: ["i32", "usize", "usize"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
} as const;

function load(platform: SerialPlatform) {
  return Deno.dlopen(platform.library, {
    ...SYMBOLS,
    errnoLocation: { name: platform.errnoSymbol, parameters: [], result: "pointer" },
  });
}

/** The C library with its errors by name, and the one poller of this process. */
export class SerialSystem {
  readonly platform: SerialPlatform;
  readonly poller: Poller;
  readonly c: ReturnType<typeof load>["symbols"];
  readonly #library: ReturnType<typeof load>;
  readonly #errno: Deno.UnsafePointerView;
  #users = 0;

  static #current: SerialSystem | undefined;

  /**
   * The system, for one more user, who calls {@linkcode release} at the end.
   *
   * @throws {UsageError} on an operating system that serial ports do not work on yet.
   * @throws {IotError} when the C library cannot be loaded.
   */
  static acquire(): SerialSystem {
    SerialSystem.#current ??= new SerialSystem(platformOf(Deno.build.os));
    SerialSystem.#current.#users++;
    return SerialSystem.#current;
  }

  private constructor(platform: SerialPlatform) {
    this.platform = platform;
    try {
      this.#library = load(platform);
    } catch (error) {
      throw new IotError(
        `Cannot load the C library "${platform.library}", which serial ports need ` +
          `(musl systems such as Alpine are not supported): ${(error as Error).message}`,
        3,
        { cause: error },
      );
    }
    this.c = this.#library.symbols;
    this.#errno = new Deno.UnsafePointerView(this.c.errnoLocation()!);
    this.poller = new Poller(this.c);
  }

  /** Gives it back. The last user lets the library go. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    await this.poller.idle();
    // Somebody may have opened a port in the meantime.
    if (this.#users > 0 || SerialSystem.#current !== this) return;
    SerialSystem.#current = undefined;
    this.poller.close();
    this.#library.close();
  }

  /** The error of the call just made, by name where the code knows one: `EIO`, else `errno 71`. */
  errno(): ErrnoName | `errno ${number}` {
    const number = this.#errno.getInt32();
    for (const [name, value] of Object.entries(this.platform.errno)) {
      if (value === number) return name as ErrnoName;
    }
    return `errno ${number}`;
  }
}

function platformOf(os: string): SerialPlatform {
  if (os === "linux") return LINUX;
  throw new UsageError(
    `Serial ports work on Linux only so far, and this is ${os}. ` +
      "Boards can be reached over the network (tcp://HOST:PORT) or simulated (sim://demo).",
  );
}
