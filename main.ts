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
import type { SimulatedBoard } from "./mocks/board.ts";
import config from "./deno.json" with { type: "json" };

/** The name that a simulated board's thread is started with; mocks/shared_board.ts has it too. */
const BOARD_WORKER_NAME = "iot-simulated-board";

/** A bundle has no files of its own for threads: they start here as well, and branch off below. */
const workerUrl = import.meta.url;

/** The simulated boards of this process, started when first connected to. */
class Rack implements SimulatedBoards {
  readonly #boards = new Map<string, Promise<SimulatedBoard>>();

  async connect(name: string, options: { profile?: string }) {
    let starting = this.#boards.get(name);
    if (starting === undefined) {
      const { SimulatedBoard } = await import("./mocks/board.ts");
      starting = SimulatedBoard.start({ name, ...options, workerUrl });
      this.#boards.set(name, starting);
      starting.catch(() => this.#boards.delete(name));
    }
    return await (await starting).connect();
  }

  running(): readonly string[] {
    return [...this.#boards.keys()];
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
  if (packed) return [packed];
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "-A", "-q", import.meta.filename!];
}

function composeProduct(): Product {
  const simulated = simulatedScheme(new Rack());
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
  Deno.exit(await main(Deno.args, composeProduct()));
}
