/** Questions of a program to the person at a client. */

import assert from "node:assert/strict";

import { encode } from "@/base/bytes.ts";
import { IotError } from "@/base/errors.ts";
import { channelEndpoint } from "@/wire/connection_file.ts";
import { DealerSocket } from "@/wire/dealer.ts";
import {
  deserialize,
  HeaderMaker,
  type Json,
  type ReceivedMessage,
  serialize,
  Signer,
} from "@/wire/jupyter_message.ts";
import { SubSocket } from "@/wire/sub.ts";
import { eventually } from "@/wire/testing.ts";
import { brief, startKernel, type TestKernel } from "./testing.ts";

const soon = { timeoutMs: 20_000 };

/** A client that does what it is told, as jupyter_client does: one identity for all its sockets. */
class RawClient implements AsyncDisposable {
  readonly #headers = new HeaderMaker();
  readonly #signer: Signer;
  readonly #key: string;
  readonly shell: DealerSocket;
  readonly stdin: DealerSocket | undefined;

  private constructor(key: string, shell: DealerSocket, stdin: DealerSocket | undefined) {
    this.#key = key;
    this.#signer = new Signer(key);
    this.shell = shell;
    this.stdin = stdin;
  }

  static async connect(
    { connection }: TestKernel,
    { stdin = true, identity = crypto.randomUUID() } = {},
  ): Promise<RawClient> {
    const at = async (channel: "shell" | "stdin") =>
      await DealerSocket.connect(channelEndpoint(connection, channel), {
        identity: encode(identity),
      });
    return new RawClient(connection.key, await at("shell"), stdin ? await at("stdin") : undefined);
  }

  send(type: string, content: Json, options: { parent?: Json; key?: string } = {}): string {
    const header = this.#headers.make(type);
    const { parent = {}, key } = options;
    const message = { header, parentHeader: parent, metadata: {}, content, buffers: [] };
    const signer = key === undefined ? this.#signer : new Signer(key);
    const socket = type === "input_reply" ? this.stdin! : this.shell;
    socket.send(serialize(message, { signer }));
    return header.msg_id;
  }

  execute(code: string, allow_stdin: boolean | undefined = true): string {
    return this.send("execute_request", { code, allow_stdin });
  }

  /** The next message of `type`, whatever comes before. */
  async next(type: string): Promise<ReceivedMessage> {
    const socket = type === "input_request" ? this.stdin! : this.shell;
    for (;;) {
      const message = deserialize(await socket.receive(soon), new Signer(this.#key));
      if (message.header.msg_type === type) return message;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
    await this.stdin?.[Symbol.asyncDispose]();
  }
}

Deno.test("input() asks the client whose cell it is, and prints what was answered", async () => {
  await using kernel = await startKernel();
  const published: string[] = [];
  const questions: unknown[] = [];
  const reply = await kernel.client.execute("print a\ninput Your name? \npassword Secret: ", {
    onPublish: (message) => void published.push(brief(message)),
    onInput: ({ prompt, password }) => {
      questions.push({ prompt, password });
      return Promise.resolve(`Zoë ${questions.length}`);
    },
  });
  assert.equal(reply.status, "ok");
  assert.deepEqual(questions, [
    { prompt: "Your name? ", password: false },
    { prompt: "Secret: ", password: true },
  ]);
  assert.equal(
    published.slice(1).join(""),
    "stream stdout a\nstream stdout Zoë 1\nstream stdout Zoë 2\n",
  );
});

Deno.test("an input_request belongs to its cell; an answer need not name it", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  const id = client.execute("input name? ");
  const question = await client.next("input_request");
  assert.deepEqual(question.content, { prompt: "name? ", password: false });
  assert.equal(question.parentHeader.msg_id, id);
  client.send("input_reply", { value: "a" });
  assert.equal((await client.next("execute_reply")).content.status, "ok");
});

Deno.test("only the answer of the client that was asked, to this question, counts", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  await using stranger = await RawClient.connect(kernel);
  client.send("input_reply", { value: "too early" });
  await eventually(() => kernel.log.length === 1, "the early answer is ignored");
  client.execute("input one");
  const one = await client.next("input_request");
  stranger.send("input_reply", { value: "stranger" }, { parent: one.header });
  client.send("input_reply", { value: "forged" }, { key: "wrong", parent: one.header });
  client.send("input_reply", { value: "other" }, { parent: { msg_id: "other" } });
  await eventually(() => kernel.log.length === 4, "three more are ignored");
  client.send("input_reply", { value: "1" }, { parent: one.header });
  assert.equal((await client.next("execute_reply")).content.status, "ok");
  client.send("input_reply", { value: "1 again" }, { parent: one.header });
  await eventually(() => kernel.log.length === 5, "the late answer is ignored");
  client.execute("input two");
  const two = await client.next("input_request");
  client.send("input_reply", { value: "for one" }, { parent: one.header });
  await eventually(() => kernel.log.length === 6, "the answer to another question is ignored");
  client.send("input_reply", { value: "2" }, { parent: two.header });
  assert.equal((await client.next("execute_reply")).content.status, "ok");
  assert.ok(kernel.log.every((line) => line.startsWith("stdin: ")), kernel.log.join("\n"));
});

Deno.test("a client that does not allow it is not asked, and the cell says what to do", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  for (const allowed of [false, undefined]) {
    client.send("execute_request", { code: "input name? ", allow_stdin: allowed });
    const { content } = await client.next("execute_reply");
    assert.equal(content.status, "error");
    assert.equal(content.ename, "StdinNotImplementedError");
    assert.match(String(content.evalue), /"name\?".*allow_stdin/s);
  }
});

