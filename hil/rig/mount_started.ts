/** Boards that the runner starts itself: simulated and emulated ones, perhaps behind ser2net. */

import { UsageError } from "@/base/errors.ts";
import type { Simulation, SimulationOptions, Simulator } from "@/cli/sim.ts";
import type { Environment } from "@/config/environment.ts";
import { Microbit } from "../boards/microbit.ts";
import type { BoardSpec, Source } from "./bench.ts";
import { BoardLock } from "./lock.ts";
import type { Mount, Waiting } from "./mount.ts";
import { RigError } from "./rig_error.ts";
import { Ser2net } from "./ser2net.ts";

/** What they are started with. */
export interface StartOptions extends Waiting {
  readonly environment: Environment;
  readonly simulator: Simulator;
}

type Started = Extract<Source, { kind: "sim" | "qemu" }>;

/** What a board runs on. */
interface Machine extends AsyncDisposable {
  /** Where it answers while it is on. */
  readonly url: string;
  readonly variables?: Readonly<Record<string, string>>;
  off(): Promise<void>;
  on(): Promise<void>;
}

/**
 * Starts a board and takes its lock, which its place in the rig names: all emulated micro:bits have
 * one UID.
 *
 * @throws {RigError} `locked`, or `broken` when it does not start.
 */
export async function startBoard(
  spec: BoardSpec & { readonly source: Started },
  { environment, simulator, signal }: StartOptions,
): Promise<Mount> {
  signal.throwIfAborted();
  const { name: board, source, at: { file } } = spec;
  const bench = await Deno.realPath(file).catch(() => file);
  await using stack = new AsyncDisposableStack();
  stack.use(await BoardLock.take(`${bench}#${board}`, { board, environment }));
  const broken = (cause: unknown): never => {
    signal.throwIfAborted();
    if (cause instanceof UsageError || cause instanceof RigError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RigError("broken", board, `Cannot start "${board}": ${reason}`, { cause });
  };
  try {
    const machine: Machine = stack.use(
      source.kind === "qemu"
        ? new EmulatedMicrobit()
        : await SimulatedMachine.make(spec.name, source, simulator),
    );
    await machine.on();
    const served: Machine = source.through === undefined
      ? machine
      : stack.use(await BehindSer2net.start(machine));
    const ended = stack.move();
    return {
      spec,
      get url() {
        return served.url;
      },
      ...(served.variables !== undefined && { variables: served.variables }),
      async powerCycle({ signal }) {
        try {
          await served.off();
          signal.throwIfAborted();
          await served.on();
        } catch (error) {
          broken(error);
        }
      },
      [Symbol.asyncDispose]: () => ended.disposeAsync(),
    };
  } catch (error) {
    return broken(error);
  }
}

/** The micro:bit in QEMU, whose flash is not kept when it is off. */
class EmulatedMicrobit implements Machine {
  #board: Microbit | undefined;

  get url(): string {
    return this.#board!.url;
  }

  async on(): Promise<void> {
    this.#board = await Microbit.start();
  }

  async off(): Promise<void> {
    await this.#board?.stop();
    this.#board = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.off();
  }
}

/** So long as a WebREPL's may be. */
const PASSWORD = "hil-board";

/** A simulated board, whose files are kept in a folder while it is off. */
class SimulatedMachine implements Machine {
  readonly variables?: Readonly<Record<string, string>>;
  readonly #simulator: Simulator;
  readonly #options: SimulationOptions;
  readonly #folder: string;
  #simulation: Simulation | undefined;

  private constructor(simulator: Simulator, options: SimulationOptions, folder: string) {
    this.#simulator = simulator;
    this.#options = options;
    this.#folder = folder;
    if (options.password === undefined) return;
    this.variables = { IOT_SECRETS: `${folder}/secrets.py` };
  }

  static async make(
    name: string,
    source: Extract<Source, { kind: "sim" }>,
    simulator: Simulator,
  ): Promise<SimulatedMachine> {
    const { profile, transport, faults, seed } = source;
    const folder = await Deno.makeTempDir({ prefix: "iot-sim-" });
    await Deno.mkdir(`${folder}/flash`);
    const hasPassword = transport === "ws" || transport === "mp";
    if (hasPassword) {
      const secrets = `webrepl_pwd = "${PASSWORD}"\nmp_pwd = "${PASSWORD}"\n`;
      await Deno.writeTextFile(`${folder}/secrets.py`, secrets);
    }
    const options: SimulationOptions = {
      ...{ names: [name], profile, faults, fsDir: `${folder}/flash`, pty: transport === "pty" },
      ...(seed !== undefined && { seed }),
      ...(transport !== "pty" && { [transport]: 0 }),
      ...(hasPassword && { password: PASSWORD }),
    };
    return new SimulatedMachine(simulator, options, folder);
  }

  get url(): string {
    return this.#simulation!.boards[0].addresses[0];
  }

  async on(): Promise<void> {
    this.#simulation = await this.#simulator.start(this.#options);
  }

  async off(): Promise<void> {
    const simulation = this.#simulation;
    this.#simulation = undefined;
    await simulation?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.off();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A board's serial port as another computer would serve it, by RFC 2217. */
class BehindSer2net implements Machine {
  readonly #machine: Machine;
  #server: Ser2net | undefined;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Serves the port of a machine that is on. */
  static async start(machine: Machine): Promise<BehindSer2net> {
    const behind = new BehindSer2net(machine);
    await behind.#serve();
    return behind;
  }

  get url(): string {
    return `rfc2217://127.0.0.1:${this.#server!.port}`;
  }

  async on(): Promise<void> {
    await this.#machine.on();
    await this.#serve();
  }

  async off(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await this.#machine.off();
  }

  /** Stops the server alone: the machine belongs to whoever made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  async #serve(): Promise<void> {
    const path = this.#machine.url.replace(/^serial:\/\//, "");
    this.#server = await Ser2net.start(path, "telnet(rfc2217)");
  }
}
