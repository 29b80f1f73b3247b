/** Questions to clients that are not there. */

import assert from "node:assert/strict";

import { encode } from "@/base/bytes.ts";
import { Interrupted } from "@/base/errors.ts";
import { eventually } from "@/wire/testing.ts";
import type { Draft, Wire } from "./kernel_sockets.ts";
import { inputRefused, Questions } from "./questions.ts";

const CLIENT = {
  identities: [encode("client")],
  header: { msg_id: "cell", msg_type: "execute_request", session: "s" },
};

/** A wire that keeps what is sent, with a client that is there or not. */
class FakeWire implements Wire {
  readonly sent: Draft[] = [];
  isThere = true;

  send(_channel: string, _identities: readonly Uint8Array[], draft: Draft): string {
    this.sent.push(draft);
    return String(this.sent.length);
  }

  reaches(): boolean {
    return this.isThere;
  }

  publish(): void {}

  room(): Promise<void> {
    return Promise.resolve();
  }
}

function setUp(awayMs: number) {
  const wire = new FakeWire();
  return { wire, questions: new Questions(wire, { awayMs }), signal: new AbortController().signal };
}

function reply(value: unknown) {
  const header = { msg_id: "r", msg_type: "input_reply", session: "c" };
  const content = { value };
  const { identities } = CLIENT;
  return { identities, header, parentHeader: {}, metadata: {}, content, buffers: [], bytes: 0 };
}

Deno.test("Questions.ask() fails when the client never listens for questions", async () => {
  const { wire, questions, signal } = setUp(1);
  wire.isThere = false;
  await assert.rejects(questions.ask(CLIENT, "name? ", { signal }), /"name\?".*does not listen/);
  assert.deepEqual(wire.sent, []);
});

Deno.test("Questions.ask() fails when the client goes away for good", async () => {
  const { wire, questions, signal } = setUp(1);
  const answer = questions.ask(CLIENT, "", { signal });
  await eventually(() => wire.sent.length === 1, "a question");
  wire.isThere = false;
  await assert.rejects(answer, /wants input, but the client that ran this cell has gone/);
  assert.equal(questions.answer(reply("late")), false);
});

Deno.test("Questions.ask() waits for a client that is away for a moment", async () => {
  const { wire, questions, signal } = setUp(60_000);
  wire.isThere = false;
  const answer = questions.ask(CLIENT, "", { signal });
  wire.isThere = true;
  await eventually(() => wire.sent.length === 1, "a question");
  wire.isThere = false;
  assert.equal(questions.answer(reply("here I am")), true);
  assert.equal(await answer, "here I am");
});

Deno.test("Questions.ask() ends with its signal, also in the queue", async () => {
  const { wire, questions, signal } = setUp(60_000);
  const first = questions.ask(CLIENT, "one", { signal });
  const controller = new AbortController();
  const second = questions.ask(CLIENT, "two", { signal: controller.signal });
  const third = questions.ask(CLIENT, "three", { signal });
  controller.abort(new Interrupted());
  await assert.rejects(second, Interrupted);
  await eventually(() => wire.sent.length === 1, "a question");
  assert.equal(questions.answer(reply("1")), true);
  assert.equal(await first, "1");
  await eventually(() => wire.sent.length === 2, "the third question");
  assert.equal(questions.answer(reply(3)), true);
  assert.equal(await third, "3");
  assert.deepEqual(wire.sent.map(({ content }) => content.prompt), ["one", "three"]);
});

Deno.test("an answer from a client of another name is none", async () => {
  const { wire, questions, signal } = setUp(60_000);
  const answer = questions.ask(CLIENT, "", { signal });
  await eventually(() => wire.sent.length === 1, "a question");
  for (const identities of [[], [encode("clien")], [encode("client"), encode("x")]]) {
    assert.equal(questions.answer({ ...reply("no"), identities }), false);
  }
  assert.equal(questions.answer(reply("yes")), true);
  assert.equal(await answer, "yes");
});

Deno.test("inputRefused() quotes the prompt where there is one", () => {
  assert.match(inputRefused("Age: ").message, /input \("Age:"\), but/);
  assert.match(inputRefused(" ").message, /input, but/);
});
