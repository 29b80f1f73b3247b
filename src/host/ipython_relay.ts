/** What IPython publishes on behalf of a cell, as output of ours. */

import { encode } from "@/base/bytes.ts";
import type { MimeBundle } from "@/base/mime.ts";
import type { FailureCode } from "@/base/errors.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import type { CommMessage, Sink, StreamName } from "@/base/sink.ts";
import type { Json, JupyterMessage } from "@/wire/jupyter_message.ts";

/** Text is handed on in pieces of this many bytes, each when there is room for it. */
const PIECE_BYTES = 64 * 1024;

/** What makes text coloured in a terminal: ECMA-48, "Select graphic rendition". */
// deno-lint-ignore no-control-regex -- escape sequences begin with a control character
const COLOUR = /\x1b\[[\d;]*m/g;

/** Hands on what is published on behalf of one request. */
export class Relay {
  readonly #sink: Sink;
  /** A traceback that may be the one which ends the cell: that one is the caller's to show. */
  #traceback: string | undefined;
  #isOver: boolean;

  /** @param options `hasOutcome`: whether there is a reply that tells how the request ended */
  constructor(sink: Sink, { hasOutcome }: { readonly hasOutcome: boolean }) {
    this.#sink = sink;
    this.#isOver = !hasOutcome;
  }

  /** Hands a message on. */
  async take(message: JupyterMessage): Promise<void> {
    const { header: { msg_type }, content: { traceback } } = message;
    if (msg_type === "status" || msg_type === "execute_input") return;
    await this.#showTraceback();
    if (msg_type !== "error") return await relay(message, this.#sink);
    this.#traceback = Array.isArray(traceback) ? traceback.join("\n") : "";
    if (this.#isOver) await this.#showTraceback();
  }

  /** The request is over. A traceback that did not end it is one that its code has shown. */
  async end({ status }: Json): Promise<void> {
    this.#isOver = true;
    if (status === "error") this.#traceback = undefined;
    await this.#showTraceback();
  }

  async #showTraceback(): Promise<void> {
    const text = this.#traceback;
    this.#traceback = undefined;
    if (text) await this.#sink.write("stderr", encode(`${text}\n`));
  }
}

/** Hands a message on to `sink`. Those that are about the request itself are dropped. */
async function relay(message: JupyterMessage, sink: Sink): Promise<void> {
  const { header: { msg_type }, content } = message;
  switch (msg_type) {
    case "stream":
      return await relayText(content, sink);
    case "display_data":
    case "update_display_data": {
      const id = dictionary(content.transient).display_id;
      return await sink.display({
        ...bundle(content),
        ...(typeof id === "string" && { id }),
        update: msg_type === "update_display_data",
      });
    }
    case "execute_result": {
      const { data, metadata } = bundle(content);
      return await sink.result(data, metadata);
    }
    case "clear_output":
      return await sink.clear({ wait: content.wait === true });
    default:
      if (isComm(message)) await sink.comm(commOf(message));
  }
}

/** Whether a message is a widget's. */
export function isComm({ header }: JupyterMessage): boolean {
  return ["comm_open", "comm_msg", "comm_close"].includes(header.msg_type);
}

/** A widget's message. */
export function commOf({ header, content, metadata, buffers }: JupyterMessage): CommMessage {
  return { type: header.msg_type as CommMessage["type"], content, metadata, buffers };
}

/** How a cell ended, by its `execute_reply`. */
export function outcomeOf(reply: Json, { colour }: Sink): Outcome {
  if (reply.status === "ok") return OK;
  // One that was not begun, as Python was interrupted before it was.
  const { ename = "KeyboardInterrupt", evalue = "", traceback } = reply;
  const lines = Array.isArray(traceback) ? traceback.map(String) : [];
  const shown = colour ? lines : lines.map((line) => line.replace(COLOUR, ""));
  const named = evalue === "" ? String(ename) : `${ename}: ${evalue}`;
  const exitCode: FailureCode = ename === "KeyboardInterrupt" ? 130 : 1;
  return {
    status: "error",
    origin: "code",
    ename: String(ename),
    evalue: String(evalue),
    traceback: shown.length > 0 ? shown : [named],
    exitCode,
  };
}

/** What a reply asks of the front end; whether it asks for the end of Python. */
export async function relayPayload(
  { payload }: Json,
  sink: Sink,
): Promise<{ readonly exits: boolean }> {
  let exits = false;
  for (const entry of Array.isArray(payload) ? payload.map(dictionary) : []) {
    if (entry.source === "page") await sink.page(bundle(entry).data);
    if (entry.source === "set_next_input" && typeof entry.text === "string") {
      await sink.suggestCell(entry.text, { replace: entry.replace === true });
    }
    if (entry.source === "ask_exit") exits = true;
  }
  return { exits };
}

async function relayText({ name, text }: Json, sink: Sink): Promise<void> {
  if (typeof text !== "string") return;
  const stream: StreamName = name === "stderr" ? "stderr" : "stdout";
  // Bytes, which join to whole letters again: text on standard error would be a message of ours.
  const bytes = encode(text);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await sink.write(stream, bytes.subarray(at, at + PIECE_BYTES));
  }
}

function bundle({ data, metadata }: Json): { data: MimeBundle; metadata: Json } {
  return { data: dictionary(data), metadata: dictionary(metadata) };
}

function dictionary(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {};
}
