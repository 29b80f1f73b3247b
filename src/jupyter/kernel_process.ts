/** A kernel of our own as a child process: started, connected to, and never left behind. */

import { pause, within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { CHOSEN_DEVICE } from "@/config/environment.ts";
import { type ConnectionInfo, readConnection } from "@/wire/connection_file.ts";
import { KernelClient } from "./client.ts";

/** How often to look for the connection file, in milliseconds. */
const POLL_MS = 10;

/** How long a kernel may take to answer, in milliseconds. A Pi Zero unpacks for half a minute. */
const START_MS = 60_000;

/** How long a kernel may take to end by itself, in milliseconds. */
const SHUTDOWN_MS = 5_000;

/** What {@linkcode KernelProcess.start} is told. */
export interface KernelProcessOptions {
  /** The command line that starts this program, without `kernel …`. */
  readonly launcher: readonly string[];
  /** The directory that the kernel works in. */
  readonly cwd: string;
  /** The board that cells run on where they name none. */
  readonly device?: string | undefined;
  /** Gives up with the signal's reason. */
  readonly signal: AbortSignal;
  /** How long the kernel may take to answer, in milliseconds; a minute where nothing is said. */
  readonly startMs?: number;
  /** How long it may take to end by itself, in milliseconds; 5 s where nothing is said. */
  readonly shutdownMs?: number;
}

/** The kernel did not start, or died. Shell exit code 3. */
export class KernelDied extends IotError {
  override readonly name = "KernelDied";

  constructor(message: string, options?: ErrorOptions) {
    super(message, 3, options);
  }
}

/** A running kernel and the connection to it. */
export class KernelProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #shutdownMs: number;
  #client: KernelClient | undefined;
  readonly #ended: Promise<Deno.CommandStatus>;
  #status: Deno.CommandStatus | undefined;

  private constructor(child: Deno.ChildProcess, directory: string, shutdownMs: number) {
    this.#shutdownMs = shutdownMs;
    this.#child = child;
    this.#directory = directory;
    // A second Ctrl-C ends this process at once: not without its child.
    globalThis.addEventListener("unload", this.#onUnload);
    this.#ended = child.status.then((status) => {
      this.#status = status;
      globalThis.removeEventListener("unload", this.#onUnload);
      return status;
    });
  }

  /**
   * Starts `LAUNCHER kernel --no-history -f FILE` and waits until it answers. FILE is in a directory of its own
   * that only this user can enter; the kernel writes it, with ports of its own choice.
   *
   * @throws {KernelDied} when it cannot be started, ends, or does not answer in time.
   * @throws the signal's reason when it aborts.
   */
  static async start(options: KernelProcessOptions): Promise<KernelProcess> {
    const { launcher, cwd, device, signal, startMs = START_MS, shutdownMs = SHUTDOWN_MS } = options;
    signal.throwIfAborted();
    const directory = await Deno.makeTempDir({ prefix: "iot-kernel-" });
    const file = `${directory}/connection.json`;
    let kernel: KernelProcess;
    try {
      const [program, ...args] = [...launcher, "kernel", "--no-history", "-f", file];
      // The kernel ends when the process that JPY_PARENT_PID names is gone.
      const env = {
        JPY_PARENT_PID: String(Deno.pid),
        // Named by whoever runs the notebook: goes before the board that it remembers.
        ...(device !== undefined && { [CHOSEN_DEVICE]: device }),
      };
      const command = new Deno.Command(program, { args, cwd, env, stdin: "null", stdout: "null" });
      kernel = new KernelProcess(command.spawn(), directory, shutdownMs);
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
      throw new KernelDied(`The kernel died (${describeStatus(status)}) ${when}.`);
    });
    return await Promise.race([work, died]);
  }

  /** Ends the process at once. */
  readonly kill = (): void => {
    if (this.#status !== undefined) return;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself, and its status is on the way.
    }
  };

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
    this.#ended.then((status) => dead.abort(new KernelDied(didNotStart(status))));
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
      if (await isThere(file)) return await readConnection(file);
      if (performance.now() > deadline) throw new KernelDied("The kernel did not start in time.");
      await pause(POLL_MS, signal);
      signal.throwIfAborted();
    }
  }
}

function didNotStart(status: Deno.CommandStatus): string {
  return `The kernel did not start (${describeStatus(status)}).`;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function describeStatus({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `exit code ${code}` : signal;
}
