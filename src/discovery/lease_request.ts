/** The asker's side of a board that another program of ours holds. */

import { within } from "@/base/deadline.ts";
import { removeIfDead } from "./lease.ts";
import {
  type Answer,
  isAnswer,
  type Question,
  readMessage,
  writeMessage,
} from "./lease_protocol.ts";
import { describeParty, type Party } from "./party.ts";

/** How long a holder may take to say who it is: at once, unless it is stopped or the machine is busy. */
const WHO_MS = 2_000;
/**
 * How long it may take to let go: it waits for a command to end, puts back up to two things on the
 * board, for which a mute one has 2 s each before it is interrupted, and closes the port.
 */
const RELEASE_MS = 12_000;

/** What a holder answered, and where it can be asked again. */
export interface Holding extends Answer {
  readonly path: string;
}

/** All boards that programs of ours hold. Sockets that crashed programs left are removed. */
export async function listHoldings(directory: string, by: Party): Promise<Holding[]> {
  const paths: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (name.endsWith(".sock")) paths.push(`${directory}/${name}`);
    }
  } catch {
    return []; // nobody ever held a board here
  }
  const answers = await Promise.all(paths.map((path) => ask(path, { op: "who", by }, WHO_MS)));
  return answers.filter((answer) => answer !== undefined);
}

/** Asks a holder to let go; resolves to its answer, or undefined when it gives none. */
export async function requestRelease({ path }: Holding, by: Party): Promise<Holding | undefined> {
  return await ask(path, { op: "release", by }, RELEASE_MS);
}

/** Why a board is not to be had. */
export function describeHolding({ holder, held }: Holding, name: string): string {
  return `${name} at ${held.url} is in use by ${describeParty(holder)}, which runs something on ` +
    "it just now. Try again when that is done, or interrupt it.";
}

async function ask(path: string, question: Question, ms: number): Promise<Holding | undefined> {
  let connection: Deno.Conn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) await removeIfDead(path);
    return undefined;
  }
  const exchange = (async () => {
    await writeMessage(connection, question);
    return await readMessage(connection);
  })().catch(() => undefined);
  const inTime = await within(ms, exchange);
  connection.close();
  const answer = await exchange;
  return inTime && isAnswer(answer) ? { ...answer, path } : undefined;
}
