/** Boards with something wrong with them, to see whether checks notice. */

import { concat, encode, indexOfBytes } from "@/base/bytes.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { observed } from "@/transport/observed.ts";
import { BUILT_IN_SCHEMES, type Scheme, type Schemes } from "@/transport/schemes.ts";
import type { Transport } from "@/transport/transport.ts";
import picomatch from "picomatch";
import { startBoards } from "../../mocks/sim.ts";
import type { BoardSpec } from "../rig/bench.ts";
import type { Mount } from "../rig/mount.ts";
import type { BoardResult } from "../run/result.ts";
import { runBoard } from "../run/run_board.ts";
import type { Check } from "./check.ts";

/** Nothing of these boards waits longer, whatever is wrong with them. */
const DEADLINE_MS = 120_000;

/**
 * Bytes that are others on their way, as a bad line or a board with a defect would have it. Only the
 * last one differs: those before may have been handed on already.
 */
export type Rewrite = readonly [from: string, to: string];

/** What is wrong with a board. */
export interface Mutation {
  /** The board's boot.py. */
  readonly boot?: string;
  /** Further files of the board, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** What changes on the way to the board, and from it. */
  readonly out?: readonly Rewrite[];
  readonly in?: readonly Rewrite[];
  /** As `iot sim --fault` takes them. */
  readonly faults?: readonly string[];
  readonly profile?: string;
  /** How it is reached. */
  readonly by?: "pty" | "ws";
  /** What its bench says. */
  readonly spec?: Partial<BoardSpec>;
  /** What its secrets.py says besides its password. */
  readonly secrets?: string;
  /** Of its WebREPL, as it is configured. */
  readonly password?: string;
}

/** Runs checks on a board, with something wrong with it or not. */
export async function runOn(
  mutation: Mutation,
  checks: readonly Check[],
): Promise<BoardResult> {
  const { by = "pty", profile = "esp32", faults = [], password = "rightpwd" } = mutation;
  const folder = await Deno.makeTempDir();
  try {
    const flash = `${folder}/flash`;
    await Deno.mkdir(flash);
    const files = { ...mutation.files, ...(mutation.boot && { "boot.py": mutation.boot }) };
    for (const [path, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${flash}/${path}`, text);
    }
    const secrets = `webrepl_pwd = "${password}"\n${mutation.secrets ?? ""}`;
    await Deno.writeTextFile(`${folder}/secrets.py`, secrets);
    const start = () =>
      startBoards({
        ...{ names: ["mutant"], profile, faults, seed: 1, fsDir: flash },
        ...(by === "ws" ? { ws: 0, password } : { pty: true }),
      });
    let simulation = await start();
    const spec: BoardSpec = {
      name: "mutant",
      source: { kind: "sim", profile, transport: by, faults },
      ...{ has: [], wiring: {}, transports: [], quirks: {}, timeouts: { bootMs: 3_000 } },
      at: { file: "mutants.yaml", line: 1, column: 1 },
      ...mutation.spec,
    };
    const mount: Mount = {
      spec,
      get url() {
        return simulation.boards[0].addresses[0];
      },
      variables: { IOT_SECRETS: `${folder}/secrets.py` },
      async powerCycle() {
        await simulation[Symbol.asyncDispose]();
        simulation = await start();
      },
      [Symbol.asyncDispose]: () => simulation[Symbol.asyncDispose](),
    };
    return await runBoard(spec, checks, {
      mountBoard: () => Promise.resolve(mount),
      product: {
        version: "test",
        commands: COMMANDS,
        cellMagics: CELL_MAGICS,
        schemes: rewriting(BUILT_IN_SCHEMES, mutation),
      },
      environment: new Environment({
        HOME: folder,
        XDG_RUNTIME_DIR: folder,
        PATH: "/usr/bin:/bin",
      }),
      signal: AbortSignal.timeout(DEADLINE_MS),
      progress: {
        boardBegins() {},
        boardWaits() {},
        checkBegins() {},
        checkEnds() {},
        boardEnds() {},
      },
      redact: (text) => text,
      match: picomatch,
      ...{ seed: 1, powerCycle: false },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `schemes`, on whose lines bytes change. */
function rewriting(schemes: Schemes, { in: read = [], out = [] }: Mutation): Schemes {
  const wrap = (scheme: Scheme): Scheme => ({
    ...scheme,
    open: async (address, options) => {
      const transport = await scheme.open(address, options);
      const [incoming, outgoing] = [new Rewriter(read), new Rewriter(out)];
      return observed(sending(transport, outgoing), { onRead: (bytes) => incoming.change(bytes) });
    },
  });
  return new Map([...schemes].map(([name, scheme]) => [name, wrap(scheme)]));
}

/** `transport`, where what is sent is changed: a copy, as the sender's bytes are its own. */
function sending(transport: Transport, rewriter: Rewriter): Transport {
  const { write } = transport;
  return Object.assign(transport, {
    write(data: Uint8Array, options?: { signal?: AbortSignal }) {
      const copy = data.slice();
      rewriter.change(copy);
      return write.call(transport, copy, options);
    },
  });
}

/** Changes bytes of a stream, however it comes in chunks. */
class Rewriter {
  readonly #rewrites: readonly { readonly from: Uint8Array; readonly last: number }[];
  readonly #keep: number;
  #before: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(rewrites: readonly Rewrite[]) {
    this.#rewrites = rewrites.map(([from, to]) => {
      const [bytes, changed] = [encode(from), encode(to)];
      const isSameBefore = bytes.slice(0, -1).every((byte, index) => byte === changed[index]);
      if (bytes.length !== changed.length || !isSameBefore) {
        throw new Error(`"${from}" and "${to}" differ in more than the last byte`);
      }
      return { from: bytes, last: changed.at(-1)! };
    });
    this.#keep = Math.max(0, ...this.#rewrites.map(({ from }) => from.length - 1));
  }

  /** Changes the next chunk in place. */
  change(chunk: Uint8Array): void {
    const { length } = this.#before;
    const stream = concat([this.#before, chunk]);
    for (const { from, last } of this.#rewrites) {
      for (
        let at = indexOfBytes(stream, from);
        at !== -1;
        at = indexOfBytes(stream, from, at + 1)
      ) {
        const index = at + from.length - 1 - length;
        if (index >= 0) chunk[index] = last;
      }
    }
    this.#before = this.#keep === 0 ? stream.slice(0, 0) : stream.slice(-this.#keep);
  }
}
