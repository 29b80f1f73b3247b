/** Programs at a terminal of their own, for tests: a person's keys in, what they would see out. */

import { encode } from "@/base/bytes.ts";
import { withDeadline } from "@/base/deadline.ts";
import { SerialSystem } from "@/transport/serial/libc.ts";
import { LINUX } from "@/transport/serial/linux.ts";
import { openPty, type Pty } from "@/transport/serial/pty_testing.ts";
import { TransportError } from "@/transport/transport.ts";

/** How long anything that a test waits for may take. */
const DEADLINE_MS = 30_000;

/** Local modes that a shell wants: ISIG, ICANON, ECHO. asm-generic/termbits.h */
const COOKED = 0o1 | 0o2 | 0o10;

/** A program and its terminal. */
export class TestTerminal implements AsyncDisposable {
  readonly #pty: Pty;
  readonly #child: Deno.ChildProcess;
  readonly #system: SerialSystem;
  /** Keeps the terminal as the program left it. */
  readonly #held: number;
  readonly #reading: Promise<void>;
  #shown = "";
  #seen = 0;
  #wake = Promise.withResolvers<void>();

  private constructor(
    pty: Pty,
    { child, system, held }: { child: Deno.ChildProcess; system: SerialSystem; held: number },
  ) {
    this.#pty = pty;
    this.#child = child;
    this.#system = system;
    this.#held = held;
    this.#reading = this.#read();
  }

  /** Starts a program whose standard streams are a terminal, which is its controlling one. */
  static async start(
    command: string,
    args: readonly string[],
    { env = {} }: { env?: Record<string, string> } = {},
  ): Promise<TestTerminal> {
    const pty = await openPty();
    const system = SerialSystem.acquire();
    const held = system.c.open(encode(`${pty.path}\0`), LINUX.openFlags, 0);
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", 'exec setsid --ctty "$@" <"$0" >"$0" 2>&1', pty.path, command, ...args],
      env,
      stdin: "null",
    }).spawn();
    return new TestTerminal(pty, { child, system, held });
  }

  /** All that the person saw. */
  get shown(): string {
    return this.#shown;
  }

  /** Types `keys`. */
  async type(keys: string): Promise<void> {
    await this.#pty.far.write(encode(keys));
  }

  /** Waits until `text` is shown behind what was waited for before; returns what came before it. */
  async waitFor(text: string): Promise<string> {
    return await withDeadline(DEADLINE_MS, async (signal) => {
      for (;;) {
        const at = this.#shown.indexOf(text, this.#seen);
        if (at !== -1) {
          const before = this.#shown.slice(this.#seen, at);
          this.#seen = at + text.length;
          return before;
        }
        const { promise: aborted, reject } = Promise.withResolvers<never>();
        const onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort);
        await Promise.race([this.#wake.promise, aborted])
          .finally(() => signal.removeEventListener("abort", onAbort));
      }
    }, { error: () => new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(this.#shown)}`) });
  }

  /** Waits until the terminal's state is as a shell wants it, or is not. */
  async waitForCooked(cooked: boolean): Promise<void> {
    const end = performance.now() + DEADLINE_MS;
    while (this.isCooked() !== cooked) {
      if (performance.now() > end) throw new Error(`the terminal is not cooked: ${!cooked}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Whether the terminal shows what is typed, edits lines, and makes signals of keys. */
  isCooked(): boolean {
    const termios = new Uint8Array(LINUX.termios.bytes);
    this.#system.c.ioctl(this.#held, BigInt(LINUX.ioctl.getTermios), termios);
    const flags = new DataView(termios.buffer).getUint32(LINUX.termios.lflag, true);
    return (flags & COOKED) === COOKED;
  }

  /** Sends the program a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the program's end, and returns its exit code. */
  async end(): Promise<number> {
    return await withDeadline(DEADLINE_MS, async (signal) => {
      const onAbort = () => this.#child.kill("SIGKILL");
      signal.addEventListener("abort", onAbort);
      const { code } = await this.#child.status;
      signal.removeEventListener("abort", onAbort);
      signal.throwIfAborted();
      return code;
    }, { error: () => new Error(`it goes on: ${JSON.stringify(this.#shown)}`) });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let raw = "";
    try {
      for (;;) {
        raw += decoder.decode(await this.#pty.far.read(), { stream: true });
        // The terminal puts a carriage return before a line feed that has one already.
        this.#shown = raw.replace(/\r+\n/g, "\r\n").replace(/\r+$/, "");
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    this.#system.c.close(this.#held);
    await this.#pty[Symbol.asyncDispose]();
    await this.#reading;
    await this.#system.release();
  }
}
