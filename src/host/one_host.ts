/** The one Python of a session: IPython where there is one, else plain Python. */

import { abortable, within } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { CommMessage } from "@/base/sink.ts";
import type { Backend, Surroundings } from "./backend.ts";
import { findPython, type FoundPython } from "./find_python.ts";
import type {
  HostComms,
  HostMagics,
  HostNames,
  HostPython,
  HostRunOptions,
} from "./host_python.ts";
import { IPython } from "./ipython.ts";
import { completeIn, inspectIn } from "./ipython_names.ts";
import type { HostOptions } from "./lazy_host.ts";
import { PlainPython } from "./plain_python.ts";

/** How long a question about names may take, in milliseconds: a person who types waits for it. */
const ANSWER_MS = 1_000;

/** How long a cell may take to end with its session, in milliseconds. */
const END_MS = 1_000;

interface Waiting {
  readonly signal: AbortSignal;
}

/** Starts Python when it is first needed, and anew after it has died. One cell runs at a time. */
export class OneHost implements HostPython {
  readonly #options: HostOptions;
  readonly #listeners = new Set<(message: CommMessage) => void>();
  /** Aborts when the session ends. */
  readonly #end = new AbortController();
  #found: FoundPython | undefined;
  #backend: Backend | undefined;
  /** What Python was last told of its surroundings. */
  #told: Surroundings | undefined;
  #hinted = false;
  /** The work that was last begun: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();
  #starting: Promise<void> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  run(code: string, options: HostRunOptions): Promise<Outcome> {
    return this.#inTurn(options, async ({ signal }) => {
      const backend = await this.#open({ signal });
      await this.#hint(options);
      await this.#adjust(backend, { signal });
      const { outcome, path, exits = false } = await backend.run(code, { ...options, signal });
      await this.#follow(path);
      if (exits) await this.#close();
      return outcome;
    });
  }

  async assign(texts: Readonly<Record<string, string>>, options: Waiting): Promise<void> {
    for (const name of Object.keys(texts)) {
      if (isName(name)) continue;
      throw new UsageError(`Cannot keep text in "${name}": that is no name of Python's.`);
    }
    await this.#inTurn(options, async ({ signal }) => {
      const backend = await this.#open({ signal });
      // A file: a megabyte of text is no code that anybody would want to compile.
      const file = await Deno.makeTempFile({ prefix: "iot-assign-", suffix: ".json" });
      try {
        await Deno.writeTextFile(file, JSON.stringify(texts));
        const path = JSON.stringify(file);
        const read = `__import__("json").load(open(${path}, encoding="utf-8"))`;
        await arrange(backend, `globals().update(${read})`, { signal });
      } finally {
        await Deno.remove(file);
      }
    });
  }

  magics(options: Waiting): Promise<HostMagics | undefined> {
    return this.#inTurn(options, async ({ signal }) => {
      const backend = await this.#open({ signal });
      return backend instanceof IPython ? await backend.magics({ signal }) : undefined;
    });
  }

  readonly comms: HostComms = {
    send: async (message, options) => {
      const ipython = this.#ipython;
      if (ipython === undefined) return false;
      await ipython.post(message, options);
      return true;
    },
    info: (targetName) => Promise.resolve(this.#ipython?.comms.list(targetName) ?? {}),
    onStray: (listener) => {
      this.#listeners.add(listener);
      return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
    },
  };

  readonly names: HostNames = {
    complete: async (code, cursor, { start }) =>
      await this.#quickly(
        await this.#there(start),
        (ipython, signal) => completeIn(ipython, { code, cursor, signal }),
      ),
    inspect: async (code, cursor, { start, detail }) =>
      await this.#quickly(
        await this.#there(start),
        (ipython, signal) => inspectIn(ipython, { code, cursor, detail, signal }),
      ),
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new IotError("The session has ended.", 1));
    // A cell that does not heed that ends with its Python.
    if (!await within(END_MS, this.#last)) await this.#close();
    await this.#last;
    await this.#starting;
    await this.#close();
  }

  /** The IPython that runs. */
  get #ipython(): IPython | undefined {
    const backend = this.#backend;
    return backend instanceof IPython && !backend.isDead ? backend : undefined;
  }

  /** Does `work` when what was begun before is over. */
  #inTurn<T>({ signal }: Waiting, work: (options: Waiting) => Promise<T>): Promise<T> {
    const either = AbortSignal.any([signal, this.#end.signal]);
    const before = this.#last;
    const turn = abortable(before, either).then(() => work({ signal: either }));
    // Who gives up while it waits lets nobody pass.
    this.#last = Promise.allSettled([before, turn]);
    return turn;
  }

  /** The Python that runs, or a new one. */
  async #open({ signal }: Waiting): Promise<Backend> {
    if (this.#backend !== undefined && !this.#backend.isDead) return this.#backend;
    await this.#close();
    const found = this.#found ??= await findPython(this.#options.environment, { signal });
    const { directory } = this.#options;
    const surroundings = { path: directory.path, variables: await this.#options.variables() };
    this.#backend = found.hasIpykernel
      ? await IPython.start(found.program, {
        ...surroundings,
        signal,
        onStray: (message) => this.#listeners.forEach((listener) => listener(message)),
      })
      : await PlainPython.start(found.program, { ...surroundings, signal });
    this.#told = surroundings;
    return this.#backend;
  }

  async #close(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    await backend?.[Symbol.asyncDispose]();
  }

  /** Says once what is missing where there is no IPython. */
  async #hint({ sink }: HostRunOptions): Promise<void> {
    const { program, hasIpykernel } = this.#found!;
    if (hasIpykernel || this.#hinted) return;
    this.#hinted = true;
    await sink.write(
      "stderr",
      `This runs in plain Python, without IPython's magics and pictures: "${program}" has no ` +
        `ipykernel. Install it by \`${program} -m pip install ipykernel\`, or name a Python that ` +
        "has it in IOT_PYTHON.\n",
    );
  }

  /** Tells Python where it is to work now, and about which board. */
  async #adjust(backend: Backend, { signal }: Waiting): Promise<void> {
    const now = { path: this.#options.directory.path, variables: await this.#options.variables() };
    const line = adjustment(this.#told!, now);
    if (line !== undefined) await arrange(backend, line, { signal });
    this.#told = now;
  }

  /** Goes where Python went. */
  async #follow(path: string | undefined): Promise<void> {
    const before = this.#told!.path;
    // Where it is unknown where Python is, it is told anew where to be.
    this.#told = { ...this.#told!, path: path ?? "" };
    if (path === undefined || path === before) return;
    try {
      await this.#options.directory.change(path);
    } catch (error) {
      if (!(error instanceof IotError)) throw error; // it is gone again
    }
  }

  /** IPython if it runs, or once it has been started, if that may be and does not take long. */
  async #there(start: boolean): Promise<IPython | undefined> {
    if (this.#ipython === undefined && start && !this.#end.signal.aborted) {
      this.#starting ??= this.#inTurn({ signal: this.#end.signal }, async (options) => {
        await this.#open(options);
      }).catch(() => {}).finally(() => this.#starting = undefined);
      await within(ANSWER_MS, this.#starting);
    }
    return this.#ipython;
  }

  /** Asks an IPython that is idle; undefined when there is no answer in time. */
  async #quickly<T>(
    ipython: IPython | undefined,
    ask: (ipython: IPython, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (ipython === undefined || ipython.isBusy) return undefined;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new IotError("too late", 1)), ANSWER_MS);
    try {
      return await ask(ipython, AbortSignal.any([late.signal, this.#end.signal]));
    } catch (error) {
      if (error instanceof IotError) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Runs a line of ours; after an interrupt, whatever comes of it is that interrupt. */
async function arrange(backend: Backend, line: string, { signal }: Waiting): Promise<void> {
  try {
    await backend.arrange(line, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** The line of Python that turns one into the other; undefined where they are the same. */
function adjustment(told: Surroundings, now: Surroundings): string | undefined {
  const steps: string[] = [];
  const set = Object.entries(now.variables).filter(([name, value]) =>
    told.variables[name] !== value
  );
  if (set.length > 0) steps.push(`environ.update(${JSON.stringify(Object.fromEntries(set))})`);
  for (const name of Object.keys(told.variables)) {
    if (name in now.variables) continue;
    steps.push(`environ.pop(${JSON.stringify(name)}, None)`);
  }
  if (told.path !== now.path) steps.push(`chdir(${JSON.stringify(now.path)})`);
  if (steps.length === 0) return undefined;
  return steps.map((step) => `__import__("os").${step}`).join("; ");
}

function isName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) && !KEYWORDS.has(text);
}

/** `keyword.kwlist` of Python 3. */
const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except " +
    "finally for from global if import in is lambda nonlocal not or pass raise return try while " +
    "with yield").split(" "),
);
