/** One request of a client: what is sent on its behalf carries its header and goes back to it. */

import { IotError } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import { editOwnWords, failed, type Outcome } from "@/base/outcome.ts";
import type { Json, ReceivedMessage } from "@/wire/jupyter_message.ts";
import type { RequestChannel, Wire } from "./kernel_sockets.ts";
import { type MessageOptions, OutputSink, type OutputTarget } from "./output.ts";
import type { Client } from "./questions.ts";

/** Makes a reply's content; nothing where the message wants no reply. */
export type Work = () => Promise<Json | void> | Json | void;

/** What a request is given by its kernel. */
export interface RequestOptions {
  readonly channel: RequestChannel;
  readonly wire: Wire;
  readonly log: (line: string) => void;
  /** Takes out of our own messages what must not be shown. */
  readonly redact: (text: string) => string;
}

const log = logger("jupyter");

/** A request and the way back to who sent it. */
export class Request {
  readonly channel: RequestChannel;
  readonly #message: ReceivedMessage;
  readonly #wire: Wire;
  readonly #log: (line: string) => void;
  readonly #redact: (text: string) => string;
  #output: OutputSink | undefined;

  constructor(message: ReceivedMessage, options: RequestOptions) {
    this.#message = message;
    this.channel = options.channel;
    this.#wire = options.wire;
    this.#log = options.log;
    this.#redact = options.redact;
  }

  /** E.g. `execute_request`. */
  get type(): string {
    return this.#message.header.msg_type;
  }

  /** What was asked. Its fields are the client's: check before use. */
  get content(): Json {
    return this.#message.content;
  }

  get metadata(): Json {
    return this.#message.metadata;
  }

  /** Raw bytes that came along. */
  get buffers(): readonly Uint8Array[] {
    return this.#message.buffers;
  }

  /** How long the message was. */
  get bytes(): number {
    return this.#message.bytes;
  }

  /** The client that sent it, as questions to it are addressed. */
  get client(): Client {
    const { identities, header } = this.#message;
    return { identities, header };
  }

  /** Publishes a message caused by this request. */
  publish(type: string, content: Json, options: MessageOptions = {}): void {
    const { metadata = {}, buffers = [], ...rest } = options;
    const parent = this.#message.header;
    this.#wire.publish({ type, content, parent, metadata, buffers }, rest);
  }

  /** Where output of this request goes: published, or, but for widgets', thrown away where `silent`. */
  openOutput(options: { silent: boolean; ask: OutputTarget["ask"] }): OutputSink {
    return this.#output = new OutputSink({
      requestId: this.#message.header.msg_id,
      publish: (type, content, how) => {
        // A widget that missed a message would be wrong from then on.
        if (!options.silent || type.startsWith("comm_")) this.publish(type, content, how);
      },
      room: () => this.#wire.room(),
      ask: options.ask,
    });
  }

  /** Publishes everything written to its output so far. */
  endOutput(): void {
    this.#output?.end();
  }

  /**
   * Does the work of this request between busy and idle: output, then the reply, then idle.
   * Whatever `work` throws becomes an error reply, or text for a message that gets no reply. Never
   * rejects.
   */
  async serve(work: Work): Promise<void> {
    this.publish("status", { execution_state: "busy" });
    const start = performance.now();
    let content: Json | void;
    try {
      content = await work();
    } catch (error) {
      const outcome = this.outcomeOf(error);
      content = errorContent(outcome);
      if (!this.#wantsReply) {
        this.endOutput();
        this.publish("stream", { name: "stderr", text: `${outcome.traceback.join("\n")}\n` });
      }
    }
    this.endOutput();
    if (content && this.#wantsReply) this.#reply(content);
    this.publish("status", { execution_state: "idle" });
    log.debug(() => {
      const ms = Math.round((performance.now() - start) * 10) / 10;
      return `${this.channel}: ${this.type}, ${ms} ms${content ? `, ${content.status}` : ""}`;
    });
  }

  /** The outcome that shows `error`. A defect of ours is named as one, and logged. */
  outcomeOf(error: unknown): ErrorOutcome {
    return editOwnWords(this.#describe(error), this.#redact);
  }

  #describe(error: unknown): ErrorOutcome {
    if (error instanceof IotError) return failed(error) as ErrorOutcome;
    const reason = error instanceof Error ? error.message : String(error);
    this.#log(`${this.type}: ${error instanceof Error ? error.stack ?? reason : reason}`);
    const message = `Something is wrong with iot itself: ${reason}`;
    return {
      status: "error",
      origin: "iot",
      ename: "InternalError",
      evalue: message,
      traceback: [`InternalError: ${message}`],
      exitCode: 1,
    };
  }

  get #wantsReply(): boolean {
    return this.type.endsWith("_request");
  }

  #reply(content: Json): void {
    const type = this.type.replace(/_request$/, "_reply");
    const { identities, header } = this.#message;
    this.#wire.send(this.channel, identities, { type, content, parent: header });
  }
}

/** An outcome that is an error. */
export type ErrorOutcome = Extract<Outcome, { status: "error" }>;

/**
 * The content of an error reply. `exit_code`, a field of our own, is what a shell command that ends
 * with this error exits with: `iot execute` hands it on. It is in replies only: what is published
 * as `error` is stored in notebooks, whose format allows no further fields.
 */
export function errorContent({ ename, evalue, traceback, exitCode }: ErrorOutcome): Json {
  return { status: "error", ename, evalue, traceback, exit_code: exitCode };
}
