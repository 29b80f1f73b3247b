/** What a client that does not keep up gets, and how it learns what it did not. */

import assert from "node:assert/strict";

import { encode } from "@/base/bytes.ts";
import { abortable, withDeadline } from "@/base/deadline.ts";
import {
  encodeMessage,
  encodeReady,
  type Frame,
  FrameDecoder,
  GREETING,
  GREETING_BYTES,
} from "@/wire/codec.ts";
import { channelEndpoint } from "@/wire/connection_file.ts";
import { connect } from "@/wire/endpoint.ts";
import { deserialize, type JupyterMessage, Signer } from "@/wire/jupyter_message.ts";

import { Elisions } from "./elisions.ts";
import { startKernel } from "./testing.ts";

const DEADLINE_MS = 20_000;

Deno.test("Elisions counts by client and request, tells once, and forgets what grows without end", () => {
  const elisions = new Elisions();
  const [one, other] = [{ send() {} }, { send() {} }];
  elisions.add(one, { parent: "a", bytes: 2 });
  elisions.add(one, { parent: "a", bytes: 3 });
  elisions.add(one, { parent: "b", bytes: 7 });
  elisions.add(other, { parent: "a", bytes: 11 });
  assert.deepEqual([elisions.take(one, "a"), elisions.take(one, "a")], [5, 0]);
  assert.deepEqual([elisions.take(one, "b"), elisions.take(other, "a")], [7, 11]);
  for (let index = 0; index < 5_000; index++) elisions.add(one, { parent: `${index}`, bytes: 1 });
  assert.deepEqual([elisions.take(one, "0"), elisions.take(one, "4999")], [0, 1]);
});

Deno.test("a client that reads nothing, then reads, is told how much it missed, before idle", async () => {
  await using kernel = await startKernel();
  const { client, connection } = kernel;
  using slow = await connect(channelEndpoint(connection, "iopub"));
  for (const bytes of [GREETING, encodeReady("SUB"), encodeMessage([encode("\x01")])]) {
    await slow.write(bytes);
  }
  // Its welcome shows that it has subscribed; from then on it leaves everything where it is.
  const reader = new MessageReader(slow, new Signer(connection.key));
  while ((await reader.next()).header.msg_type !== "iopub_welcome");
  const megabytes = 48;
  let parent: unknown;
  const reply = await client.execute(`flood ${megabytes}`, {
    onPublish: ({ parentHeader }) => void (parent = parentHeader.msg_id),
  });
  assert.equal(reply.status, "ok");
  const messages: JupyterMessage[] = [];
  do messages.push(await reader.next()); while (!isIdleOf(messages.at(-1)!, parent));
  const own = messages.filter(({ parentHeader }) => parentHeader.msg_id === parent);
  const streams = own.filter(({ header }) => header.msg_type === "stream")
    .map(({ content }) => content as { name: string; text: string });
  const output = streams.filter(({ name }) => name === "stdout");
  const notices = streams.filter(({ name }) => name === "stderr");
  const got = output.reduce((sum, { text }) => sum + text.length, 0);
  const missed = notices.map(({ text }) => {
    const match = /^\n… ([\d,]+) bytes of output left out: .*\n$/.exec(text);
    return Number(match![1].replaceAll(",", ""));
  });
  assert.equal(notices.length, 1);
  assert.equal(got + missed[0], megabytes * 1024 * 1024);
  assert.deepEqual(own.slice(-2).map(({ header }) => header.msg_type), ["stream", "status"]);
});

function isIdleOf({ header, parentHeader, content }: JupyterMessage, parent: unknown): boolean {
  return header.msg_type === "status" && parentHeader.msg_id === parent &&
    content.execution_state === "idle";
}

/** Reads a subscriber's messages from a connection, and no more than it is asked for. */
class MessageReader {
  readonly #conn: Deno.Conn;
  readonly #signer: Signer;
  readonly #decoder = new FrameDecoder({ maxFrameBytes: 1024 * 1024 });
  readonly #frames: Frame[] = [];
  #greeted = 0;

  constructor(conn: Deno.Conn, signer: Signer) {
    this.#conn = conn;
    this.#signer = signer;
  }

  async next(): Promise<JupyterMessage> {
    const message: Uint8Array[] = [];
    for (;;) {
      const frame = this.#frames.shift();
      if (frame === undefined) await this.#read();
      else if (!frame.command) {
        message.push(frame.body);
        if (!frame.more) return deserialize(message, this.#signer);
      }
    }
  }

  async #read(): Promise<void> {
    const chunk = new Uint8Array(64 * 1024);
    const count = await withDeadline(
      DEADLINE_MS,
      (signal) => abortable(this.#conn.read(chunk), signal),
      { error: () => new Error("Nothing more comes.") },
    );
    assert.ok(count !== null, "the kernel hung up");
    const greeting = Math.min(count, GREETING_BYTES - this.#greeted);
    this.#greeted += greeting;
    this.#frames.push(...this.#decoder.push(chunk.subarray(greeting, count)));
  }
}
