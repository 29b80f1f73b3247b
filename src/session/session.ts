/**
 * The seam where kernel, shell and HIL suite meet: text of a cell in, output to a sink, an outcome
 * out. A session holds what lives between cells: the connected board.
 */

import { IotError, UsageError } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import type { MimeBundle } from "@/base/mime.ts";
import { editOwnWords, failed, OK, type Outcome } from "@/base/outcome.ts";
import { type Sink, wrapSink } from "@/base/sink.ts";
import { declaredBy, declaredByCell, readArguments } from "@/commands/arguments.ts";
import type { CellContext, CellMagic, Command, Context, Surface } from "@/commands/command.ts";
import { WorkingDirectory } from "@/commands/working_directory.ts";
import type { Environment } from "@/config/environment.ts";
import type { Redactor } from "@/config/redact.ts";
import type { Boards } from "@/discovery/boards.ts";
import { Devices, type DevicesOptions } from "@/discovery/devices.ts";
import type { HostComms } from "@/host/host_python.ts";
import { LazyHost } from "@/host/lazy_host.ts";
import type { Schemes } from "@/transport/schemes.ts";
import type { Completions, Evaluation } from "./answers.ts";
import type { Assistant } from "./assist/assistant.ts";
import { runOnBoard } from "./board_step.ts";
import { parseCell, type Step } from "./cell.ts";
import type { ForeignMagic } from "./foreign_magic.ts";
import { LastOutput } from "./last_output.ts";
import { words } from "./words.ts";

/** What a session is made of. */
export interface SessionOptions {
  readonly commands: readonly Command[];
  readonly cellMagics: readonly CellMagic[];
  readonly schemes: Schemes;
  readonly environment: Environment;
  readonly surface: Surface;
  /** Listens to the network for boards; nobody does where it is not given. */
  readonly openAir?: DevicesOptions["openAir"];
  /** Lists USB serial ports, instead of the system's. */
  readonly listUsbPorts?: NonNullable<DevicesOptions["listUsbPorts"]>;
  /** The working directory at first, an absolute path; the process's own where it is not given. */
  readonly directory?: string;
}

/** What running may be told. */
export interface RunOptions {
  /** Interrupts what runs when it aborts. */
  readonly signal: AbortSignal;
}

/** Where the steps of a cell run. */
interface Scene extends RunOptions {
  readonly sink: Sink;
  /** The boards that they mean: the session's, or one that is borrowed. */
  readonly devices: Boards;
  /** The number of lines above its first one in the notebook's cell. */
  readonly linesAbove: number;
}

const log = logger("session");

