/**
 * Reading the trace of a session, as `IOT_TRACE` records it: a line of JSON for each thing that
 * happened. The format is described in docs/logging.md; this reads it from there, and shares no code
 * with what writes it.
 */

import { reasonOf } from "../reason.ts";

/** Bytes that a side said. */
export interface Saying {
  readonly side: "host" | "board";
  readonly bytes: Uint8Array;
  /** Whether the byte of the same index is not told, and may be any. */
  readonly isBlank: readonly boolean[];
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

/** What happened on one connection, in order. */
export interface RecordedConnection {
  readonly address: string;
  readonly sayings: readonly Saying[];
  /** Whether the board went away at the end. */
  readonly isCut: boolean;
}

/** A command that was recorded. */
export interface RecordedCommand {
  /** E.g. `iot exec print(1)`. */
  readonly command: string;
  /** What it drew from what it made up. */
  readonly seed: number;
}

/** A trace. */
export interface Trace {
  readonly commands: readonly RecordedCommand[];
  /** In the order in which they were opened. */
  readonly connections: readonly RecordedConnection[];
}

/** The formats that can be read. */
const FORMAT = "iot-trace 1";

/**
 * Reads a trace.
 *
 * @throws {RangeError} that names file and line, when it cannot be read or is none.
 */
export async function readTrace(file: string): Promise<Trace> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (cause) {
    throw new RangeError(`Cannot read the trace "${file}": ${reasonOf(cause)}.`, { cause });
  }
  return parseTrace(text, file);
}

/** {@linkcode readTrace} for a text. */
export function parseTrace(text: string, file: string): Trace {
  const commands: RecordedCommand[] = [];
  const connections: (RecordedConnection & { sayings: Saying[]; isCut: boolean })[] = [];
  const open = new Map<string, typeof connections[number]>();
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue;
    const at = new Place(file, index + 1);
    const entry = at.object(content);
    if (commands.length === 0 && entry.event !== "start") {
      throw at.wrong('a trace begins with a line whose event is "start"');
    }
    if (entry.event === "start") {
      if (entry.format !== FORMAT) {
        throw at.wrong(`its format is ${JSON.stringify(entry.format)}, this reads "${FORMAT}"`);
      }
      commands.push({ command: at.text(entry, "command"), seed: at.whole(entry, "seed") });
      continue;
    }
    if (entry.event === "failed") continue;
    const id = at.text(entry, "id");
    if (entry.event === "open") {
      if (entry.protocol !== undefined) {
        throw at.wrong(`a connection that speaks "${entry.protocol}" cannot be played back`);
      }
      const connection = { address: at.text(entry, "address"), sayings: [], isCut: false };
      connections.push(connection);
      open.set(id, connection);
      continue;
    }
    const connection = open.get(id);
    if (connection === undefined) throw at.wrong(`the connection "${id}" was never opened`);
    if (entry.event === "host" || entry.event === "board") {
      connection.sayings.push(at.saying(entry, entry.event));
    } else if (entry.event === "error") {
      if (entry.code === "gone") connection.isCut = true;
    } else if (entry.event === "close") {
      open.delete(id);
    } else if (entry.event !== "lines") {
      throw at.wrong(`the event ${JSON.stringify(entry.event)} is not known`);
    }
  }
  if (connections.length === 0) {
    throw new RangeError(`There is no connection in the trace "${file}".`);
  }
  return { commands, connections };
}

type Entry = Readonly<Record<string, unknown>>;

/** A line of the file, to complain about. */
class Place {
  readonly #file: string;
  readonly #line: number;

  constructor(file: string, line: number) {
    this.#file = file;
    this.#line = line;
  }

  wrong(what: string): RangeError {
    return new RangeError(`Cannot play back "${this.#file}", line ${this.#line}: ${what}.`);
  }

  object(text: string): Entry {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.wrong("it is no JSON: the file was cut off or edited");
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Entry;
    throw this.wrong("it is no object in JSON");
  }

  text(entry: Entry, key: string): string {
    const value = entry[key];
    if (typeof value === "string") return value;
    throw this.wrong(`"${key}" must be a text`);
  }

  whole(entry: Entry, key: string): number {
    const value = entry[key];
    if (Number.isSafeInteger(value)) return value as number;
    throw this.wrong(`"${key}" must be a whole number`);
  }

  saying(entry: Entry, side: Saying["side"]): Saying {
    const text = this.text(entry, "text");
    const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
    if (codes.some((code) => code > 0xff)) {
      throw this.wrong('each letter of "text" stands for a byte, and one is above \\u00ff');
    }
    const isBlank = codes.map(() => false);
    const { blank = [] } = entry;
    for (const range of Array.isArray(blank) ? blank : [blank]) {
      const [from, count] = Array.isArray(range) ? range : [];
      const isRange = Number.isInteger(from) && Number.isInteger(count) && from >= 0 &&
        count > 0 && from + count <= codes.length;
      if (!isRange) throw this.wrong('"blank" must list [index, count] of bytes in "text"');
      isBlank.fill(true, from, from + count);
    }
    return { side, bytes: Uint8Array.from(codes), isBlank, line: this.#line };
  }
}
