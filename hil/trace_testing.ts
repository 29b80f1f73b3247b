/** Recording what commands say to a board, and playing it back to the same commands. */

import { within } from "@/base/deadline.ts";
import { seedRandom } from "@/base/random.ts";
import { MemorySink } from "@/base/sink.ts";
import { COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Redactor } from "@/config/redact.ts";
import { Session } from "@/session/session.ts";
import type { Schemes } from "@/transport/schemes.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import { traceSchemes } from "@/transport/traced.ts";
import { DirectLink } from "../mocks/links/link.ts";
import { ReplayBoard } from "../mocks/replay/replay_board.ts";
import { parseTrace } from "../mocks/replay/trace_file.ts";

/** What commands made up follows from this. */
const SEED = 7;

/** No command in the tests may take longer, in milliseconds. */
const DEADLINE_MS = 60_000;

/** A command as it is typed, already split into words. */
export type Words = readonly [name: string, ...argv: string[]];

/** What a command printed, and how it ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly outcome: string;
}

/** Where commands run. */
export interface Place {
  readonly schemes: Schemes;
  /** The board's address. */
  readonly url: string;
  /** A directory that is home, with `secrets.py` in it or not. */
  readonly home: string;
}

/** Runs commands one after the other, on one connection, as a shell's would be. */
export async function runCommands(
  commands: readonly Words[],
  { schemes, url, home }: Place,
): Promise<Ran[]> {
  seedRandom(SEED);
  try {
    await using session = new Session({
      commands: COMMANDS,
      cellMagics: [],
      schemes,
      environment: environmentOf(home),
      surface: "shell",
    });
    const all: Ran[] = [];
    for (const [name, ...argv] of commands) {
      const sink = new MemorySink();
      const command = COMMANDS.find((command) => command.name === name)!;
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const outcome = await session.call(command, argv, { sink, signal, device: url });
      const ended = outcome.status === "ok" ? "ok" : `${outcome.ename}: ${outcome.evalue}`;
      all.push({ stdout: sink.stdout, stderr: sink.stderr, outcome: ended });
    }
    return all;
  } finally {
    seedRandom(undefined);
  }
}

/** The same, and what it said as a trace. */
export async function record(
  commands: readonly Words[],
  place: Place,
): Promise<{ ran: Ran[]; trace: string }> {
  const command = "iot";
  const start = { event: "start", format: "iot-trace 1", seed: SEED, command };
  const lines = [JSON.stringify(start)];
  const traced = traceSchemes(place.schemes, {
    secrets: new Redactor(environmentOf(place.home)),
    write: (line) => void lines.push(line),
  });
  const ran = await runCommands(commands, { ...place, schemes: traced.schemes });
  return { ran, trace: `${lines.join("\n")}\n` };
}

/** The same to a board that plays a trace; `difference` is what it had to object to. */
export async function replay(
  commands: readonly Words[],
  { trace, home }: { trace: string; home: string },
): Promise<{ ran: Ran[]; difference: string | undefined }> {
  using board = new ReplayBoard(parseTrace(trace, "trace").connections);
  let link: DirectLink | undefined;
  // It would wait for an answer for a long time.
  board.ended.then((difference) => difference === undefined ? undefined : link?.close());
  const simulated = simulatedScheme({
    connect: () => {
      const made: DirectLink = link = new DirectLink({
        write: (data) => board.receive(data),
        close: () => board.unplug(made),
      });
      board.plugIn(made);
      return Promise.resolve(made);
    },
    running: () => [],
  });
  const schemes: Schemes = new Map([["sim", simulated]]);
  const ran = await runCommands(commands, { schemes, url: "sim://replay", home });
  if (!await within(DEADLINE_MS, board.ended)) {
    throw new Error("the trace was not played to its end");
  }
  return { ran, difference: await board.ended };
}

function environmentOf(home: string): Environment {
  const runtime = { XDG_RUNTIME_DIR: home, XDG_DATA_HOME: `${home}/data` };
  return new Environment({ HOME: home, IOT_SECRETS: `${home}/secrets.py`, ...runtime });
}