/** Runs cells and commands, one at a time. */
export class Session implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #devices: Devices;
  readonly #lastOutput = new LastOutput();
  readonly #directory: WorkingDirectory;
  readonly #host: LazyHost;
  #assistant: Promise<Assistant> | undefined;
  #redactor: Redactor | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#devices = new Devices(options);
    const { environment } = options;
    const directory = this.#directory = new WorkingDirectory(environment, options.directory);
    const variables = () => this.#variables();
    this.#host = new LazyHost({ environment, directory, variables });
  }

  /**
   * Runs a cell: its steps in order, up to the first that fails. Everything that a user can cause
   * or meet is an outcome; what is thrown is a defect of ours.
   */
  run(cell: string, sink: Sink, { signal }: RunOptions): Promise<Outcome> {
    return this.#guard(signal, async () => {
      const recorded = this.#lastOutput.record(sink);
      const devices = this.#devices;
      const scene = { sink: recorded, signal, devices, linesAbove: 0 };
      const runSteps = () => this.#runSteps(cell, scene);
      if (this.#options.surface !== "notebook") return await runSteps();
      return await (await this.#assist()).run(cell, runSteps, { sink, signal });
    });
  }

  /** Runs one command with its arguments already split into words. */
  call(
    command: Command,
    argv: readonly string[],
    options: RunOptions & { readonly sink: Sink; readonly device?: string },
  ): Promise<Outcome> {
    const { sink, signal, device } = options;
    return this.#guard(signal, async () => {
      if (device !== undefined) {
        if (!command.takesDevice) throw new UsageError(`iot ${command.name} takes no device.`);
        this.#devices.choose(device);
      }
      return await this.#call(command, argv, {
        sink,
        signal,
        devices: this.#devices,
        linesAbove: 0,
      });
    });
  }

  async #runSteps(cell: string, scene: Scene): Promise<Outcome> {
    const steps = parseCell(cell);
    for (const step of steps) {
      scene.signal.throwIfAborted();
      const start = performance.now();
      const outcome = await this.#step(step, scene, { last: step === steps.at(-1) });
      log.debug(() => {
        const what = "name" in step ? `${step.kind} ${step.name}` : step.kind;
        return `line ${step.line}: ${what}, ${Math.round(performance.now() - start)} ms, ${
          describe(outcome)
        }`;
      });
      if (outcome.status === "error") return outcome;
    }
    return OK;
  }

  async #step(step: Step, scene: Scene, { last }: { last: boolean }): Promise<Outcome> {
    switch (step.kind) {
      case "python": {
        const device = await scene.devices.current(scene);
        await this.#noteRun(scene);
        const line = scene.linesAbove + step.line;
        const run = (code: string) => runOnBoard(device, { code, line }, scene);
        const hasResult = last && this.#options.surface === "notebook";
        if (!hasResult) return await run(step.code);
        const { runWithResult } = await import("./assist/result.ts");
        return await runWithResult(device, step.code, { ...scene, line, run });
      }
      case "line":
        return await this.#callLine(step, scene);
      case "cell":
        return await this.#callCell(step, scene);
      case "inspect":
        return await this.#describe(step, scene);
      case "shell":
        return await this.#callShell(step, scene);
    }
  }

  async #call(command: Command, argv: readonly string[], scene: Scene): Promise<Outcome> {
    const declared = declaredBy(command, this.#options.surface);
    const read = await readArguments(declared, argv);
    if (read.kind === "help") {
      await scene.sink.write("stdout", read.text);
      return OK;
    }
    if (read.device !== undefined) this.#devices.choose(read.device);
    const outcome = await command.run(this.#context(scene), read.values) ?? OK;
    log.debug(() => `${command.name}: ${describe(outcome)}`);
    return outcome;
  }

  async #callLine(
    { name, rest }: Extract<Step, { kind: "line" }>,
    scene: Scene,
  ): Promise<Outcome> {
    const command = this.#options.commands.find((command) =>
      command.name === name && command.surfaces.includes("notebook")
    );
    if (command !== undefined) return await this.#call(command, await words(rest), scene);
    return await this.#callForeign({ sign: "%", name, code: `%${name} ${rest}`.trimEnd() }, scene);
  }

  async #callShell(
    { command, line }: Extract<Step, { kind: "shell" }>,
    scene: Scene,
  ): Promise<Outcome> {
    const { runLine } = await import("@/commands/shell_work.ts");
    return await runLine({ command, line: scene.linesAbove + line }, this.#context(scene));
  }

  async #callForeign(magic: ForeignMagic, scene: Scene): Promise<Outcome> {
    const { runForeignMagic } = await import("./foreign_magic.ts");
    return await runForeignMagic(magic, this.#context(scene));
  }

  async #callCell(step: Extract<Step, { kind: "cell" }>, scene: Scene): Promise<Outcome> {
    const { name, rest, body } = step;
    const magic = this.#options.cellMagics.find((magic) => magic.name === name);
    if (magic === undefined) {
      const code = `${`%%${name} ${rest}`.trimEnd()}\n${body}`;
      return await this.#callForeign({ sign: "%%", name, code }, scene);
    }
    const read = await readArguments(declaredByCell(magic), await words(rest));
    if (read.kind === "help") {
      await scene.sink.write("stdout", read.text);
      return OK;
    }
    const linesAbove = scene.linesAbove + step.line;
    const context: CellContext = {
      ...this.#context(scene),
      body,
      bodyLine: linesAbove + 1,
      runCell: (text, options) => this.#runSteps(text, { ...scene, ...options, linesAbove }),
    };
    return await magic.run(context, read.values) ?? OK;
  }

  #context(scene: Scene): Context {
    const { surface, environment, commands, cellMagics } = this.#options;
    const [directory, host] = [this.#directory, this.#host];
    const sink = this.#discreet(scene.sink);
    const { signal, devices } = scene;
    const last = this.#lastOutput;
    return {
      ...{ sink, signal, surface, devices, environment, host, directory, commands, cellMagics },
      programEnvironment: () => this.#variables(),
      get lastOutput() {
        return last.text;
      },
    };
  }

  /** Tells the assistant that the cell's names are the current board's, and not another's. */
  async #noteRun({ devices }: Scene): Promise<void> {
    if (this.#options.surface !== "notebook") return;
    if (devices.connected === this.#devices.connected) (await this.#assist()).noteRun();
  }

  /** Shows what is known about a name, beside the work. */
  async #describe(
    { name, detail }: Extract<Step, { kind: "inspect" }>,
    scene: Scene,
  ): Promise<Outcome> {
    const { devices, signal } = scene;
    if (!name.startsWith("%")) await devices.current(scene);
    const assistant = await this.#assist();
    const text = await assistant.describe(name, { detail, signal, devices });
    scene.signal.throwIfAborted();
    if (text !== undefined) await scene.sink.page(text);
    else if (name.startsWith("%")) {
      const sign = name.startsWith("%%") ? "%%" : "%";
      const code = `${name}${detail ? "??" : "?"}`;
      return await this.#callForeign({ sign, name: name.slice(sign.length), code }, scene);
    } else await scene.sink.write("stdout", `Nothing is known about "${name}".\n`);
    return OK;
  }

  /**
   * The value of an expression of Python on the board, without what it prints. What a user can cause
   * or meet is an error outcome.
   */
  async evaluate(expression: string, { signal }: RunOptions): Promise<Evaluation> {
    const assistant = await this.#assist();
    const { evaluateOn } = await import("./assist/evaluate.ts");
    let value: Evaluation | undefined;
    const outcome = await this.#guard(signal, () =>
      assistant.use(async () => {
        value = await evaluateOn(await this.#devices.current({ signal }), expression, { signal });
        return OK;
      }, { signal }));
    return outcome.status === "error" ? outcome : value!;
  }

  /**
   * What may stand at `cursor`, a UTF-16 index in `text`. Asks the connected board, if it is idle;
   * while a cell runs this answers from what is known.
   */
  async complete(text: string, cursor: number): Promise<Completions> {
    return await (await this.#assist()).complete(text, cursor);
  }

  /**
   * What is known about the name at `cursor`; undefined when nothing is. Asks the board as
   * {@linkcode complete} does.
   */
  async inspect(
    text: string,
    cursor: number,
    options: { detail: 0 | 1 },
  ): Promise<MimeBundle | undefined> {
    return await (await this.#assist()).inspect(text, cursor, options);
  }

  /** The widgets of this computer's Python. */
  get comms(): HostComms {
    return this.#host.comms;
  }

  /** What helps a notebook; loaded when first needed, as a shell command never does. */
  #assist(): Promise<Assistant> {
    return this.#assistant ??= import("./assist/assistant.ts").then(({ Assistant }) =>
      new Assistant({
        ...this.#options,
        devices: this.#devices,
        hostNames: this.#host.names,
      })
    );
  }

  /** Turns errors for users into outcomes, and an abort into its reason. */
  async #guard(signal: AbortSignal, work: () => Promise<Outcome>): Promise<Outcome> {
    // While it runs, the board is not given to other programs.
    using _use = this.#devices.use();
    let outcome: Outcome;
    try {
      outcome = await work();
    } catch (error) {
      const known = error instanceof IotError ? error : signal.aborted ? signal.reason : undefined;
      if (!(known instanceof IotError)) throw error;
      outcome = failed(known);
      log.info(() => `failed: ${describe(outcome)}`);
    }
    if (outcome.status === "ok" || outcome.origin === "code") return outcome;
    return editOwnWords(outcome, await this.#loadRedact());
  }

  /** A sink whose messages, the texts on standard error, name no secrets. Bytes are the board's. */
  #discreet(sink: Sink): Sink {
    return wrapSink(sink, {
      write: async (stream, data) => {
        const isMessage = stream === "stderr" && typeof data === "string";
        await sink.write(stream, isMessage ? (await this.#loadRedact())(data) : data);
      },
    });
  }

  /** What keeps secrets out of messages; loaded with the first message, as most runs have none. */
  async #loadRedact(): Promise<(text: string) => string> {
    if (this.#redactor === undefined) {
      const { Redactor } = await import("@/config/redact.ts");
      this.#redactor = new Redactor(this.#options.environment);
    }
    return this.#redactor.redact;
  }

  /** What programs on this computer are told of the settings and the connected board. */
  async #variables(): Promise<Record<string, string>> {
    const { childEnvironment } = await import("@/host/child_environment.ts");
    const device = this.#devices.connected;
    const uid = device?.knownIdentity?.uid;
    const board = device && {
      url: device.url,
      ...(uid !== undefined && { uid, name: await this.#devices.nameOf(device) }),
    };
    return childEnvironment(this.#options.environment, board);
  }

  /** Ends this computer's Python, and lets go of the board. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
    await (await this.#assistant)?.[Symbol.asyncDispose]();
    await this.#devices[Symbol.asyncDispose]();
  }
}

/** `ok`, or which error. */
function describe(outcome: Outcome): string {
  return outcome.status === "ok" ? "ok" : `${outcome.ename}: ${outcome.evalue}`;
}
