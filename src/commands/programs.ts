/** What cells that run programs have in common: `--out` and `--err`, and exit statuses. */

import { UsageError } from "@/base/errors.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import type { StreamName } from "@/base/sink.ts";
import { formatSize } from "@/base/text.ts";
import type { Context } from "./command.ts";

/** The most that a variable is given, in bytes: it is in memory here, on its way, and in Python. */
const MAX_TEXT_BYTES = 64 * 1024 ** 2;

/** Where the streams of a program go instead of being shown: names of Python's variables. */
export interface OutputNames {
  readonly out?: string | undefined;
  readonly err?: string | undefined;
}

/** The output of one program: shown as it comes, or kept for variables of this computer's Python. */
export class OutputVariables {
  readonly #context: Context;
  readonly #names: Readonly<Record<StreamName, string | undefined>>;
  readonly #kept: Record<StreamName, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #bytes: Record<StreamName, number> = { stdout: 0, stderr: 0 };

  /** @throws {UsageError} when a name is none of Python's: before anything runs. */
  constructor({ out, err }: OutputNames, context: Context) {
    for (const name of [out, err]) {
      if (name === undefined || /^[\p{XIDS}_][\p{XIDC}]*$/u.test(name)) continue;
      throw new UsageError(`"${name}" cannot be the name of a variable.`);
    }
    this.#context = context;
    this.#names = { stdout: out, stderr: err };
  }

  /**
   * Takes output of the program.
   *
   * @throws {UsageError} when it is more than a variable takes.
   */
  async write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    const name = this.#names[stream];
    if (name === undefined) return await this.#context.sink.write(stream, data);
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#bytes[stream] += bytes.length;
    if (this.#bytes[stream] > MAX_TEXT_BYTES) {
      throw new UsageError(
        `The output is more than ${formatSize(MAX_TEXT_BYTES)}: too much for the variable ` +
          `"${name}". Write it to a file.`,
      );
    }
    this.#kept[stream].push(bytes);
  }

  /**
   * Gives the variables what was kept for them.
   *
   * @throws as `HostPython.assign` does.
   */
  async assign(): Promise<void> {
    const texts: Record<string, string> = {};
    for (const stream of ["stdout", "stderr"] as const) {
      const name = this.#names[stream];
      if (name !== undefined) texts[name] = await new Blob(this.#kept[stream] as BlobPart[]).text();
    }
    const { host, signal } = this.#context;
    if (Object.keys(texts).length > 0) await host.assign(texts, { signal });
  }
}

/** How a program that ended with `code` ends its cell. */
export function exitOutcome(code: number): Outcome {
  if (code === 0) return OK;
  const evalue = `exit status ${code}`;
  return {
    status: "error",
    origin: "code",
    ename: "ExitStatus",
    evalue,
    traceback: [`ExitStatus: ${code}`],
    exitCode: 1,
  };
}
