/** The board of `bench:sync`: in a process of its own, emptied and looked at between two runs. */

import { LineProcess } from "../../hil/acceptance/support/lines.ts";
import { IOT } from "../../hil/acceptance/support/product.ts";
import { need } from "../run.ts";
import type { Files } from "./sync_fixtures.ts";
import tools from "./sync_board.py" with { type: "text" };

const DEADLINE_MS = 60_000;

/** The file that is there from the start, and stays, to be read. */
export const KEPT_PATH = "/kept.bin";

/** A simulated board on a pseudo-terminal. */
export class BenchBoard implements AsyncDisposable {
  /** E.g. `/dev/pts/3`. */
  readonly port: string;
  /** Lower-case hex, joined by colons. */
  readonly uid: string;
  readonly #process: LineProcess;
  readonly #env: Record<string, string>;

  private constructor(
    process: LineProcess,
    { port, uid, env }: { port: string; uid: string; env: Record<string, string> },
  ) {
    this.#process = process;
    this.port = port;
    this.uid = uid;
    this.#env = env;
  }

  /**
   * Starts one.
   *
   * @param args what `iot sim` is told besides
   * @param options `folder` becomes its flash; `env` is that of the commands that ask it something
   */
  static async start(
    args: readonly string[],
    { folder, kept, env }: {
      folder: string;
      kept: Uint8Array;
      env: Record<string, string>;
    },
  ): Promise<BenchBoard> {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(folder + KEPT_PATH, kept);
    const process = new LineProcess(IOT, ["sim", "bench", "--pty", "--fs", folder, ...args], env);
    try {
      const port = (await process.line()).replace(/^.* serial:\/\//, "");
      const uid = await need(IOT, {
        args: ["uid", "-d", `serial://${port}`],
        env,
        timeoutMs: DEADLINE_MS,
      });
      return new BenchBoard(process, { port, uid: uid.trim(), env });
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The address as `iot` takes it. */
  get url(): string {
    return `serial://${this.port}`;
  }

  /** Removes all files but the kept one. */
  async wipe(): Promise<void> {
    await this.#run("wipe()");
  }

  /**
   * Makes sure that these files are there, whole, and no others.
   *
   * @throws {Error} when it is not so.
   */
  async expect(files: Files): Promise<void> {
    const found = (await this.#run("print(digest().digest().hex())")).trim();
    if (found !== await digestOf(files)) throw new Error("the board does not hold what was sent");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #run(call: string): Promise<string> {
    const code = `KEPT = "${KEPT_PATH}"\n${tools}\n${call}`;
    const args = ["exec", "-d", this.url, code];
    return await need(IOT, { args, env: this.#env, timeoutMs: DEADLINE_MS });
  }
}

/** As sync_board.py counts. */
async function digestOf(files: Files): Promise<string> {
  const parts = [...files].toSorted(([a], [b]) => a < b ? -1 : 1)
    .flatMap(([path, data]) => [`/${path}\n`, data]);
  const bytes = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
