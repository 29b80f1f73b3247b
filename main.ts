/**
 * The composition root: puts the product together from its parts, and is the only place that knows
 * both `src` and `mocks`.
 */

import { main, type Product } from "@/cli/main.ts";
import { repl } from "@/cli/repl.ts";
import { simCommand, type Simulator } from "@/cli/sim.ts";
import { COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { jupyterCommands } from "@/jupyter/commands.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES, type Schemes } from "@/transport/schemes.ts";
import { type SimulatedBoards, simulatedScheme } from "@/transport/simulated.ts";
import type { Simulation } from "./mocks/sim.ts";
import config from "./deno.json" with { type: "json" };

/** The name that a simulated board's thread is started with; mocks/shared_board.ts has it too. */
const BOARD_WORKER_NAME = "iot-simulated-board";

/** A bundle has no files of its own for threads: they start here as well, and branch off below. */
const workerUrl = import.meta.url;

/** The simulated boards of this process, started when first connected to. */
class Rack implements SimulatedBoards, AsyncDisposable {
  readonly #simulations = new Map<string, Promise<Simulation>>();

  async connect(name: string, options: { profile?: string; fs?: string }) {
    let starting = this.#simulations.get(name);
    if (starting === undefined) {
      starting = this.#start(name, options);
      this.#simulations.set(name, starting);
      starting.catch(() => this.#simulations.delete(name));
    }
    return await (await starting).boards[0].board.connect();
  }

  running(): readonly string[] {
    return [...this.#simulations.keys()];
  }

  async #start(name: string, options: { profile?: string; fs?: string }): Promise<Simulation> {
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
    for (const simulation of this.#simulations.values()) {
      await (await simulation)[Symbol.asyncDispose]();
    }
  }
}

const simulator: Simulator = {
  profiles: async () => (await import("./mocks/sim.ts")).profileChoices(),
  faults: async () => (await import("./mocks/sim.ts")).faultChoices(),
  start: async (options) => (await import("./mocks/sim.ts")).startBoards({ ...options, workerUrl }),
};

/** How to start this program again. */
function launcher(): string[] {
  // The packed executable's header says where it is: Deno.execPath() is what it unpacked.
  const packed = Deno.env.get("IOT_LAUNCHER");
  Deno.env.delete("IOT_LAUNCHER"); // it is no news for what we start
  if (packed) return [packed];
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "-A", "-q", import.meta.filename!];
}

function composeProduct(rack: Rack): Product {
  const simulated = simulatedScheme(rack);
  const schemes: Schemes = new Map([...BUILT_IN_SCHEMES, [simulated.name, simulated]]);
  const commands = [...COMMANDS, repl];
  commands.push(
    ...jupyterCommands({
      launcher: launcher(),
      version: config.version,
      openInterpreter: () => {
        const environment = new Environment(Deno.env.toObject());
        return new Session({ commands, schemes, environment, surface: "notebook" });
      },
    }),
    simCommand(simulator),
  );
  return { version: config.version, commands, schemes };
}

if (globalThis.name === BOARD_WORKER_NAME) {
  (await import("./mocks/board_worker.ts")).runBoardWorker();
} else {
  const rack = new Rack();
  const exitCode = await main(Deno.args, composeProduct(rack));
  await rack[Symbol.asyncDispose]();
  Deno.exit(exitCode);
}
