/** A notebook without Jupyter, for tests: runs cells on boards and keeps what they print. */

import { MemorySink } from "@/base/sink.ts";
import { within } from "@/base/deadline.ts";
import type { Outcome } from "@/base/outcome.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import { Session, type SessionOptions } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";

/** No cell in the tests may take longer. */
const DEADLINE_MS = 60_000;

/** What a cell gave. */
export interface Ran {
  readonly outcome: Outcome;
  readonly stdout: string;
  readonly stderr: string;
}

/** Keeps what a cell shows, and tells when its standard output has come so far. */
export class ListeningSink extends MemorySink {
  readonly #waiting = new Set<{ text: string; found: () => void }>();

  override async write(...piece: Parameters<MemorySink["write"]>): Promise<void> {
    await super.write(...piece);
    for (const wish of this.#waiting) {
      if (!this.stdout.includes(wish.text)) continue;
      this.#waiting.delete(wish);
      wish.found();
    }
  }

  /** Resolves when `text` was printed, or `running` has ended, with which it will not come. */
  async until(text: string, running: Promise<unknown>): Promise<void> {
    if (this.stdout.includes(text)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add({ text, found: resolve });
    await Promise.race([promise, running]);
  }
}

/**
 * A notebook's session. It sees no USB port of this computer and no other program's boards, whose
 * programs a test must not stop.
 */
export class Notebook implements AsyncDisposable {
  readonly session: Session;
  readonly #runtime = Deno.makeTempDirSync();

  constructor(variables: Record<string, string>, options: Partial<SessionOptions> = {}) {
    this.session = new Session({
      commands: COMMANDS,
      cellMagics: CELL_MAGICS,
      schemes: BUILT_IN_SCHEMES,
      environment: new Environment({ XDG_RUNTIME_DIR: this.#runtime, ...variables }),
      surface: "notebook",
      listUsbPorts: () => Promise.resolve([]),
      ...options,
    });
  }

  /** Runs a cell; one that does not end is a failed test, not a test that hangs. */
  async run(
    cell: string,
    sink = new MemorySink(),
    { signal }: { signal: AbortSignal } = new AbortController(),
  ): Promise<Ran> {
    const running = this.session.run(cell, sink, { signal });
    if (!await within(DEADLINE_MS, running)) {
      throw new Error(`Still running after ${DEADLINE_MS / 1000} s: ${cell}\n${sink.stdout}`);
    }
    return { outcome: await running, stdout: sink.stdout, stderr: sink.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await Deno.remove(this.#runtime, { recursive: true });
  }
}
