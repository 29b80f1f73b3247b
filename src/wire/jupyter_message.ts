/**
 * Jupyter messages on the wire: signed, checked, and turned into frames and back.
 *
 * The format is "The Wire Protocol" of the Jupyter client documentation
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html): routing identities, a
 * delimiter, a signature, four JSON dictionaries, then any number of raw buffers.
 */

import { createHmac, timingSafeEqual } from "node:crypto";

import { IotError } from "@/base/errors.ts";

import type { Message } from "./codec.ts";

/** The version of the messaging protocol that is spoken. */
export const PROTOCOL_VERSION = "5.4";

const encoder = new TextEncoder();
/**
 * Not a strict one: Python prints texts with halves of surrogate pairs, which jupyter_client sends as
 * bytes that are no UTF-8 (`jupyter_client/session.py`, `errors="surrogateescape"`). They show as U+FFFD.
 */
const decoder = new TextDecoder("utf-8");

const DELIMITER = encoder.encode("<IDS|MSG>");

/** How many signatures are remembered. jupyter_client remembers as many (`digest_history_size`). */
const MAX_REMEMBERED = 65_536;

/** A JSON dictionary. */
export type Json = { readonly [key: string]: unknown };

/** What names a message and its sender. */
export interface Header extends Json {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username?: string;
  /** ISO 8601. */
  readonly date?: string;
  readonly version?: string;
}

/** A message without its envelope. */
export interface JupyterMessage {
  readonly header: Header;
  /** The header of the request that caused this message; empty where none did. */
  readonly parentHeader: Header | Json;
  readonly metadata: Json;
  readonly content: Json;
  /** Raw bytes beside the JSON. */
  readonly buffers: readonly Uint8Array[];
}

/** A message as it came: with the identities that an answer is routed by. */
export interface ReceivedMessage extends JupyterMessage {
  readonly identities: readonly Uint8Array[];
  /** The length of all its frames together. */
  readonly bytes: number;
}

/**
 * A message was not taken: `signature` it was not signed with our key, `replay` it has come
 * before, `malformed` it is signed but is not a Jupyter message.
 */
export class MessageError extends IotError {
  override readonly name = "MessageError";
  readonly code: "signature" | "replay" | "malformed";

  constructor(code: MessageError["code"], message: string, options?: ErrorOptions) {
    super(message, 3, options);
    this.code = code;
  }
}

/**
 * Signs what goes out and checks what comes in, with one key. It remembers the signatures that it
 * has accepted, so one is made for each side of a conversation, not for each socket.
 */
export class Signer {
  readonly #key: string;
  readonly #algorithm: string;
  readonly #seen = new Set<string>();

  /**
   * @param key The connection file's `key`; empty means that nothing is signed.
   * @param scheme The connection file's `signature_scheme`.
   * @throws {MessageError} `malformed` for a scheme that is not `hmac-` and a known digest.
   */
  constructor(key: string, scheme = "hmac-sha256") {
    this.#key = key;
    this.#algorithm = scheme.replace(/^hmac-/, "");
    try {
      createHmac(this.#algorithm, key);
    } catch (cause) {
      const message = `Cannot sign by "${scheme}". Jupyter uses "hmac-sha256".`;
      throw new MessageError("malformed", message, { cause });
    }
  }

  /** The signature of `parts`, in lower-case hex; empty without a key. */
  sign(parts: Message): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /**
   * Checks `signature`, the bytes received, against `parts`, the bytes received.
   *
   * @throws {MessageError} `signature`, or `replay` when the same one was accepted before.
   */
  verify(signature: Uint8Array, parts: Message): void {
    if (this.#key === "") return;
    const expected = this.sign(parts);
    const bytes = encoder.encode(expected);
    if (bytes.length !== signature.length || !timingSafeEqual(bytes, signature)) {
      throw new MessageError("signature", "A message is not signed with this kernel's key.");
    }
    if (this.#seen.has(expected)) throw new MessageError("replay", "A message was sent twice.");
    this.#seen.add(expected);
    if (this.#seen.size > MAX_REMEMBERED) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
  }
}

/** Makes headers for one session: every message of a process carries the same `session`. */
export class HeaderMaker {
  readonly session: string = crypto.randomUUID();
  readonly #username: string;
  #count = 0;

  constructor({ username = "iot" }: { username?: string } = {}) {
    this.#username = username;
  }

  /** A header with an id that no other message has. */
  make(type: string): Header {
    return {
      msg_id: `${this.session}_${++this.#count}`,
      msg_type: type,
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
  }
}

/** Turns a message into signed frames; `prefix` are routing identities or a topic. */
export function serialize(
  message: JupyterMessage,
  options: { signer: Signer; prefix?: readonly Uint8Array[] },
): Message {
  const { header, parentHeader, metadata, content, buffers } = message;
  const parts = [header, parentHeader, metadata, content].map((part) =>
    encoder.encode(JSON.stringify(part))
  );
  const signature = encoder.encode(options.signer.sign(parts));
  return [...options.prefix ?? [], DELIMITER, signature, ...parts, ...buffers];
}

/**
 * Checks the signature of frames and, when it is good, reads the message.
 *
 * @throws {MessageError} `malformed`, `signature` or `replay`.
 */
export function deserialize(frames: Message, signer: Signer): ReceivedMessage {
  const at = frames.findIndex((frame) => equal(frame, DELIMITER));
  if (at < 0 || frames.length < at + 6) {
    throw new MessageError("malformed", "A message lacks its delimiter or one of its parts.");
  }
  const parts = frames.slice(at + 2, at + 6);
  signer.verify(frames[at + 1], parts);
  const [header, parentHeader, metadata, content] = parts.map(parseDictionary);
  if (!isHeader(header)) {
    throw new MessageError("malformed", "A message's header lacks msg_id, msg_type or session.");
  }
  const [identities, buffers] = [frames.slice(0, at), frames.slice(at + 6)];
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  return { identities, header, parentHeader, metadata, content, buffers, bytes };
}

function parseDictionary(bytes: Uint8Array): Json {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new MessageError("malformed", "A part of a message is not JSON.", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MessageError("malformed", "A part of a message is not a dictionary.");
  }
  return value as Json;
}

function isHeader(value: Json): value is Header {
  return ["msg_id", "msg_type", "session"].every((key) => typeof value[key] === "string");
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
