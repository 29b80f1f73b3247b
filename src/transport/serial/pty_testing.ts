/** Pseudo-terminals for tests: the far end of a serial port. */

import { FdTransport } from "./fd_transport.ts";
import { SerialSystem } from "./libc.ts";
import { LINUX } from "./linux.ts";

/** The far end, and the path of the port that leads to it. */
export interface Pty extends AsyncDisposable {
  /** The near end's device, e.g. `/dev/pts/3`. */
  readonly path: string;
  /** Bytes at the far end. Closing it unplugs the port. */
  readonly far: FdTransport;
}

const PATH_BYTES = 64;

/** Makes a pseudo-terminal. */
export async function openPty(): Promise<Pty> {
  const library = Deno.dlopen(LINUX.library, {
    posix_openpt: { parameters: ["i32"], result: "i32" },
    grantpt: { parameters: ["i32"], result: "i32" },
    unlockpt: { parameters: ["i32"], result: "i32" },
    ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  });
  const system = SerialSystem.acquire();
  const fd = library.symbols.posix_openpt(LINUX.openFlags);
  const name = new Uint8Array(PATH_BYTES);
  const failed = fd < 0 || library.symbols.grantpt(fd) !== 0 ||
    library.symbols.unlockpt(fd) !== 0 ||
    library.symbols.ptsname_r(fd, name, BigInt(PATH_BYTES)) !== 0;
  library.close();
  if (failed) {
    await system.release();
    throw new Error("cannot make a pseudo-terminal");
  }
  const far = new FdTransport(fd, system, { address: "the far end", writeTimeoutMs: 5_000 });
  return {
    path: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    far,
    [Symbol.asyncDispose]: () => far.close(),
  };
}
