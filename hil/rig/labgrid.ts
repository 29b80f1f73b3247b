/**
 * labgrid's own client, which speaks with a coordinator for us: its protocol is not a public one, and
 * its command line is. What it says was read in labgrid 26.0, `labgrid/remote/client.py`.
 */

import { UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { GROUP_OPTIONS } from "@/host/process_group.ts";
import type { Waiting } from "./mount.ts";
import { RigError } from "./rig_error.ts";
import { runCommand } from "./run_command.ts";

const CLIENT = "labgrid-client";

/** How long one question to the coordinator may take, in milliseconds. */
const CALL_MS = 30_000;

/** More of what it said does not help. */
const MAX_SAID = 500;

/** Where the client looks when nothing says otherwise: `labgrid-client --help`. */
const DEFAULT_COORDINATOR = "127.0.0.1:20408";

/** What would have the client speak of other places than the one that it is asked for. */
const UNWANTED = ["LG_ENV", "LG_PLACE", "PLACE", "LG_STATE", "STATE", "LG_INITIAL_STATE"];

/** What {@linkcode Labgrid.call} is told. */
export interface CallOptions extends Waiting {
  /** In milliseconds. */
  readonly withinMs?: number;
  /** What is thrown when it takes longer, where that means something. */
  readonly late?: () => RigError;
  readonly onOutput?: (text: string) => void;
}

/** A coordinator, asked on behalf of one board. */
export class Labgrid {
  /** HOST:PORT. */
  readonly coordinator: string;
  readonly #board: string;
  readonly #env: Readonly<Record<string, string>>;

  /** @param board what the bench file calls the board */
  constructor(board: string, { environment }: { readonly environment: Environment }) {
    this.#board = board;
    this.coordinator = environment.raw("LG_COORDINATOR") ?? DEFAULT_COORDINATOR;
    const env: Record<string, string> = {
      ...environment.variables,
      LG_COORDINATOR: this.coordinator,
      // It says a reservation's name long before it ends.
      PYTHONUNBUFFERED: "1",
    };
    for (const name of UNWANTED) delete env[name];
    this.#env = env;
  }

  /**
   * Runs the client with `args`. Resolves with what it printed.
   *
   * @throws {RigError} `missing` when there is no such place; else `broken`, when the client or the
   * coordinator is not there, or with what the client said.
   */
  async call(args: readonly string[], options: CallOptions): Promise<string> {
    const { withinMs = CALL_MS, late, signal, onOutput } = options;
    const shown = [CLIENT, ...args].join(" ");
    try {
      const { code, stdout, stderr } = await runCommand([CLIENT, ...args], {
        ...{ signal, withinMs, env: this.#env },
        late: late ??
          (() => this.#error(`\`${shown}\` was not done after ${withinMs / 1000} s.`)),
        ...(onOutput !== undefined && { onOutput }),
      });
      if (code === 0) return stdout;
      throw this.#refusal(shown, stderr.trim() || stdout.trim());
    } catch (cause) {
      if (!(cause instanceof UsageError)) throw cause;
      const what = `${cause.message} Install labgrid where PATH leads: pip install labgrid.`;
      throw this.#error(what, { cause });
    }
  }

  /**
   * Starts what frees a place when this process ends without doing so itself: labgrid keeps a place
   * acquired for good.
   */
  keep(token: string): Keeper {
    return new Keeper(token, { env: this.#env });
  }

  #refusal(shown: string, said: string): RigError {
    if (said.includes("Could not connect to coordinator")) {
      return this.#error(
        `No labgrid coordinator answers at ${this.coordinator}. Set LG_COORDINATOR to the HOST:PORT ` +
          "where one does.",
      );
    }
    return this.#error(`\`${shown}\` failed: ${said.slice(-MAX_SAID)}`);
  }

  #error(message: string, options?: ErrorOptions): RigError {
    const whole = `Cannot get hold of "${this.#board}" by labgrid: ${message}`;
    return new RigError("broken", this.#board, whole, options);
  }
}

/**
 * Waits in a session of its own, which Ctrl-C does not reach, until its standard input ends: with
 * "done" where all was freed, else because the process that it belongs to is gone.
 */
const KEEP = `
while read -r line; do state=$line; done
[ "$state" = done ] && exit
[ "$state" = acquired ] && "$0" -p "+$1" release
"$0" cancel-reservation "$1"
`;

/** Frees what a reservation has, should this process end without doing so. */
export class Keeper {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(token: string, { env }: { readonly env: Readonly<Record<string, string>> }) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", KEEP, CLIENT, token],
      env: { ...env },
      clearEnv: true,
      ...{ stdin: "piped", stdout: "null", stderr: "null" },
      ...GROUP_OPTIONS,
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
  }

  /** Says how far things are. */
  async note(state: "acquired" | "done"): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${state}\n`));
  }

  /** Has it end, and does so at once when all was freed. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}
