/**
 * A BBC micro:bit in QEMU with unmodified MicroPython 1.9.2: a real, small, old board for the rig,
 * with 16 KB of RAM, no raw paste and a flat file system. Its serial port is a pseudo-terminal.
 */

import { IotError, UsageError } from "@/base/errors.ts";

const FIRMWARE = "/usr/share/firmware-microbit-micropython/firmware.hex";
const QEMU = "qemu-system-arm";
const DEBIAN_PACKAGES = "qemu-system-arm firmware-microbit-micropython";

/** Starting takes 1.0 s, the time in which QEMU looks whether somebody opened its terminal. */
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 10;
/** Its own prompt has come by then, or was thrown away. */
const NUDGE_MS = 2_500;
const ENTER = new TextEncoder().encode("\r");
/** O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC on Linux. */
const OPEN_FLAGS = 0o2 | 0o400 | 0o4000 | 0o2000000;

/**
 * Runs its arguments until its standard input ends, which it does however this process ends: no
 * QEMU is left behind, not even by a test that is killed.
 */
const RUN_UNTIL_EOF = '"$@" </dev/null & cat >/dev/null; kill -9 $!; wait $!';

/** An emulated micro:bit that is switched on. */
export class Microbit implements AsyncDisposable {
  #power: Power | undefined;

  /**
   * Starts one and waits for its first prompt.
   *
   * @throws {UsageError} naming the Debian packages to install, when QEMU or the firmware is
   * missing.
   * @throws {IotError} when it does not start.
   */
  static async start(): Promise<Microbit> {
    const board = new Microbit();
    board.#power = await switchOn();
    return board;
  }

  /** The path of its serial port, e.g. `/dev/pts/3`. It changes when the power is cycled. */
  get path(): string {
    if (this.#power === undefined) throw new Error("the board is switched off");
    return this.#power.path;
  }

  /** Its address, e.g. `serial:///dev/pts/3`. */
  get url(): string {
    return `serial://${this.path}`;
  }

  /** Off and on again: its files and variables are gone, its port is unplugged. */
  async powerCycle(): Promise<void> {
    await this.stop();
    this.#power = await switchOn();
  }

  /** Switches it off. Its port is unplugged. */
  async stop(): Promise<void> {
    const power = this.#power;
    this.#power = undefined;
    await power?.off();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

interface Power {
  readonly path: string;
  off(): Promise<void>;
}

async function switchOn(): Promise<Power> {
  checkInstalled();
  const qemu = new Deno.Command("sh", {
    args: [
      ...["-c", RUN_UNTIL_EOF, "sh", QEMU, "-M", "microbit"],
      ...["-device", `loader,file=${FIRMWARE}`],
      ...["-display", "none", "-monitor", "none", "-serial", "pty"],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let holder: Holder | undefined;
  const off = async () => {
    holder?.close();
    await qemu.stdin.close();
    await qemu.stdout.cancel();
    await qemu.status;
  };
  try {
    const path = await readPath(qemu.stdout);
    holder = new Holder(path);
    await holder.waitForPrompt();
    return { path, off };
  } catch (error) {
    await off();
    throw error;
  }
}

function checkInstalled(): void {
  const missing = [
    ...(inPath(QEMU) ? [] : [QEMU]),
    ...(exists(FIRMWARE) ? [] : [FIRMWARE]),
  ];
  if (missing.length === 0) return;
  throw new UsageError(
    `The emulated micro:bit needs ${missing.join(" and ")}. ` +
      `Run \`sudo apt-get install ${DEBIAN_PACKAGES}\`.`,
  );
}

function inPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((directory) =>
    exists(`${directory}/${program}`)
  );
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** QEMU prints `char device redirected to /dev/pts/3 (label serial0)`. */
async function readPath(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stdout.getReader();
  const timer = setTimeout(() => reader.cancel(), START_TIMEOUT_MS);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      text += decoder.decode(value, { stream: !done });
      const path = /redirected to (\S+) /.exec(text)?.[1];
      if (path !== undefined) return path;
      if (done) throw new IotError(`${QEMU} did not start. It printed: ${text || "nothing"}`, 1);
    }
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}

/**
 * Keeps the port open as long as the board is on: QEMU looks only once a second whether somebody
 * has opened its terminal, so that each open after a last close would cost that second. It reads
 * nothing once the board is up, and takes no lock.
 */
class Holder {
  readonly #path: string;
  readonly #fd: number;
  readonly #c = Deno.dlopen("libc.so.6", {
    open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
    read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });

  constructor(path: string) {
    this.#path = path;
    this.#fd = this.#c.symbols.open(new TextEncoder().encode(`${path}\0`), OPEN_FLAGS, 0);
    if (this.#fd < 0) {
      this.#c.close();
      throw new IotError(`Cannot hold "${path}" open.`, 1);
    }
  }

  /**
   * Reads up to the first prompt. QEMU throws away what the board says before it has noticed that
   * its terminal is open, which may be all of it: then Enter brings another prompt.
   */
  async waitForPrompt(): Promise<void> {
    const end = performance.now() + START_TIMEOUT_MS;
    let nudge = performance.now() + NUDGE_MS;
    const buffer = new Uint8Array(4096);
    let text = "";
    while (!text.endsWith(">>> ")) {
      const count = this.#c.symbols.read(this.#fd, buffer, BigInt(buffer.length));
      if (count > 0) text += new TextDecoder().decode(buffer.subarray(0, count));
      else if (performance.now() > nudge) {
        this.#c.symbols.write(this.#fd, ENTER, BigInt(ENTER.length));
        nudge = performance.now() + NUDGE_MS;
      } else if (performance.now() < end) await new Promise((done) => setTimeout(done, POLL_MS));
      else {
        throw new IotError(`The micro:bit at ${this.#path} shows no prompt, but "${text}".`, 1);
      }
    }
  }

  close(): void {
    this.#c.symbols.close(this.#fd);
    this.#c.close();
  }
}
