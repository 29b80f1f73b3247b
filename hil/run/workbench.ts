/** What a check has in front of it: one board, connected as the check asks, all of it recorded. */

import { pause } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import type { Product } from "@/cli/main.ts";
import { Environment } from "@/config/environment.ts";
import { Device } from "@/device/device.ts";
import { Reach } from "@/discovery/reach.ts";
import { Session } from "@/session/session.ts";
import { observedSchemes } from "@/transport/observed.ts";
import type { Schemes } from "@/transport/schemes.ts";
import type { Transport } from "@/transport/transport.ts";
import type {
  BoardFacts,
  CellOptions,
  CellResult,
  CheckContext,
  LineOptions,
} from "../checks/check.ts";
import { Skipped } from "../checks/expect.ts";
import type { Mount } from "../rig/mount.ts";
import type { Measurement } from "./result.ts";
import { cuttableSchemes, Cutter } from "./cutter.ts";
import type { Transcript } from "./transcript.ts";

/** How long a board may take from a reset to an answer, where the bench says nothing. */
const BOOT_MS = 15_000;
/** How often it is tried. */
const AGAIN_MS = 200;

/** What a {@linkcode Workbench} is made with. */
export interface WorkbenchOptions {
  readonly mount: Mount;
  readonly facts: BoardFacts;
  readonly product: Product;
  /** The user's. */
  readonly environment: Environment;
  readonly transcript: Transcript;
  readonly signal: AbortSignal;
  readonly seed: number;
}

/** A notebook's session, and what it was opened with. */
interface OpenSession {
  readonly url: string;
  readonly directory: string;
  readonly session: Session;
}

/** One check's, from its beginning to its end. */
export class Workbench implements CheckContext, AsyncDisposable {
  readonly facts: BoardFacts;
  readonly signal: AbortSignal;
  readonly seed: number;
  readonly folder: string;
  readonly logged: string[] = [];
  readonly measured: Measurement[] = [];
  readonly powerCycle?: () => Promise<void>;
  readonly #options: WorkbenchOptions;
  readonly #schemes: Schemes;
  readonly #cutter = new Cutter();
  #device: Device | undefined;
  #line: Transport | undefined;
  #session: OpenSession | undefined;
  #closed = false;

  private constructor(options: WorkbenchOptions, folder: string) {
    const { facts, signal, seed, mount, transcript, product } = options;
    this.facts = facts;
    this.signal = signal;
    this.seed = seed;
    this.folder = folder;
    this.#options = options;
    const cut = cuttableSchemes(product.schemes, this.#cutter);
    this.#schemes = observedSchemes(cut, (address) => transcript.observe(address));
    const { powerCycle } = mount;
    if (powerCycle === undefined) return;
    this.powerCycle = async () => {
      await this.release();
      transcript.note("power off and on");
      await powerCycle.call(mount, { signal });
    };
  }

  /** One with a folder of its own, which goes with it. */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    return new Workbench(options, await Deno.makeTempDir({ prefix: "iot-hil-" }));
  }

  get url(): string {
    return this.#options.mount.url;
  }

