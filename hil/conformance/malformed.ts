/** Messages that no client sends: bytes, frames, parts, signatures, JSON and fields gone wrong. */

import fc from "fast-check";
import { concat, encode, printable } from "@/base/bytes.ts";
import {
  encodeCommand,
  encodeMessage,
  encodeReady,
  GREETING,
  type SocketType,
} from "@/wire/codec.ts";
import { type Channel, CHANNELS } from "@/wire/connection_file.ts";
import { HeaderMaker, type Json, serialize, Signer } from "@/wire/jupyter_message.ts";

/** What a client's socket is to each of the kernel's. */
const PEERS = {
  shell: "DEALER",
  control: "DEALER",
  stdin: "DEALER",
  iopub: "SUB",
  hb: "REQ",
} as const;

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

/** `whole` with something wrong: cut short, a byte changed, bytes put in, or more behind it. */
function damaged(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  return fc.tuple(whole, place, fc.nat(255), bytes(40), fc.nat(3)).map(
    ([data, fraction, byte, more, kind]) => {
      const at = Math.floor(fraction * data.length);
      const [before, behind] = [data.subarray(0, at), data.subarray(at)];
      if (kind === 0) return before;
      if (kind === 1) return concat([before, Uint8Array.of(byte), behind.subarray(1)]);
      return kind === 2 ? concat([before, more, behind]) : concat([data, more]);
    },
  );
}

/** Bytes for a new connection to one of the kernel's sockets. */
export interface Call {
  readonly channel: Channel;
  readonly data: Uint8Array;
}

/** `value` as a failure is to name it: with bytes as text. */
function named<T extends { channel: Channel }>(value: T, parts: readonly Uint8Array[]): T {
  const text = () => `${value.channel}: ${parts.map((part) => printable(part)).join(" | ")}`;
  return Object.assign(value, { [fc.toStringMethod]: text });
}

const call = (data: (peer: SocketType) => fc.Arbitrary<Uint8Array>) =>
  fc.constantFrom(...CHANNELS).chain((channel) =>
    data(PEERS[channel]).map((data): Call => named({ channel, data }, [data]))
  );

/** Greetings and handshakes of strangers. */
export const handshakes: fc.Arbitrary<Call> = call((peer) => {
  const types = fc.constantFrom<SocketType>("PUB", "ROUTER", "XPUB", "REP", peer);
  const ready = fc.tuple(types, bytes(300)).map(([type, identity]) => encodeReady(type, identity));
  return fc.oneof(
    bytes(200),
    damaged(fc.constant(GREETING)),
    fc.tuple(fc.constant(GREETING), damaged(ready)).map(concat),
    fc.tuple(damaged(fc.constant(GREETING)), ready).map(concat),
    fc.tuple(fc.constant(GREETING), fc.string({ maxLength: 10 }), bytes(60))
      .map(([greeting, name, data]) => concat([greeting, encodeCommand(name || "?", data)])),
  );
});

/** A frame's head and as much of a body as it likes: RFC 23, flags MORE 1, LONG 2, COMMAND 4. */
const frame = fc.oneof(
  fc.tuple(fc.nat(255), fc.nat(255), bytes(60))
    .map(([flags, length, body]) => concat([Uint8Array.of(flags, length), body])),
  fc.tuple(fc.constantFrom(2, 3, 6, 7), fc.uint8Array({ minLength: 8, maxLength: 8 }), bytes(20))
    .map(([flags, length, body]) => concat([Uint8Array.of(flags), length, body])),
  fc.tuple(
    fc.constantFrom("SUBSCRIBE", "CANCEL", "PING", "PONG", "ERROR", "READY", "x"),
    bytes(300),
  ).map(([name, data]) => encodeCommand(name, data)),
  fc.array(bytes(40), { minLength: 1, maxLength: 9 }).map(encodeMessage),
);

/** Frames and commands of a peer that shook hands well. */
export const frames: fc.Arbitrary<Call> = call((peer) =>
  fc.array(frame, { minLength: 1, maxLength: 4 })
    .map((all) => concat([GREETING, encodeReady(peer), ...all]))
);

/** Parts of a message for a socket that takes requests. */
export interface Posting {
  readonly channel: "shell" | "control" | "stdin";
  readonly parts: readonly Uint8Array[];
  /** The id of the request, where it has to be answered. */
  readonly answered?: string;
}

