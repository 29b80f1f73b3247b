/** What a notebook is helped with besides running cells: results, completion, inspection. */

import type { MimeBundle } from "@/base/mime.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { Sink } from "@/base/sink.ts";
import type { CellMagic, Command } from "@/commands/command.ts";
import type { Environment } from "@/config/environment.ts";
import type { HostNames } from "@/host/host_python.ts";
import type { Completions } from "../answers.ts";
import { type BoardList, complete } from "./completer.ts";
import { nameAt } from "./cursor.ts";
import { completePart, hostPart, inspectPart, withForeignMagics } from "./host_part.ts";
import { describe } from "./inspector.ts";
import { type ConnectedBoard, Knowledge } from "./knowledge.ts";
import { Notes } from "./notes.ts";
import { QuietTime, turnOfCell } from "./quiet_time.ts";
import { withSource } from "./traceback_source.ts";

/** What an assistant looks at. */
export interface AssistantOptions {
  readonly commands: readonly Command[];
  readonly cellMagics: readonly CellMagic[];
  readonly environment: Environment;
  /** What addresses begin with. */
  readonly schemes: { keys(): Iterable<string> };
  readonly devices: BoardList & ConnectedBoard;
  /** What the Python of this computer knows. */
  readonly hostNames: HostNames;
}

/** Knows about the names in cells and on the board, and asks the board only between cells. */
export class Assistant implements AsyncDisposable {
  readonly #options: AssistantOptions;
  readonly #quiet = new QuietTime();
  readonly #notes = new Notes();
  readonly #knowledge: Knowledge;

  constructor(options: AssistantOptions) {
    this.#options = options;
    this.#knowledge = new Knowledge(this.#quiet, options.devices);
  }

  /** Does the work of a cell; its traceback shows the lines that are known. */
  async run(
    cell: string,
    work: () => Promise<Outcome>,
    { sink, signal }: { readonly sink: Sink; readonly signal: AbortSignal },
  ): Promise<Outcome> {
    this.#notes.add(cell);
    const outcome = await this.#quiet.run(work, { signal });
    return withSource(outcome, this.#notes.cells, sink);
  }

  /** Notes that Python of the cell runs on the connected board, which has its names from now on. */
  noteRun(): void {
    this.#notes.keepLast();
  }

  /** Does work that uses the board, but is no cell. */
  use<T>(work: () => Promise<T>, options: { readonly signal: AbortSignal }): Promise<T> {
    return this.#quiet.run(work, options);
  }

  async complete(text: string, cursor: number): Promise<Completions> {
    const names = this.#options.hostNames;
    const part = hostPart(text, cursor, this.#options);
    if (part !== undefined) return await completePart(part, names);
    const completions = await complete(text, cursor, {
      ...this.#options,
      knowledge: this.#knowledge,
      notes: this.#notes,
    });
    return await withForeignMagics(completions, { text, cursor, names });
  }

  async inspect(
    text: string,
    cursor: number,
    { detail }: { detail: 0 | 1 },
  ): Promise<MimeBundle | undefined> {
    const { hostNames } = this.#options;
    const part = hostPart(text, cursor, this.#options);
    if (part !== undefined) return await inspectPart(part, hostNames, { detail });
    const name = nameAt(text, cursor);
    if (name === undefined) return undefined;
    const more = detail === 1;
    const knowledge = this.#knowledge;
    const known = await this.#describe(name, { knowledge, detail: more, show: more });
    if (known !== undefined || !name.startsWith("%")) return known;
    return await hostNames.inspect(name, name.length, { start: false, detail });
  }

  /**
   * What a cell asks for with `name?`, or `name??` where `detail`. The board is the cell's: that of
   * `devices`.
   */
  describe(
    name: string,
    { detail, signal, devices }: {
      readonly detail: boolean;
      readonly signal: AbortSignal;
      readonly devices: ConnectedBoard;
    },
  ): Promise<MimeBundle | undefined> {
    const knowledge = new Knowledge(turnOfCell(signal), devices);
    // What cells have defined on one board is not on another.
    const isHere = devices.connected === this.#options.devices.connected;
    const notes = isHere ? this.#notes : new Notes();
    return this.#describe(name, { knowledge, detail, show: true, notes });
  }

  #describe(
    name: string,
    options: {
      readonly knowledge: Knowledge;
      readonly detail: boolean;
      readonly show: boolean;
      readonly notes?: Notes;
    },
  ): Promise<MimeBundle | undefined> {
    return describe(name, { ...this.#options, notes: this.#notes, ...options });
  }

  /** Ends what is being asked. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#quiet.end();
  }
}
