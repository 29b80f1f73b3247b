/** A notebook on simulated boards, and what it completes and inspects. For tests. */

import { ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import type { MimeBundle } from "@/base/mime.ts";
import { MemorySink } from "@/base/sink.ts";
import type { Surface } from "@/commands/command.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { type Link, simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../mocks/board.ts";

/** Nothing in these tests may take longer. */
export const DEADLINE_MS = 30_000;

/** Keeps results and pages apart from what is printed. */
export class NotebookSink extends MemorySink {
  readonly results: unknown[] = [];
  readonly pages: MimeBundle[] = [];

  override result(data: MimeBundle): Promise<void> {
    this.results.push(data["text/plain"]);
    return Promise.resolve();
  }

  override page(data: MimeBundle): Promise<void> {
    this.pages.push(data);
    return Promise.resolve();
  }
}

/** A notebook whose simulated boards are of one kind. */
export class Notebook implements AsyncDisposable {
  readonly session: Session;
  /** How many bytes were sent to boards. */
  sentBytes = 0;
  readonly #boards = new Map<string, SimulatedBoard>();
  #heard = "";
  #onHeard = () => {};

  constructor(
    profile = "esp32",
    variables: Record<string, string> = {},
    surface: Surface = "notebook",
  ) {
    const simulated = simulatedScheme({
      connect: async (name) => {
        const board = this.#boards.get(name) ?? await SimulatedBoard.start({ name, profile });
        this.#boards.set(name, board);
        return this.#overhear(await board.connect());
      },
      running: () => [...this.#boards.keys()],
    });
    this.session = new Session({
      commands: COMMANDS,
      cellMagics: CELL_MAGICS,
      schemes: new Map([...BUILT_IN_SCHEMES, ["sim", simulated]]),
      environment: new Environment({ IOT_PORTS: "sim://a", ...variables }),
      surface,
      // A test must not stop what runs on this computer's boards.
      listUsbPorts: () => Promise.resolve([]),
    });
  }

  /** Runs a cell; what it printed, showed and raised. */
  async run(cell: string, signal = new AbortController().signal) {
    const sink = new NotebookSink();
    const outcome = await this.session.run(cell, sink, { signal });
    const { stdout, results, pages } = sink;
    const traceback = outcome.status === "error" ? outcome.traceback.join("\n") : "";
    return { outcome, stdout, results, pages, traceback };
  }

  /** Waits until a board has sent `text`, whatever becomes of it. */
  async hears(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeard = () => {
      if (this.#heard.includes(text)) resolve();
    };
    this.#onHeard();
    ok(await within(DEADLINE_MS, promise), `the board never said "${text}"`);
  }

  #overhear(link: Link): Link {
    const decoder = new TextDecoder();
    return {
      read: async () => {
        const bytes = await link.read();
        if (bytes !== null) this.#heard += decoder.decode(bytes, { stream: true });
        this.#onHeard();
        return bytes;
      },
      write: (data) => {
        this.sentBytes += data.length;
        return link.write(data);
      },
      close: () => link.close(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    for (const board of this.#boards.values()) await board[Symbol.asyncDispose]();
  }
}

/** The texts that complete `text` at `¶`. */
export async function completions({ session }: Notebook, text: string): Promise<string[]> {
  const { matches } = await session.complete(text.replace("¶", ""), text.indexOf("¶"));
  return matches.map(({ text }) => text);
}

/** What is known about the name in `text` at `¶`, without colours. */
export async function inspected(
  { session }: Notebook,
  text: string,
  detail: 0 | 1 = 0,
): Promise<string> {
  const data = await session.inspect(text.replace("¶", ""), text.indexOf("¶"), { detail });
  return plain(data?.["text/plain"]);
}

export function plain(text: unknown): string {
  // deno-lint-ignore no-control-regex -- colours are control characters
  return String(text ?? "").replaceAll(/\x1b\[[\d;]*m/g, "");
}

/** Things on a board that notice when they are touched. */
export const TOUCHY = `
touched = []
class Sensor:
    "Reads."
    unit = "C"
    def __init__(self):
        self.count = 3
    @property
    def value(self):
        touched.append("value")
        return 1
    def read(self, times=1):
        """How warm it is.

        In degrees.
        """
        return self.count * times
    def __getattr__(self, name):
        touched.append(name)
        raise AttributeError(name)
    def __repr__(self):
        touched.append("repr")
        return "a sensor"
    def __dir__(self):
        touched.append("dir")
        return []
sensor = Sensor()
numbers = [1, 2, {"a": b"b"}]
`;
