/** `iot sim`: simulated boards that other programs can reach. */

import { aborted } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import { alignColumns } from "@/base/text.ts";
import { type Command, defineCommand } from "@/commands/command.ts";
import { playBack, type ReplayOptions, type StartReplay } from "./sim_replay.ts";

/** A named choice with a line of explanation. */
export interface Choice {
  readonly name: string;
  readonly summary: string;
}

/** What boards to start. Times in milliseconds. */
export interface SimulationOptions {
  readonly names: readonly string[];
  readonly profile?: string;
  /** A pseudo-terminal for each board; a path makes a symbolic link to the first one. */
  readonly pty: boolean | string;
  /** Port of the first board, counting up; 0 for any. */
  readonly tcp?: number;
  /** Port of the first board's WebREPL, counting up; 0 for any. */
  readonly ws?: number;
  /** Port of the first board's server of iot49's protocol, counting up; 0 for any. */
  readonly mp?: number;
  /** Of the WebREPL and the `mp` server. */
  readonly password?: string;
  readonly baud?: number;
  readonly latencyMs?: number;
  readonly faults: readonly string[];
  /** What they run as main.py. */
  readonly program?: string;
  /** A directory that keeps the first board's files; further boards have `DIR/NAME`. */
  readonly fsDir?: string;
  readonly seed?: number;
}

/** Boards that run until disposed. */
export interface Simulation extends AsyncDisposable {
  readonly boards: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/** The simulator as this command needs it; the composition root brings the real one. */
export interface Simulator {
  profiles(): Promise<readonly Choice[]>;
  faults(): Promise<readonly Choice[]>;
  programs(): Promise<readonly Choice[]>;
  /**
   * @throws {RangeError} when an option has a value that there is not.
   * @throws {Deno.errors.AddrInUse} when another program has the port.
   */
  start(options: SimulationOptions): Promise<Simulation>;
}

interface SimArguments {
  names: string[];
  profile?: string;
  profiles: boolean;
  pty?: string | true;
  tcp?: number;
  ws?: number;
  mp?: number;
  password?: string;
  baud?: number;
  latency?: number;
  fault?: string[];
  faults: boolean;
  program?: string;
  programs: boolean;
  fs?: string;
  seed?: number;
  replay?: string;
}

/**
 * Makes the command.
 *
 * @param startReplay plays a trace back
 */
export function simCommand(simulator: Simulator, startReplay: StartReplay): Command {
  return defineCommand<SimArguments>({
    name: "sim",
    summary: "Start simulated boards and print their addresses.",
    group: "shell",
    surfaces: ["shell"],
    arguments(parser) {
      parser.add_argument("names", { nargs: "*", metavar: "NAME", help: "default: demo" });
      parser.add_argument("--profile", { help: "kind of board; --profiles lists them" });
      parser.add_argument("--profiles", { action: "store_true", help: "list the kinds of boards" });
      parser.add_argument("--pty", {
        nargs: "?",
        const: true,
        metavar: "LINK",
        help: "as a serial port (the default); LINK is a path with a / that leads to it",
      });
      parser.add_argument("--tcp", { type: "int", metavar: "PORT", help: "on a port; 0: any" });
      parser.add_argument("--ws", { type: "int", metavar: "PORT", help: "a WebREPL; 0: any" });
      parser.add_argument("--mp", {
        type: "int",
        metavar: "PORT",
        help: "a server of iot49's own protocol; 0: any",
      });
      parser.add_argument("--password", {
        metavar: "WORD",
        help: "of both, at most 9 characters for a WebREPL; default: simulated",
      });
      parser.add_argument("--baud", { type: "int", metavar: "N", help: "limit the line's speed" });
      parser.add_argument("--latency", { type: "float", metavar: "MS", help: "delay each way" });
      parser.add_argument("--fault", {
        action: "append",
        metavar: "FAULT[=N]",
        help: "misbehave, from byte N or for N ms; --faults lists how",
      });
      parser.add_argument("--faults", { action: "store_true", help: "list the faults" });
      parser.add_argument("--program", {
        metavar: "NAME",
        help: "what they run as main.py; --programs lists what",
      });
      parser.add_argument("--programs", { action: "store_true", help: "list the programs" });
      parser.add_argument("--fs", {
        metavar: "DIR",
        help: "keep files there, of further boards in DIR/NAME",
      });
      parser.add_argument("--seed", { type: "int", metavar: "N", help: "seed of random faults" });
      parser.add_argument("--replay", {
        metavar: "FILE",
        help: "play back a session that $IOT_TRACE recorded; with --pty or --tcp, and one NAME",
      });
    },
    async run({ sink, signal }, args) {
      if (args.replay !== undefined) {
        const { name, options } = toReplay({ ...args, replay: args.replay });
        const start = () => started(() => startReplay(options), options);
        return await playBack({ sink, signal }, { name, start });
      }
      for (const asked of ["profiles", "faults", "programs"] as const) {
        if (!args[asked]) continue;
        const rows = (await simulator[asked]()).map(({ name, summary }) => [name, summary]);
        return await sink.write("stdout", alignColumns(rows).join("\n") + "\n");
      }
      const options = await toOptions(args, simulator);
      await using simulation = await started(() => simulator.start(options), options);
      for (const { name, addresses } of simulation.boards) {
        for (const address of addresses) await sink.write("stdout", `${name} ${address}\n`);
      }
      await sink.flush();
      await aborted(signal);
    },
  });
}

type Ports = Partial<Record<"tcp" | "ws" | "mp", number>>;

/** What begins to listen, or why it cannot. */
async function started<T>(
  start: () => Promise<T>,
  ports: Ports,
): Promise<T> {
  try {
    return await start();
  } catch (cause) {
    if (cause instanceof RangeError) throw new UsageError(cause.message, { cause });
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new UsageError(`This user may not listen on ${portsOf(ports)}.`, { cause });
    }
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new UsageError(`Another program listens on ${portsOf(ports)}.`, { cause });
    }
    throw cause;
  }
}

