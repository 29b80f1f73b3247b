/**
 * The composition root: puts the product together from its parts, and is the only place that knows
 * both `src` and `mocks`.
 */

import { doctorCommand } from "@/cli/doctor/doctor.ts";
import { main, type Product } from "@/cli/main.ts";
import { observe } from "@/cli/observe.ts";
import { repl } from "@/cli/repl.ts";
import { simCommand, type Simulator } from "@/cli/sim.ts";
import type { StartReplay } from "@/cli/sim_replay.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { CHOSEN_DEVICE, Environment } from "@/config/environment.ts";
import { jupyterCommands } from "@/jupyter/commands.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import {
  type SimulatedBoardOptions,
  type SimulatedBoards,
  simulatedScheme,
} from "@/transport/simulated.ts";
import { hilTestCommand } from "./hil/command.ts";
import type { Simulation } from "./mocks/sim.ts";
import { BOARD_WORKER_NAME } from "./mocks/worker_name.ts";
import config from "./deno.json" with { type: "json" };

/** A bundle has no files of its own for threads: they start here as well, and branch off below. */
const workerUrl = import.meta.url;

/** A simulated board of this process, or one that is being started. */
interface RunningBoard {
  readonly options: SimulatedBoardOptions;
  readonly simulation: Promise<Simulation>;
}

/** The simulated boards of this process, started when first connected to. */
class Rack implements SimulatedBoards, AsyncDisposable {
  readonly #running = new Map<string, RunningBoard>();

  async connect(name: string, options: SimulatedBoardOptions) {
    const before = this.#running.get(name);
    // One that switched itself off, as machine.bootloader() does, is plugged in again.
    const isOff = before === undefined || (await before.simulation).boards[0].board.closed;
    // Whoever connects at the same time may have started it meanwhile.
    if (isOff && this.#running.get(name) === before) {
      const simulation = this.#start(name, options);
      this.#running.set(name, { options, simulation });
      simulation.catch(() => this.#running.delete(name));
    }
    const board = this.#running.get(name)!;
    for (const key of ["profile", "fs"] as const) {
      if (options[key] === undefined || options[key] === board.options[key]) continue;
      throw new RangeError(
        `The board "${name}" runs already, with another ${key}. Take another name.`,
      );
    }
    return await (await board.simulation).boards[0].board.connect();
  }

  running(): readonly string[] {
    return [...this.#running.keys()];
  }

  async #start(name: string, options: SimulatedBoardOptions): Promise<Simulation> {
    const { startBoards } = await import("./mocks/sim.ts");
    const { profile, fs } = options;
    return await startBoards({
      names: [name],
      workerUrl,
      ...(profile !== undefined && { profile }),
      ...(fs !== undefined && { fsDir: fs }),
    });
  }

  /** Stops them; what they keep in a directory is written out. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { simulation } of this.#running.values()) {
      await (await simulation.catch(() => undefined))?.[Symbol.asyncDispose]();
    }
  }
}

const simulator: Simulator = {
  profiles: async () => (await import("./mocks/sim.ts")).profileChoices(),
  faults: async () => (await import("./mocks/sim.ts")).faultChoices(),
  programs: async () => (await import("./mocks/sim.ts")).programChoices(),
  start: async (options) => (await import("./mocks/sim.ts")).startBoards({ ...options, workerUrl }),
};

const startReplay: StartReplay = async (options) =>
  (await import("./mocks/replay/replay.ts")).startReplay(options);

/** Loaded when discovery begins: it takes Node's sockets. */
const openAir = async (environment: Environment) =>
  (await import("@/discovery/open_air.ts")).openAir(environment);

/** How to start this program again. */
function launcher(): string[] {
  // The packed executable's header says where it is: Deno.execPath() is what it unpacked.
  const packed = Deno.env.get("IOT_LAUNCHER");
  Deno.env.delete("IOT_LAUNCHER"); // it is no news for what we start
  if (packed) return [packed];
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "-A", "-q", import.meta.filename!];
}

async function composeProduct(rack: Rack, environment: Environment): Promise<Product> {
  const simulated = simulatedScheme(rack);
  const schemes = await observe(environment, {
    schemes: new Map([...BUILT_IN_SCHEMES, [simulated.name, simulated]]),
    version: config.version,
    argv: Deno.args,
  });
  const commands = [...COMMANDS, repl];
  const start = launcher();
  commands.push(
    ...jupyterCommands({
      launcher: start,
      version: config.version,
      openInterpreter: async () => {
        const environment = await Environment.open(Deno.env.toObject());
        // From `iot execute -d`, for this kernel; not for what its cells start.
        Deno.env.delete(CHOSEN_DEVICE);
        return new Session({
          commands,
          cellMagics: CELL_MAGICS,
          schemes,
          environment,
          surface: "notebook",
          openAir,
        });
      },
    }),
    simCommand(simulator, startReplay),
    hilTestCommand({ simulator, product: () => product }),
    doctorCommand(start),
  );
  const product = { version: config.version, commands, cellMagics: CELL_MAGICS, schemes, openAir };
  return product;
}

/** Runs the command line, and stops the simulated boards whatever came of it. */
async function run(): Promise<number> {
  await using rack = new Rack();
  return await main(Deno.args, (environment) => composeProduct(rack, environment));
}

if (globalThis.name === BOARD_WORKER_NAME) {
  (await import("./mocks/board_worker.ts")).runBoardWorker();
} else {
  Deno.exit(await run());
}
