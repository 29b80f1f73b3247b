/**
 * The C library, as far as serial ports need it, by Deno's foreign function interface.
 *
 * It is loaded when the first port is opened and let go with the last one, so that a program that
 * never touches a port does not pay for it and nothing stays behind.
 */

import { IotError, UsageError } from "@/base/errors.ts";
import { DARWIN } from "./darwin.ts";
import { loadDarwin } from "./darwin_library.ts";
import { LINUX } from "./linux.ts";
import { loadLinux } from "./linux_library.ts";
import type { ErrnoName, SerialPlatform } from "./platform.ts";
import { Poller, type Waiter } from "./poller.ts";

/** The calls that ports need, the same on every system. */
export interface SerialCalls {
  open(path: Uint8Array<ArrayBuffer>, flags: number, mode: number): number;
  read(fd: number, into: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  write(fd: number, from: Uint8Array<ArrayBuffer>, bytes: bigint): number;
  close(fd: number): number;
  /** Closing a terminal can wait for its output to drain: off the JavaScript thread. */
  closeSlowly(fd: number): Promise<number>;
  /** ioctl(2) with the address of its argument. */
  ioctl(fd: number, request: bigint, argument: Uint8Array<ArrayBuffer>): number;
  /** ioctl(2) with a number as its argument. */
  ioctlNumber(fd: number, request: bigint, argument: bigint): number;
  flock(fd: number, operation: number): number;
}

/** A C library that was loaded. */
export interface Library {
  readonly calls: SerialCalls;
  /** Where this thread's `errno` is. */
  readonly errno: Deno.PointerObject;
  /** What waits for ports, the way this system does. */
  readonly waiter: Waiter;
  close(): void;
}

/** The C library with its errors by name, and the one poller of this process. */
export class SerialSystem {
  readonly platform: SerialPlatform;
  readonly poller: Poller;
  readonly c: SerialCalls;
  readonly #library: Library;
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
    SerialSystem.#current ??= new SerialSystem(...systemOf(Deno.build.os));
    SerialSystem.#current.#users++;
    return SerialSystem.#current;
  }

  private constructor(platform: SerialPlatform, load: () => Library) {
    this.platform = platform;
    try {
      this.#library = load();
    } catch (error) {
      throw new IotError(
        `Cannot load the C library "${platform.library}", which serial ports need ` +
          `(musl systems such as Alpine are not supported): ${(error as Error).message}`,
        3,
        { cause: error },
      );
    }
    this.c = this.#library.calls;
    this.#errno = new Deno.UnsafePointerView(this.#library.errno);
    this.poller = new Poller(this.#library.waiter);
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

  /** Drops what waits in a port: what came and was not read, or was written and not sent. */
  flush(fd: number, what: "input" | "output"): void {
    const { request, byAddress, [what]: queue } = this.platform.flush;
    if (byAddress) this.c.ioctl(fd, BigInt(request), new Uint8Array(Int32Array.of(queue).buffer));
    else this.c.ioctlNumber(fd, BigInt(request), BigInt(queue));
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

function systemOf(os: string): [SerialPlatform, () => Library] {
  if (os === "linux") return [LINUX, loadLinux];
  if (os === "darwin") return [DARWIN, loadDarwin];
  throw new UsageError(
    `Serial ports work on Linux and macOS only so far, and this is ${os}. ` +
      "Boards can be reached over the network (tcp://HOST:PORT) or simulated (sim://demo).",
  );
}