/** `port 4000`, or `port 4000 or 8266`: those that were asked for. */
function portsOf({ tcp, ws, mp }: Ports): string {
  return `port ${[tcp, ws, mp].filter((port) => port !== undefined && port !== 0).join(" or ")}`;
}

async function toOptions(args: SimArguments, simulator: Simulator): Promise<SimulationOptions> {
  const { profile, tcp, ws, mp, password, baud, latency, seed, program, fs } = args;
  await checkChoice("profile", profile ? [profile] : [], await simulator.profiles());
  await checkChoice("program", program ? [program] : [], await simulator.programs());
  const faults = args.fault ?? [];
  await checkChoice("fault", faults.map((text) => text.split("=")[0]), await simulator.faults());
  const { names, link } = namesAndLink(args);
  return {
    names: names.length > 0 ? names : ["demo"],
    pty: link ?? (args.pty !== undefined || (tcp ?? ws ?? mp) === undefined),
    faults,
    ...(profile !== undefined && { profile }),
    ...(tcp !== undefined && { tcp }),
    ...(ws !== undefined && { ws }),
    ...(mp !== undefined && { mp }),
    ...(password !== undefined && { password }),
    ...(program !== undefined && { program }),
    ...(fs !== undefined && { fsDir: fs }),
    ...(baud !== undefined && { baud }),
    ...(latency !== undefined && { latencyMs: latency }),
    ...(seed !== undefined && { seed }),
  };
}

/** argparse gives the word behind `--pty` to it; a word without a slash is a board's name. */
function namesAndLink({ names, pty }: SimArguments): { names: string[]; link?: string } {
  const isLink = typeof pty === "string" && pty.includes("/");
  const all = typeof pty === "string" && !isLink ? [pty, ...names] : names;
  checkNames(all);
  return { names: all, ...(isLink && { link: pty }) };
}

function checkNames(names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    if (!/^[\w.-]+$/.test(name)) {
      throw new UsageError(`"${name}" cannot be a board's name: use letters, digits and . _ -`);
    }
    if (names.indexOf(name) < index) throw new UsageError(`Two boards cannot be called "${name}".`);
  }
}

function checkChoice(what: string, given: readonly string[], choices: readonly Choice[]): void {
  const wrong = given.find((name) => !choices.some((choice) => choice.name === name));
  if (wrong === undefined) return;
  const names = choices.map(({ name }) => name).join(", ");
  throw new UsageError(`Unknown ${what} "${wrong}". There are: ${names}.`);
}

/** @throws {UsageError} when there are options that mean something to simulated boards only. */
function toReplay(
  args: SimArguments & { readonly replay: string },
): { name: string; options: ReplayOptions } {
  const { names: _, replay: file, pty, tcp, ...others } = args;
  const wrong = Object.entries(others)
    .find(([, value]) => value !== undefined && value !== null && value !== false);
  if (wrong !== undefined) {
    throw new UsageError(`--replay plays a board that was recorded: --${wrong[0]} has no meaning.`);
  }
  const { names: [name = "replay", ...more], link } = namesAndLink(args);
  if (more.length > 0) throw new UsageError("--replay plays one board: give one name at most.");
  if (pty !== undefined && tcp !== undefined) {
    throw new UsageError("--replay plays one board: give --pty or --tcp, not both.");
  }
  const where = { ...(link !== undefined && { pty: link }), ...(tcp !== undefined && { tcp }) };
  return { name, options: { file, ...where } };
}