/** Requests, and what each of their fields may be. */
const text = fc.oneof(
  fc.constantFrom("", "1", "print(1)", "1/0", "import s", "for", "'", "a.b.", "é 😀", "%connec"),
  // Not what would run on the host.
  fc.string({ maxLength: 30 }).map((text) => text.replace(/^[!%]+/, "")),
);
const FIELDS: Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  kernel_info_request: {},
  execute_request: {
    code: fc.constantFrom("1", "", "print(1)", "1/0", "for", "é"),
    silent: fc.boolean(),
    store_history: fc.boolean(),
    user_expressions: fc.dictionary(fc.string(), text, { maxKeys: 3 }),
    allow_stdin: fc.boolean(),
    stop_on_error: fc.boolean(),
  },
  complete_request: { code: text, cursor_pos: fc.integer({ min: -2, max: 40 }) },
  inspect_request: {
    code: text,
    cursor_pos: fc.integer({ min: -2, max: 40 }),
    detail_level: fc.integer({ min: -1, max: 3 }),
  },
  is_complete_request: { code: text },
  history_request: {
    output: fc.boolean(),
    raw: fc.boolean(),
    hist_access_type: fc.constantFrom("tail", "range", "search"),
    session: fc.integer(),
    start: fc.integer(),
    stop: fc.integer(),
    n: fc.integer(),
    pattern: fc.string(),
    unique: fc.boolean(),
  },
  comm_info_request: { target_name: fc.string() },
  comm_open: { comm_id: fc.string(), target_name: fc.string(), data: fc.object() },
  comm_msg: { comm_id: fc.string(), data: fc.object() },
  comm_close: { comm_id: fc.string(), data: fc.object() },
  interrupt_request: {},
  input_reply: { status: fc.constantFrom("ok", "error"), value: fc.string() },
  unheard_of_request: { code: text },
};
const ON = { interrupt_request: "control", input_reply: "stdin" } as Readonly<
  Record<string, Posting["channel"]>
>;

/** JSON that is none of what a field may be, as often as not; `code` is never a host's command. */
const anyJson = fc.jsonValue({ maxDepth: 2 }).map((value) =>
  typeof value === "string" ? value.replace(/^[!%]+/, "") : value
);

/** What makes well-signed messages for one kernel. Shutdown is left out: it is always obeyed. */
export class Forge {
  readonly #signer: Signer;
  readonly #headers = new HeaderMaker();

  constructor(key: string) {
    this.#signer = new Signer(key);
  }

  /** Requests whose content is not what their type needs, well signed. */
  get contents(): fc.Arbitrary<Posting> {
    return fc.constantFrom(...Object.keys(FIELDS)).chain((type) => {
      const fields = Object.entries(FIELDS[type]).map(([name, kind]) =>
        [name, fc.oneof({ weight: 2, arbitrary: kind }, { weight: 1, arbitrary: anyJson })] as const
      );
      const content = fc.record(Object.fromEntries(fields), { requiredKeys: [] });
      return fc.tuple(content, fc.dictionary(fc.string(), anyJson, { maxKeys: 1 })).map(
        ([content, more]) => this.#post(type, { ...more, ...content }),
      );
    });
  }

  /** A good message with its parts dropped, doubled, swapped, damaged or signed wrongly. */
  get parts(): fc.Arbitrary<Posting> {
    const place = fc.nat(6);
    return fc.tuple(
      fc.constantFrom("shell", "control", "stdin"),
      fc.nat(6),
      place,
      place,
      bytes(70),
    )
      .map(([channel, kind, at, other, data]) => {
        const parts = [...this.#post("execute_request", { code: "forged = True" }).parts];
        const [one, two] = [at % parts.length, other % parts.length];
        if (kind === 0) parts.splice(one, 1);
        // What stands behind the content is a buffer, which nobody signs.
        else if (kind === 1) parts.splice(one % 5, 0, parts[one % 5]);
        else if (kind === 2) [parts[one], parts[two]] = [parts[two], data];
        else if (kind === 3) parts[one] = parts[one].subarray(0, parts[one].length >> 1);
        else if (kind === 4) parts[one] = data;
        else if (kind === 5) parts.splice(1, 1, data);
        else parts.splice(2, 0, data);
        return named({ channel: channel as Posting["channel"], parts }, parts);
      });
  }

  /** Parts that are well signed and are not the four dictionaries of a message. */
  get dictionaries(): fc.Arbitrary<Posting> {
    const header = fc.record({
      msg_id: fc.oneof(fc.string(), anyJson),
      msg_type: fc.oneof(fc.constantFrom("execute_request", "__proto__", "toString"), anyJson),
      session: fc.oneof(fc.string(), anyJson),
      username: anyJson,
      date: anyJson,
      version: anyJson,
    }, { requiredKeys: [] });
    const json = (value: fc.Arbitrary<unknown>) => value.map((one) => encode(JSON.stringify(one)));
    const part = fc.oneof(
      bytes(30),
      json(anyJson),
      json(header),
      damaged(json(header)),
      fc.integer({ min: 1, max: 20_000 }).map((depth) => encode("[".repeat(depth))),
      fc.constantFrom("{}", '{"a":1,"a":2}', "null", '{"msg_type":"execute_request"}', "\ufeff{}")
        .map((text) => encode(text)),
    );
    return fc.tuple(
      fc.constantFrom("shell", "control", "stdin"),
      fc.array(part, { minLength: 4, maxLength: 4 }),
      fc.array(bytes(20), { maxLength: 2 }),
    ).map(([channel, dictionaries, buffers]) => {
      const signature = encode(this.#signer.sign(dictionaries));
      const parts = [encode("<IDS|MSG>"), signature, ...dictionaries, ...buffers];
      return named({ channel: channel as Posting["channel"], parts }, parts);
    });
  }

  #post(type: string, content: Json): Posting {
    const header = this.#headers.make(type);
    const message = { header, parentHeader: {}, metadata: {}, content, buffers: [] };
    const parts = serialize(message, { signer: this.#signer });
    const isAnswered = type.endsWith("_request") && type !== "unheard_of_request";
    const channel = ON[type] ?? "shell";
    return named({ channel, parts, ...(isAnswered && { answered: header.msg_id }) }, parts);
  }
}
