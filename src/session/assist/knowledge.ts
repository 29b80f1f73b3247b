/** What is known of a board's names: asked when it is idle, remembered while it is not. */

import { within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Device } from "@/device/device.ts";
import {
  attributesOf,
  describeObject,
  type Description,
  entriesOf,
  type FolderEntry,
  keysOf,
  modulesOn,
  type Names,
  namesInMain,
  type ObjectPath,
} from "@/device/names/names.ts";
import { ReplError } from "@/repl/repl_error.ts";
import type { Turn } from "./quiet_time.ts";

/** So long somebody waits for a fresh answer when there is an old one, in milliseconds. */
const FRESH_MS = 250;

/** So many answers are remembered: far more than anybody looks at, and little memory. */
const MAX_ANSWERS = 300;

interface Answer {
  readonly value: unknown;
  /** {@linkcode Turn.count} when it was asked. */
  readonly count: number;
}

/** The board that is connected, and the way to keep it so. */
export interface ConnectedBoard {
  readonly connected: Device | undefined;
  /** Keeps other programs from taking it until disposed. */
  use(): Disposable;
}

/** Asks the connected board about names, if there is one. Connects to none. */
export class Knowledge {
  readonly #turn: Turn;
  readonly #devices: ConnectedBoard;
  /** The board that the answers are of. */
  #device: Device | undefined;
  #answers = new Map<string, Answer>();
  /** {@linkcode Turn.count} when a question got no answer: none is asked until something ran. */
  #silentAt: number | undefined;
  readonly #underway = new Map<string, Promise<unknown>>();

  constructor(turn: Turn, devices: ConnectedBoard) {
    this.#turn = turn;
    this.#devices = devices;
  }

  /** The names in `__main__`, and those that are built in; `fresh` when nothing ran since. */
  async main(): Promise<{ main: Names; builtin: Names; fresh: boolean } | undefined> {
    // What is built in stays: it is asked for once.
    const known = this.#recall("main") as { builtin: Names } | undefined;
    const names = await this.#answer("main", async (device, signal) => {
      const answer = await namesInMain(device, { builtin: known === undefined, signal });
      const builtin = answer?.builtin ?? known?.builtin;
      return answer && builtin && { main: answer.main, builtin };
    });
    return names && { ...names, fresh: this.#answers.get("main")?.count === this.#turn.count };
  }

  /** What an object has. */
  attributes(path: ObjectPath): Promise<Names | undefined> {
    return this.#answer(
      `attributes ${keyOf(path)}`,
      (device, signal) => attributesOf(device, path, { signal }),
    );
  }

  /** The keys of a dict, as far as they are strings. */
  keys(path: ObjectPath): Promise<string[] | undefined> {
    return this.#answer(
      `keys ${keyOf(path)}`,
      (device, signal) => keysOf(device, path, { signal }),
    );
  }

  /** What an object had when it was last asked about. Leaves the board alone. */
  remembered(path: ObjectPath): Names | undefined {
    return this.#recall(`attributes ${keyOf(path)}`) as Names | undefined;
  }

  /** What an object is; with `show`, also where that runs its own `__repr__`. */
  describe(path: ObjectPath, { show }: { show: boolean }): Promise<Description | undefined> {
    return this.#answer(
      `describe ${show} ${keyOf(path)}`,
      (device, signal) => describeObject(device, path, { show, signal }),
    );
  }

  /** The modules that can be imported, or those in a package. */
  modules(inPackage: string): Promise<ReadonlySet<string> | undefined> {
    return this.#answer(
      `modules ${inPackage}`,
      (device, signal) => modulesOn(device, { inPackage: inPackage.replaceAll(".", "/"), signal }),
    );
  }

  /** What is in a folder of the board. */
  folder(path: string): Promise<FolderEntry[] | undefined> {
    return this.#answer(
      `folder ${path}`,
      (device, signal) => entriesOf(device, path, { signal }),
    );
  }

  #recall(key: string): unknown {
    const device = this.#devices.connected;
    // A board that is connected anew may be another one.
    if (device !== undefined && device !== this.#device) {
      this.#device = device;
      this.#answers = new Map();
      this.#underway.clear();
    }
    return this.#answers.get(key)?.value;
  }

  /** The answer to a question: a fresh one if the board is idle and quick, else the last one. */
  async #answer<T>(
    key: string,
    question: (device: Device, signal: AbortSignal) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    this.#recall(key);
    const answers = this.#answers;
    const last = answers.get(key) as { value: T | undefined; count: number } | undefined;
    const device = this.#devices.connected;
    if (this.#turn.busy || device === undefined || device.lost) return last?.value;
    const { count } = this.#turn;
    if (last?.count === count || this.#silentAt === count) return last?.value;
    let asking = this.#underway.get(key) as Promise<Asked<T>> | undefined;
    if (asking === undefined) {
      asking = this.#ask(device, question).then((asked) => {
        if (asked === undefined) this.#silentAt = count;
        else remember(answers, key, { value: asked.value, count });
        return asked;
      }).finally(() => this.#underway.delete(key));
      this.#underway.set(key, asking);
    }
    const inTime = await within(last === undefined ? this.#turn.answerMs : FRESH_MS, asking);
    const asked = inTime ? await asking : undefined;
    return asked === undefined ? last?.value : asked.value;
  }

  /** A board that fails at it is silent; the next cell says what is wrong with it. */
  async #ask<T>(
    device: Device,
    question: (device: Device, signal: AbortSignal) => Promise<T | undefined>,
  ): Promise<Asked<T>> {
    try {
      return await this.#turn.ask(async (signal) => {
        // A board that is asked is in use: nobody may take it away meanwhile.
        using _use = this.#devices.use();
        if (device !== this.#devices.connected) return undefined;
        return { value: await question(device, signal) };
      });
    } catch (error) {
      // Code of ours raised what it should not: the board is well, and so are other questions.
      if (error instanceof ReplError && error.code === "exception") return { value: undefined };
      if (error instanceof IotError) return undefined;
      throw error;
    }
  }
}

/** What came of asking: an answer, which may be that nothing is known, or none. */
type Asked<T> = { readonly value: T | undefined } | undefined;

function keyOf({ root, attributes }: ObjectPath): string {
  return [root, ...attributes].join(".");
}

function remember(answers: Map<string, Answer>, key: string, answer: Answer): void {
  answers.delete(key);
  answers.set(key, answer);
  if (answers.size > MAX_ANSWERS) answers.delete(answers.keys().next().value!);
}
