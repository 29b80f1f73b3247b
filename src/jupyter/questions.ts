/**
 * Questions to the person at a client: `input_request` on the stdin socket, and the `input_reply`
 * that belongs to it. Clients use one identity for shell and stdin, so that the question reaches
 * the one whose cell asks, and an answer counts only when it comes from there.
 */

import { abortable, pause } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { type InputOptions, NobodyToAsk } from "@/base/sink.ts";
import type { Header, ReceivedMessage } from "@/wire/jupyter_message.ts";
import type { Wire } from "./kernel_sockets.ts";

/** How long a client may be away, when it is asked or later, in milliseconds: libzmq reconnects. */
const AWAY_MS = 5_000;

/** How often to look whether it is there, in milliseconds. */
const LOOK_MS = 100;

/** What jupyter_console and ipykernel send and take for the end of input (Ctrl-D). */
const END_OF_INPUT = "\x04";

/** There is no answer. Named as what ipykernel's programs meet. */
class EndOfInput extends IotError {
  override readonly name = "EOFError";

  constructor() {
    super("End of input.", 1);
  }
}

/** Who is asked: the sender of a request, with that request's header. */
export interface Client {
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
}

/** A question that waits for its answer. */
interface Question {
  readonly client: Client;
  /** The `msg_id` of its `input_request`. */
  readonly id: string;
  readonly answer: PromiseWithResolvers<string>;
}

/** Asks one question at a time. */
export class Questions {
  readonly #wire: Wire;
  readonly #awayMs: number;
  #open: Question | undefined;
  /** Settles when those who asked before have their answer. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(wire: Wire, { awayMs = AWAY_MS }: { awayMs?: number } = {}) {
    this.#wire = wire;
    this.#awayMs = awayMs;
  }

  /**
   * Asks `client` for a line.
   *
   * @throws {IotError} when it cannot be reached, goes away, or has no answer.
   * @throws the signal's reason when it aborts.
   */
  async ask(client: Client, prompt: string, options: InputOptions): Promise<string> {
    // Boards that run at the same time may ask at the same time; a client shows one question.
    const before = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = Promise.all([before, turn.promise]);
    try {
      await abortable(before, options.signal);
      return await this.#ask(client, prompt, options);
    } finally {
      turn.resolve();
    }
  }

  /** Takes an `input_reply`. @returns whether it answers the question that is open. */
  answer({ identities, parentHeader, content }: ReceivedMessage): boolean {
    const question = this.#open;
    if (question === undefined || !same(identities, question.client.identities)) return false;
    // jupyter_client and Notebook 6 name no parent; JupyterLab and VS Code name the question.
    const about = parentHeader.msg_id;
    if (about !== undefined && about !== question.id && about !== question.client.header.msg_id) {
      return false;
    }
    this.#open = undefined;
    const { status, value, evalue } = content;
    if (status === "error") question.answer.reject(new IotError(reasonOf(evalue), 1));
    else if (value === END_OF_INPUT) {
      question.answer.reject(new EndOfInput());
    } else question.answer.resolve(typeof value === "string" ? value : String(value ?? ""));
    return true;
  }

  async #ask(client: Client, prompt: string, options: InputOptions): Promise<string> {
    const { signal, password = false } = options;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const answer = Promise.withResolvers<string>();
    // Whoever leaves before the answer comes does not wait for it.
    answer.promise.catch(() => {});
    let question: Question | undefined;
    try {
      await this.#reached(client, { prompt, signal });
      const content = { prompt, password };
      const draft = { type: "input_request", content, parent: client.header };
      const id = this.#wire.send("stdin", client.identities, draft);
      this.#open = question = { client, id, answer };
      const gone = this.#watch(client, { prompt, signal: either });
      return await abortable(Promise.race([answer.promise, gone]), signal);
    } finally {
      over.abort();
      if (this.#open === question) this.#open = undefined;
    }
  }

  /** Resolves when `client` listens. */
  async #reached(
    { identities }: Client,
    { prompt, signal }: { prompt: string; signal: AbortSignal },
  ): Promise<void> {
    const deadline = performance.now() + this.#awayMs;
    for (;;) {
      signal.throwIfAborted();
      if (this.#wire.reaches("stdin", identities)) return;
      if (performance.now() >= deadline) throw unanswered(prompt, "does not listen for questions");
      await pause(LOOK_MS, signal);
    }
  }

  /** Rejects when `client` has gone for good; never settles otherwise, once `signal` aborts. */
  async #watch(
    { identities }: Client,
    { prompt, signal }: { prompt: string; signal: AbortSignal },
  ): Promise<never> {
    let seen = performance.now();
    for (;;) {
      await pause(LOOK_MS, signal);
      if (signal.aborted) return await new Promise<never>(() => {});
      const now = performance.now();
      if (this.#wire.reaches("stdin", identities)) seen = now;
      else if (now - seen >= this.#awayMs) throw unanswered(prompt, "has gone");
    }
  }
}

/** What a program is told that asks a client which cannot ask its user. */
export function inputRefused(prompt: string): NobodyToAsk {
  return new NobodyToAsk(
    `The program wants input${quoted(prompt)}, but this client does not allow it to ask ` +
      "(allow_stdin is false). Run it where somebody can answer, or give it the value in the code.",
  );
}

function unanswered(prompt: string, why: string): IotError {
  const wants = `The program wants input${quoted(prompt)}`;
  return new IotError(`${wants}, but the client that ran this cell ${why}. Run it again.`, 1);
}

function quoted(prompt: string): string {
  return prompt.trim() === "" ? "" : ` ("${prompt.trim()}")`;
}

function reasonOf(evalue: unknown): string {
  return typeof evalue === "string" && evalue !== "" ? evalue : "The client gave no answer.";
}

function same(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length &&
    a.every((one, index) =>
      one.length === b[index].length && one.every((byte, at) => byte === b[index][at])
    );
}