  async device(): Promise<Device> {
    this.#refuseWhenClosed();
    if (this.#device !== undefined && !this.#device.lost) return this.#device;
    const transport = await this.line();
    // The device owns it from here, also where it cannot get hold of the board.
    this.#line = undefined;
    this.#device = await Device.attach(transport, { signal: this.signal });
    return this.#device;
  }

  async line(
    { url = this.#options.mount.url, password }: LineOptions = {},
  ): Promise<Transport> {
    this.#refuseWhenClosed();
    await this.release();
    const secrets = password === undefined ? {} : await this.#writeSecrets(password);
    const reach = new Reach({
      schemes: this.#schemes,
      environment: this.#environment(url, secrets),
      party: NOBODY_IN_PARTICULAR,
    });
    return this.#line = await reach.open(url, { signal: this.signal });
  }

  async cell(
    text: string,
    { url = this.#options.mount.url, directory, cutAfterBytes = Infinity, sink }: CellOptions = {},
  ): Promise<CellResult> {
    const session = await this.#sessionAt(url, directory);
    const kept = new MemorySink();
    this.#cutter.arm(cutAfterBytes);
    try {
      const outcome = await session.run(text, sink ?? kept, { signal: this.signal });
      return { outcome, stdout: kept.stdout, stderr: kept.stderr };
    } finally {
      this.#cutter.arm(Infinity);
    }
  }

  async complete(text: string): Promise<readonly string[]> {
    const session = await this.#sessionAt(this.url);
    const { matches } = await session.complete(text, text.length);
    return matches.map((match) => match.text);
  }

  /** The session of a notebook in `directory` whose board is at `url`. */
  async #sessionAt(url: string, directory = this.folder): Promise<Session> {
    this.#refuseWhenClosed();
    if (this.#session?.url !== url || this.#session.directory !== directory) {
      await this.release();
      const { commands, cellMagics } = this.#options.product;
      const session = new Session({
        commands,
        cellMagics,
        schemes: this.#schemes,
        environment: this.#environment(url),
        surface: "notebook",
        // A check means this board, and nothing that is plugged in beside it.
        listUsbPorts: () => Promise.resolve([]),
        directory,
      });
      this.#session = { url, directory, session };
    }
    await this.#letGo();
    return this.#session!.session;
  }

  async release(): Promise<void> {
    await this.#letGo();
    const session = this.#session;
    this.#session = undefined;
    await session?.session[Symbol.asyncDispose]();
  }

  /** @param ms how long it is tried, where that is not as long as the board takes to start */
  async settle(ms = this.facts.spec.timeouts.bootMs ?? BOOT_MS): Promise<void> {
    await this.release();
    const end = performance.now() + ms;
    for (;;) {
      try {
        await this.device();
        return;
      } catch (error) {
        this.signal.throwIfAborted();
        if (!(error instanceof IotError) || performance.now() > end) throw error;
        await pause(AGAIN_MS, this.signal);
      }
    }
  }

  async secret(name: string): Promise<string | undefined> {
    const { readSecrets } = await import("@/config/secrets.ts");
    return readSecrets(this.#environment(this.url)).getString(name);
  }

  skip(reason: string): never {
    throw new Skipped(reason);
  }

  log(text: string): void {
    this.logged.push(text);
  }

  measure(name: string, value: number, unit: string): void {
    this.measured.push({ name, value, unit });
  }

  /** A check that was left behind may wake up later; then the board is another one's. */
  #refuseWhenClosed(): void {
    this.signal.throwIfAborted();
    if (this.#closed) {
      throw new IotError("The check is over: the board is not its own any more.", 1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    try {
      await this.release();
    } finally {
      await Deno.remove(this.folder, { recursive: true });
    }
  }

  /** Closes what checks hold in their own hands. */
  async #letGo(): Promise<void> {
    const [device, line] = [this.#device, this.#line];
    this.#device = this.#line = undefined;
    await device?.close();
    await line?.close();
  }

  /** An empty home, so that nothing of the user's takes part but the passwords of boards. */
  #environment(url: string, overrides: Readonly<Record<string, string>> = {}): Environment {
    const { environment, mount } = this.#options;
    const secrets = environment.paths("IOT_SECRETS")[0];
    const kept = ["PATH", "XDG_RUNTIME_DIR", "TMPDIR", "LANG", "IOT_PYTHON", "IOT_MPY_CROSS"];
    return new Environment({
      ...Object.fromEntries(
        kept.flatMap((name) => {
          const value = environment.raw(name);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
      HOME: this.folder,
      IOT_DEVICE: url,
      ...(secrets !== undefined && { IOT_SECRETS: secrets }),
      ...mount.variables,
      ...overrides,
    });
  }

  /** Secrets that hold `password`, and nothing else. */
  async #writeSecrets(password: string): Promise<Record<string, string>> {
    const path = `${this.folder}/.secrets.py`;
    const text = ["webrepl_pwd", "mp_pwd"].map((name) => `${name} = ${JSON.stringify(password)}\n`);
    await Deno.writeTextFile(path, text.join(""), { mode: 0o600 });
    return { IOT_SECRETS: path };
  }
}

/** Who holds the board, to others of ours that ask. */
const NOBODY_IN_PARTICULAR = { kind: "iot", pid: Deno.pid } as const;
