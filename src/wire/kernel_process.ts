/** A Jupyter kernel as a child process: started, connected to, and never left behind. */

import { pause, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { type ConnectionInfo, readConnection } from "./connection_file.ts";
import { KernelClient } from "./kernel_client.ts";

/** How often to look for the connection file, in milliseconds. */
const POLL_MS = 10;

/** How long a kernel may take to answer, in milliseconds. A Pi Zero unpacks for half a minute. */
const START_MS = 60_000;

/** How long a kernel may take to end by itself, in milliseconds. */
const SHUTDOWN_MS = 5_000;

/** How long to wait for what a kernel said last, in milliseconds: others may hold its pipe open. */
const LAST_WORDS_MS = 500;

/** How much of what a kernel says on standard error is kept, in characters. */
const MAX_LAST_WORDS = 4_096;

/** What {@linkcode KernelProcess.start} is told. */
export interface KernelProcessOptions {
  /** The command line that starts it, given the name of the connection file that it is to write. */
  command(file: string): readonly string[];
  /** The directory that the kernel works in. */
  readonly cwd: string;
  /** Variables of its environment besides this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `env` is all there is. */
  readonly clearEnv?: boolean;
  /**
   * Whether it leads a process group, which ends with it, and out of reach of the terminal's Ctrl-C;
   * what it says on standard error is kept for errors then, instead of shown.
   */
  readonly apart?: boolean;
  /** Gives up with the signal's reason. */
  readonly signal: AbortSignal;
  /** How long the kernel may take to answer, in milliseconds; a minute where nothing is said. */
  readonly startMs?: number;
  /** How long it may take to end by itself, in milliseconds; 5 s where nothing is said. */
  readonly shutdownMs?: number;
}

/** What is known of a kernel's end. */
interface Death {
  /** E.g. `exit code 1`, `SIGKILL`; undefined for one that lives, but not as it should. */
  readonly how?: string;
  /** The end of what it said on standard error, where that is kept. */
  readonly lastWords?: string;
}

/** The kernel did not start, or died. Shell exit code 3. */
export class KernelDied extends IotError {
  override readonly name = "KernelDied";
  readonly how: string | undefined;
  readonly lastWords: string;

  constructor(message: string, { how, lastWords = "", ...options }: Death & ErrorOptions = {}) {
    super(message, 3, options);
    this.how = how;
    this.lastWords = lastWords;
  }
}

/** A running kernel and the connection to it. */
export class KernelProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #shutdownMs: number;
  readonly #apart: boolean;
  #lastWords = "";
  #client: KernelClient | undefined;
  readonly #ended: Promise<Deno.CommandStatus>;
  #status: Deno.CommandStatus | undefined;

  private constructor(
    child: Deno.ChildProcess,
    directory: string,
    { shutdownMs = SHUTDOWN_MS, apart = false }: KernelProcessOptions,
  ) {
    this.#shutdownMs = shutdownMs;
    this.#apart = apart;
    this.#child = child;
    this.#directory = directory;
    // A second Ctrl-C ends this process at once: not without its child.
    globalThis.addEventListener("unload", this.#onUnload);
    const stderr = apart ? child.stderr.getReader() : undefined;
    const spoken = this.#listen(stderr);
    this.#ended = child.status.then(async (status) => {
      this.#status = status;
      this.#killGroup();
      if (!await within(LAST_WORDS_MS, spoken)) await stderr?.cancel();
      globalThis.removeEventListener("unload", this.#onUnload);
      return status;
    });
  }

  /**
   * Starts a kernel and waits until it answers. Its connection file is in a directory of its own that
   * only this user can enter; the kernel writes it, with ports of its own choice.
   *
   * @throws {KernelDied} when it cannot be started, ends, or does not answer in time.
   * @throws the signal's reason when it aborts.
   */
  static async start(options: KernelProcessOptions): Promise<KernelProcess> {
    const { cwd, env, clearEnv = false, apart = false, signal, startMs = START_MS } = options;
    signal.throwIfAborted();
    const directory = await Deno.makeTempDir({ prefix: "iot-kernel-" });
    const file = `${directory}/connection.json`;
    let kernel: KernelProcess;
    try {
      const [program, ...args] = options.command(file);
      const command = new Deno.Command(program, {
        args,
        cwd,
        // The kernel ends when the process that JPY_PARENT_PID names is gone.
        env: { ...env, JPY_PARENT_PID: String(Deno.pid) },
        clearEnv,
        detached: apart,
        stdin: "null",
        stdout: "null",
        stderr: apart ? "piped" : "inherit",
      });
      kernel = new KernelProcess(command.spawn(), directory, options);
    } catch (cause) {
      await Deno.remove(directory, { recursive: true });
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new KernelDied(`Cannot start the kernel: ${reason}`, { cause });
    }
    try {
      await kernel.#connect(file, { signal, startMs });
      return kernel;
    } catch (error) {
      kernel.kill();
      await kernel[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The kernel's process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The directory that only this user can enter, and that goes with the kernel. */
  get directory(): string {
    return this.#directory;
  }

  /** Whether the kernel has ended. */
  get isDead(): boolean {
    return this.#status !== undefined;
  }

  /** The connection to the kernel. */
  get client(): KernelClient {
    return this.#client!;
  }

  /**
   * Waits for `work`, unless the kernel dies first; `when` says in the error what it was doing.
   *
   * @throws {KernelDied} when it does.
   */
  async whileAlive<T>(work: Promise<T>, when: string): Promise<T> {
    const died = this.#ended.then((status) => {
      const how = describeStatus(status);
      const death = { how, lastWords: this.#lastWords.trim() };
      throw new KernelDied(`The kernel died (${how}) ${when}.`, death);
    });
    return await Promise.race([work, died]);
  }

  /** Ends the process at once, and its group where it leads one. */
  readonly kill = (): void => {
    if (this.#status !== undefined) return;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself, and its status is on the way.
    }
    this.#killGroup();
  };

  #killGroup(): void {
    if (!this.#apart || Deno.build.os === "windows") return;
    try {
      Deno.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nobody is left in it.
    }
  }

  async #listen(stderr?: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done = true } = await stderr?.read() ?? {};
      if (done) return;
      this.#lastWords = (this.#lastWords + decoder.decode(value, { stream: true }))
        .slice(-MAX_LAST_WORDS);
    }
  }

  /** Shuts the kernel down, kills it if it does not heed that, and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#client !== undefined) {
      const ended = Promise.all([this.#client.shutdown().catch(() => {}), this.#ended]);
      if (!await within(this.#shutdownMs, Promise.race([ended, this.#ended]))) this.kill();
      await this.#client[Symbol.asyncDispose]();
      await ended;
    }
    await this.#ended;
    await Deno.remove(this.#directory, { recursive: true });
  }

  readonly #onUnload = (): void => {
    this.kill();
    Deno.removeSync(this.#directory, { recursive: true });
  };

  async #connect(
    file: string,
    { signal, startMs }: { signal: AbortSignal; startMs: number },
  ): Promise<void> {
    const deadline = performance.now() + startMs;
    const dead = new AbortController();
    this.#ended.then((status) => {
      const [how, lastWords] = [describeStatus(status), this.#lastWords.trim()];
      dead.abort(new KernelDied(`The kernel did not start (${how}).`, { how, lastWords }));
    });
    const either = AbortSignal.any([signal, dead.signal]);
    const connection = await this.#readConnection(file, { signal: either, deadline });
    const timeoutMs = Math.max(1, deadline - performance.now());
    try {
      this.#client = await KernelClient.connect(connection, { timeoutMs, signal: either });
    } catch (cause) {
      either.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new KernelDied(`The kernel does not answer: ${reason}`, { cause });
    }
  }

  async #readConnection(
    file: string,
    { signal, deadline }: { signal: AbortSignal; deadline: number },
  ): Promise<ConnectionInfo> {
    for (;;) {
      let unusable: unknown;
      if (await isThere(file)) {
        try {
          return await readConnection(file);
        } catch (error) {
          unusable = error; // ipykernel writes it where it stands: this may be half of it
        }
      }
      if (performance.now() > deadline) {
        throw unusable ?? new KernelDied("The kernel did not start in time.");
      }
      await pause(POLL_MS, signal);
      signal.throwIfAborted();
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function describeStatus({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `exit code ${code}` : signal;
}