Deno.test("an interrupt ends a question; its answer is for nobody", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  client.execute("input name? ");
  client.execute("print behind");
  const { header } = await client.next("input_request");
  await kernel.client.interrupt();
  assert.equal((await client.next("execute_reply")).content.ename, "KeyboardInterrupt");
  assert.equal((await client.next("execute_reply")).content.status, "aborted");
  client.send("input_reply", { value: "late" }, { parent: header });
  await eventually(() => kernel.log.length === 1, "the answer is ignored");
  client.execute("print a");
  assert.equal((await client.next("execute_reply")).content.status, "ok");
});

Deno.test("a shutdown ends a question", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  client.execute("input name? ");
  await client.next("input_request");
  await kernel.client.shutdown();
  assert.equal((await client.next("execute_reply")).content.ename, "KeyboardInterrupt");
  await kernel.ended;
});

Deno.test("an answer may say that there is none", async () => {
  await using kernel = await startKernel();
  const reply = await kernel.client.execute("input name? ", {
    onInput: () => Promise.reject(new IotError("nobody is there", 1)),
  });
  assert.deepEqual([reply.status, reply.evalue], ["error", "nobody is there"]);
  await using client = await RawClient.connect(kernel);
  client.execute("input name? ");
  await client.next("input_request");
  client.send("input_reply", { value: "\x04" });
  assert.match(String((await client.next("execute_reply")).content.evalue), /End of input/);
});

Deno.test("a question whose client is interrupted is not answered any more", async () => {
  await using kernel = await startKernel();
  const asked = Promise.withResolvers<AbortSignal>();
  const running = kernel.client.execute("input name? ", {
    onInput: ({ signal }) => {
      asked.resolve(signal);
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
  });
  const signal = await asked.promise;
  await kernel.client.interrupt();
  assert.equal((await running).ename, "KeyboardInterrupt");
  assert.ok(signal.aborted);
});

Deno.test("requests other than cells are answered while a program waits for input", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  client.execute("input name? ");
  await client.next("input_request");
  client.send("complete_request", { code: "pri", cursor_pos: 3 });
  assert.deepEqual((await client.next("complete_reply")).content.matches, ["print"]);
  client.send("input_reply", { value: "a" });
  assert.equal((await client.next("execute_reply")).content.status, "ok");
});

Deno.test("no status is published for what comes by stdin", async () => {
  await using kernel = await startKernel();
  await using client = await RawClient.connect(kernel);
  await using iopub = await SubSocket.connect(channelEndpoint(kernel.connection, "iopub"));
  const next = async () =>
    deserialize(await iopub.receive(soon), new Signer(kernel.connection.key));
  assert.equal((await next()).header.msg_type, "iopub_welcome");
  client.send("input_reply", { value: "a" });
  await eventually(() => kernel.log.length === 1, "it is ignored");
  const id = client.send("kernel_info_request", {});
  assert.equal((await next()).parentHeader.msg_id, id);
});
