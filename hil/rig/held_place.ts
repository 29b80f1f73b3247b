/** A labgrid place that is ours: its serial port, its power, and that it is given back. */

import { pause, within } from "@/base/deadline.ts";
import { parseYaml, type YamlNode } from "@/config/yaml_tree.ts";
import type { Keeper, Labgrid } from "./labgrid.ts";
import type { Waiting } from "./mount.ts";
import { RigError } from "./rig_error.ts";

/** Between two looks whether the port is there. */
const AGAIN_MS = 500;

/** How long giving back may take, whoever interrupts. */
const RELEASE_MS = 20_000;

/** What a {@linkcode HeldPlace} is made with. */
export interface Holding {
  readonly labgrid: Labgrid;
  readonly place: string;
  /** The reservation's. */
  readonly token: string;
  readonly keeper: Keeper;
}

/** A reservation, and the place once it is acquired. */
export class HeldPlace implements AsyncDisposable {
  readonly #board: string;
  readonly #holding: Holding;
  #state: "reserved" | "acquiring" | "acquired" = "reserved";

  /** @param board what the bench file calls it */
  constructor(board: string, holding: Holding) {
    this.#board = board;
    this.#holding = holding;
  }

  /** Takes what is reserved. */
  async acquire({ signal }: Waiting): Promise<void> {
    // Before it is so: should we be gone in between, nobody else would know.
    await this.#holding.keeper.note("acquired");
    this.#state = "acquiring";
    await this.#call(["acquire"], { signal });
    this.#state = "acquired";
  }

  /** Where its serial port answers, and the kinds of all that it has. */
  async port(
    { signal, withinMs }: Waiting & { readonly withinMs: number },
  ): Promise<{ url: string; resources: readonly string[] }> {
    const end = performance.now() + withinMs;
    for (;;) {
      const resources = await readResources(await this.#call(["env"], { signal }));
      const port = resources.find(({ kind, keys }) =>
        kind === "NetworkSerialPort" && keys.port !== undefined
      );
      if (port !== undefined) {
        return { url: urlOf(port.keys), resources: resources.map(({ kind }) => kind) };
      }
      if (performance.now() > end) throw this.#noPort(resources);
      await pause(AGAIN_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Off, and on again. */
  async powerCycle({ signal }: Waiting): Promise<void> {
    try {
      await this.#call(["power", "cycle"], { signal });
    } catch (cause) {
      if (!(cause instanceof RigError)) throw cause;
      throw new RigError("power", this.#board, cause.message, { cause });
    }
  }

  /** Gives it back, whoever interrupts meanwhile. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { labgrid, token, keeper } = this.#holding;
    const uninterrupted = { signal: new AbortController().signal, withinMs: RELEASE_MS };
    try {
      if (this.#state !== "reserved") await this.#release(uninterrupted);
      await labgrid.call(["cancel-reservation", token], uninterrupted);
      await keeper.note("done");
    } finally {
      // Where something failed it tries once more.
      await within(RELEASE_MS, keeper.close());
    }
  }

  async #release(options: Waiting & { withinMs: number }): Promise<void> {
    try {
      await this.#call(["release"], options);
    } catch (error) {
      // Whether we ever had it is not known then.
      if (this.#state === "acquired") throw error;
    }
  }

  async #call(args: readonly string[], options: Waiting & { withinMs?: number }): Promise<string> {
    const { labgrid, token } = this.#holding;
    return await labgrid.call(["-p", `+${token}`, ...args], options);
  }

  #noPort(resources: readonly Resource[]): RigError {
    const list = resources.map(({ kind }) => kind).join(", ") || "nothing";
    return new RigError(
      "missing",
      this.#board,
      `The place "${this.#holding.place}" has no NetworkSerialPort that can be used, but ${list}. ` +
        "Is its exporter running, and is the board plugged in?",
    );
  }
}

/** A resource of a place, as `labgrid-client env` prints it. */
interface Resource {
  /** Its class, e.g. `NetworkSerialPort`. */
  readonly kind: string;
  readonly keys: Readonly<Record<string, string>>;
}

async function readResources(yaml: string): Promise<Resource[]> {
  const { root } = await parseYaml(yaml, "labgrid-client env");
  const targets = entriesOf(root).find(({ key }) => key === "targets")?.value;
  const lists = entriesOf(targets).flatMap(({ value }) => entriesOf(value))
    .filter(({ key }) => key === "resources");
  return lists.flatMap(({ value }) => value.kind === "list" ? value.items : [])
    .flatMap(entriesOf)
    .map(({ key, value }) => ({ kind: key, keys: scalarsOf(value) }));
}

function entriesOf(node: YamlNode | undefined) {
  return node?.kind === "map" ? node.entries : [];
}

function scalarsOf(node: YamlNode): Record<string, string> {
  return Object.fromEntries(
    entriesOf(node).flatMap(({ key, value }) =>
      value.kind === "scalar" && value.value !== null ? [[key, value.text]] : []
    ),
  );
}

/** Its exporter has set the speed already. */
function urlOf({ host, port, protocol = "rfc2217" }: Resource["keys"]): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `${protocol === "raw" ? "tcp" : "rfc2217"}://${name}:${port}`;
}
