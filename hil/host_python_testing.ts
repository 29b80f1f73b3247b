/** Notebooks whose cells run on this computer, for tests: with a real ipykernel, or plain Python. */

import { within } from "@/base/deadline.ts";
import type { MimeBundle } from "@/base/mime.ts";
import type { Outcome } from "@/base/outcome.ts";
import {
  type CommMessage,
  type Display,
  type InputOptions,
  MemorySink,
  type StreamName,
} from "@/base/sink.ts";
import { Notebook } from "./notebook_testing.ts";

/** A Python with ipykernel: that of the tests. */
export const PYTHON = new URL("../.venv/bin/python", import.meta.url).pathname;

/** No cell in these tests may take longer; a cold start of IPython on a loaded machine is slow. */
const DEADLINE_MS = 60_000;

/** Keeps all that is shown, and answers questions in order. */
export class RecordingSink extends MemorySink {
  readonly displays: Display[] = [];
  readonly results: MimeBundle[] = [];
  readonly pages: MimeBundle[] = [];
  readonly comms: CommMessage[] = [];
  readonly suggestions: { text: string; replace: boolean }[] = [];
  readonly asked: { prompt: string; password: boolean }[] = [];
  clears = 0;
  readonly #answers: string[];
  #onWrite = () => {};

  constructor(...answers: string[]) {
    super();
    this.#answers = answers;
  }

  override async write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    await super.write(stream, data);
    this.#onWrite();
  }

  override display(display: Display): Promise<void> {
    this.displays.push(display);
    return Promise.resolve();
  }

  override result(data: MimeBundle): Promise<void> {
    this.results.push(data);
    return Promise.resolve();
  }

  override page(data: MimeBundle): Promise<void> {
    this.pages.push(data);
    return Promise.resolve();
  }

  override comm(message: CommMessage): Promise<void> {
    this.comms.push(message);
    return Promise.resolve();
  }

  override suggestCell(text: string, { replace }: { readonly replace: boolean }): Promise<void> {
    this.suggestions.push({ text, replace });
    return Promise.resolve();
  }

  override clear(_options: { readonly wait: boolean }): Promise<void> {
    this.clears++;
    return Promise.resolve();
  }

  override input(prompt: string, options: InputOptions): Promise<string> {
    this.asked.push({ prompt, password: options.password === true });
    const answer = this.#answers.shift();
    return answer === undefined ? super.input(prompt, options) : Promise.resolve(answer);
  }

  /** Resolves when standard output holds `text`. */
  async shows(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onWrite = () => {
      if (this.stdout.includes(text)) resolve();
    };
    this.#onWrite();
    await intime(promise, `"${text}" is printed`);
  }
}

/** A notebook in a home of its own, with a way to interrupt its cells. */
export class HostNotebook implements AsyncDisposable {
  readonly home: string;
  readonly notebook: Notebook;

  constructor(python: string, variables: Record<string, string> = {}) {
    this.home = Deno.makeTempDirSync();
    const path = Deno.env.get("PATH")!;
    this.notebook = new Notebook({
      HOME: this.home,
      PATH: path,
      IOT_PYTHON: python,
      ...variables,
    });
  }

  /** Runs a cell that has to go well. */
  async run(cell: string, sink = new RecordingSink()): Promise<RecordingSink> {
    const outcome = await this.try(cell, sink);
    if (outcome.status === "ok") return sink;
    throw new Error(`The cell failed:\n${outcome.traceback.join("\n")}\n${sink.stderr}`);
  }

  /** Runs a cell that may fail. */
  async try(
    cell: string,
    sink = new RecordingSink(),
    { signal = new AbortController().signal } = {},
  ): Promise<Outcome> {
    const running = this.notebook.session.run(cell, sink, { signal });
    await intime(running, `the cell ends: ${cell}\n${sink.stdout}${sink.stderr}`);
    return await running;
  }

  /** Runs a cell that has to fail. */
  async fail(
    cell: string,
    sink = new RecordingSink(),
    options: { signal?: AbortSignal } = {},
  ): Promise<Extract<Outcome, { status: "error" }>> {
    const outcome = await this.try(cell, sink, options);
    if (outcome.status === "error") return outcome;
    throw new Error(`The cell went well: ${cell}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await intime(this.notebook[Symbol.asyncDispose](), "the notebook is closed");
    await Deno.remove(this.home, { recursive: true });
  }
}

/** Waits until `work` settles; what does not is a failed test, not a test that hangs. */
export async function intime(work: Promise<unknown>, what: string): Promise<void> {
  if (!await within(DEADLINE_MS, work)) throw new Error(`Not within a minute: ${what}`);
}

/** Waits until no process has this id. */
export async function gone(pid: number): Promise<void> {
  const polling = (async () => {
    while (await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await intime(polling, `process ${pid} is gone`);
}
