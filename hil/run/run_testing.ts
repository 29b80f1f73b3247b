/** A simulated board for tests of the runner, and checks that do as they are told. */

import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import picomatch from "picomatch";
import { startBoards } from "../../mocks/sim.ts";
import type { Check, CheckContext } from "../checks/check.ts";
import type { BoardSpec } from "../rig/bench.ts";
import type { Mount } from "../rig/mount.ts";
import type { CheckResult } from "./result.ts";
import type { RunBoardOptions } from "./run_board.ts";

/** Nothing in these tests takes longer. */
export const DEADLINE_MS = 180_000;

/** A board of a bench, as its file would describe it. */
export function specOf(name: string, parts: Partial<BoardSpec> = {}): BoardSpec {
  return {
    name,
    source: { kind: "sim", profile: "esp32", transport: "pty", faults: [] },
    ...{ has: [], wiring: {}, transports: [], quirks: {} },
    // A board that is gone is not waited for.
    timeouts: { bootMs: 1 },
    at: { file: "bench.yaml", line: 1, column: 1 },
    ...parts,
  };
}

/** What a {@linkcode TestBoard} is made for. */
interface TestBoardOptions {
  /** It is unplugged during the test. */
  readonly canGo?: boolean;
  /** Its power can be switched. */
  readonly hasPower?: boolean;
}

/** A simulated board that can be taken away and put back. */
export class TestBoard implements Mount {
  readonly spec: BoardSpec;
  /** How often its power was cut. */
  cycles = 0;
  readonly powerCycle?: () => Promise<void>;
  #simulation: Awaited<ReturnType<typeof startBoards>> | undefined;
  #url = "";

  /** As `startBoards` takes it. */
  readonly #by: { readonly pty: true } | { readonly tcp: 0 };

  private constructor(spec: BoardSpec, { canGo, hasPower }: TestBoardOptions) {
    this.spec = spec;
    // The name of a pseudo-terminal that is gone is soon another program's.
    this.#by = canGo ? { tcp: 0 } : { pty: true };
    if (!hasPower) return;
    this.powerCycle = async () => {
      this.cycles++;
      await this.unplug();
      await this.plug();
    };
  }

  static async start(
    spec = specOf("board"),
    options: TestBoardOptions = {},
  ): Promise<TestBoard> {
    const board = new TestBoard(spec, options);
    await board.plug();
    return board;
  }

  /** Where it answers, or did. */
  get url(): string {
    return this.#url;
  }

  async plug(): Promise<void> {
    this.#simulation = await startBoards({
      names: [this.spec.name],
      profile: "esp32",
      ...this.#by,
    });
    this.#url = this.#simulation.boards[0].addresses[0];
  }

  async unplug(): Promise<void> {
    await this.#simulation?.[Symbol.asyncDispose]();
    this.#simulation = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unplug();
  }
}

/** What happened in a run, in order, as `BOARD: what`. */
export type Events = string[];

/** Options of a run on boards that are there already. */
export function optionsFor(
  boards: readonly TestBoard[],
  { onEnd = () => {}, variables = {}, ...options }:
    & Partial<RunBoardOptions>
    & {
      readonly onEnd?: (board: string, result: CheckResult) => void;
      /** Of the user's environment. */
      readonly variables?: Readonly<Record<string, string>>;
    } = {},
): RunBoardOptions & { readonly events: Events } {
  const events: Events = [];
  return {
    events,
    mountBoard: (spec) => {
      const board = boards.find((board) => board.spec === spec);
      if (board === undefined) return Promise.reject(new Error(`no ${spec.name}`));
      return Promise.resolve(board);
    },
    product: {
      version: "test",
      commands: COMMANDS,
      cellMagics: CELL_MAGICS,
      schemes: BUILT_IN_SCHEMES,
    },
    environment: new Environment({ HOME: "/nowhere", PATH: "/usr/bin:/bin", ...variables }),
    signal: AbortSignal.timeout(DEADLINE_MS),
    progress: {
      boardBegins: (board, total) => events.push(`${board}: ${total} to do`),
      boardWaits() {},
      checkBegins: (board, check) => events.push(`${board}: ${check}`),
      checkEnds: (board, result) => {
        events.push(`${board}: ${result.check} ${result.verdict}`);
        onEnd(board, result);
      },
      boardEnds() {},
    },
    redact: (text) => text,
    match: picomatch,
    ...{ seed: 1, powerCycle: false },
    ...options,
  };
}

/** A check that does `run`. */
export function checkOf(
  name: string,
  run: (bench: CheckContext) => Promise<void> | void = () => {},
  parts: Partial<Check> = {},
): Check {
  return { name, summary: `does ${name}`, run: async (bench) => await run(bench), ...parts };
}
