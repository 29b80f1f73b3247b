/** A computer with libraries and device files, and a simulated board: where syncs are tried. */

import { MemorySink } from "@/base/sink.ts";
import { COMMANDS } from "@/commands/registry.ts";
import { makeTree } from "@/config/testing.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import type { SessionOptions } from "@/session/session.ts";
import { SimulatedBoard } from "../mocks/board.ts";
import { Notebook, type Ran } from "./notebook_testing.ts";

/** No command in the tests may take longer. */
const DEADLINE_MS = 60_000;

/** What a {@linkcode SyncDesk} begins with. */
export interface SyncDeskOptions {
  /** Files of the computer, by path below `$IOT`, its home. */
  readonly host?: Readonly<Record<string, string | Uint8Array>>;
  /** The device file; `UID` in it stands for the board's. */
  readonly config?: string;
  /** Files of the board. */
  readonly board?: Readonly<Record<string, string>>;
  readonly profile?: string;
  readonly surface?: SessionOptions["surface"];
  readonly variables?: Readonly<Record<string, string>>;
}

/** A file of `size` bytes. */
export function fileOf(size: number): string {
  return "# ".padEnd(size - 1, "x") + "\n";
}

/** A notebook, its home, and a board that is called huzzah32 in its device file. */
export class SyncDesk implements AsyncDisposable {
  readonly home: string;
  readonly notebook: Notebook;
  readonly board: SimulatedBoard;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<SyncDesk, "home" | "notebook" | "board">,
    stack: AsyncDisposableStack,
  ) {
    this.home = parts.home;
    this.notebook = parts.notebook;
    this.board = parts.board;
    this.#stack = stack;
  }

  static async open(options: SyncDeskOptions = {}): Promise<SyncDesk> {
    await using stack = new AsyncDisposableStack();
    const name = "huzzah32";
    const { config, profile } = options;
    const text = new TextEncoder();
    const files = Object.entries(options.board ?? {});
    const board = stack.use(
      await SimulatedBoard.start({
        name,
        ...(profile !== undefined && { profile }),
        files: [
          ...foldersOf(files),
          ...files.map(([path, data]) => [path, text.encode(data)] as const),
        ],
      }),
    );
    const device = config?.replaceAll("UID", board.uid);
    const tree = stack.use(
      await makeTree({
        ...options.host,
        ...(device !== undefined && { "iot49/devices/rig.yaml": device }),
      }),
    );
    const simulated = simulatedScheme({
      connect: () => board.connect(),
      running: () => [name],
    });
    const variables = {
      HOME: tree.path,
      XDG_DATA_HOME: `${tree.path}/.data`,
      XDG_RUNTIME_DIR: `${tree.path}/.run`,
      IOT_DEVICE: `sim://${name}`,
      ...options.variables,
    };
    const notebook = stack.use(
      new Notebook(variables, {
        schemes: new Map([...BUILT_IN_SCHEMES, ["sim", simulated]]),
        ...(options.surface !== undefined && { surface: options.surface }),
      }),
    );
    return new SyncDesk({ home: tree.path, notebook, board }, stack.move());
  }

  /** Runs a cell that must go well, and returns what it printed. */
  async run(cell: string): Promise<string> {
    const { outcome, stdout, stderr } = await this.notebook.run(cell);
    if (outcome.status === "ok") return stdout;
    throw new Error(`${cell}\n${stdout}${stderr}${outcome.traceback.join("\n")}`);
  }

  /** Runs a cell that may fail. */
  try(cell: string): Promise<Ran> {
    return this.notebook.run(cell);
  }

  /** Runs a command as the shell does. */
  async call(name: string, argv: readonly string[], sink = new MemorySink()): Promise<Ran> {
    const command = COMMANDS.find((command) => command.name === name)!;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const outcome = await this.notebook.session.call(command, argv, { sink, signal });
    return { outcome, stdout: sink.stdout, stderr: sink.stderr };
  }

  /** Writes a file of the computer, below its home, at once: who watches never sees half of it. */
  async write(path: string, data: string | Uint8Array): Promise<void> {
    const file = `${this.home}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const part = file.replace(/[^/]*$/, ".part");
    await Deno.writeFile(part, bytes);
    await Deno.rename(part, file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

/** Folders come before what is in them. */
function foldersOf(files: readonly (readonly [string, unknown])[]): [string, null][] {
  const folders = new Set<string>();
  for (const [path] of files) {
    for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
      folders.add(path.slice(0, at));
    }
  }
  return [...folders].sort().map((path) => [path, null]);
}
