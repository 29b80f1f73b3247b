/** The kernel with an interpreter that is none, driven over its sockets by our own client. */

import assert from "node:assert/strict";

import { encode } from "@/base/bytes.ts";
import { encodeMessage, encodeReady, GREETING } from "@/wire/codec.ts";
import { channelEndpoint, CHANNELS } from "@/wire/connection_file.ts";
import { DealerSocket } from "@/wire/dealer.ts";
import { connect } from "@/wire/endpoint.ts";
import {
  deserialize,
  HeaderMaker,
  type JupyterMessage,
  serialize,
  Signer,
} from "@/wire/jupyter_message.ts";
import { ReqSocket } from "@/wire/req.ts";
import { SubSocket } from "@/wire/sub.ts";

import { KernelClient } from "@/wire/kernel_client.ts";
import { brief, startKernel, type TestKernel } from "./testing.ts";

const soon = { timeoutMs: 20_000 };

/** Runs a cell; its reply and what was published meanwhile. */
async function run({ client }: TestKernel, code: string) {
  const published: string[] = [];
  const reply = await client.execute(code, {
    onPublish: (message) => void published.push(brief(message)),
  });
  return { reply, published };
}

Deno.test("kernel_info_reply says what clients ask for", async () => {
  await using kernel = await startKernel();
  const { info } = kernel.client;
  assert.equal(info.status, "ok");
  assert.equal(info.protocol_version, "5.4");
  assert.equal(info.implementation, "iot");
  assert.equal(info.implementation_version, "1.2.3");
  const language = info.language_info as Record<string, unknown>;
  assert.equal(language.name, "python");
  assert.equal(language.mimetype, "text/x-python");
  assert.equal(language.file_extension, ".py");
});

Deno.test("a cell's output comes between its input and its reply, in order", async () => {
  await using kernel = await startKernel();
  const { reply, published } = await run(kernel, "print a\nprint b\nwarn c\nprint d");
  assert.deepEqual(published, [
    "execute_input print a\nprint b\nwarn c\nprint d",
    "stream stdout a\nb\n",
    "stream stderr c\n",
    "stream stdout d\n",
  ]);
  assert.equal(reply.status, "ok");
  assert.equal(reply.execution_count, 1);
  assert.deepEqual([reply.payload, reply.user_expressions], [[], {}]);
});

Deno.test("100,000 lines come whole, in order, before idle, in few messages", async () => {
  await using kernel = await startKernel();
  const { published } = await run(kernel, "count 100000");
  const text = published.slice(1).map((line) => line.slice("stream stdout ".length)).join("");
  assert.equal(text, Array.from({ length: 100_000 }, (_, index) => `${index}\n`).join(""));
  assert.ok(published.length < 1_000, `${published.length} messages`);
});

Deno.test("an exception is published and replied", async () => {
  await using kernel = await startKernel();
  const { reply, published } = await run(kernel, "print a\nraise NameError\nprint b");
  assert.deepEqual(published.slice(1), ["stream stdout a\n", "error NameError"]);
  const { status, ename, evalue, traceback, execution_count } = reply;
  assert.deepEqual({ status, ename, evalue, execution_count }, {
    status: "error",
    ename: "NameError",
    evalue: "for a test",
    execution_count: 1,
  });
  assert.equal((traceback as string[]).length, 2);
});

Deno.test("a defect of ours is a plain error, no stack trace, and the kernel lives on", async () => {
  await using kernel = await startKernel();
  const { reply, published } = await run(kernel, "defect oh no");
  assert.equal(reply.status, "error");
  assert.match(String(reply.evalue), /iot itself: oh no$/);
  assert.ok(!JSON.stringify(reply).includes(".ts"), "a path of ours in the reply");
  assert.deepEqual(published.slice(1), ["error InternalError"]);
  assert.equal((await run(kernel, "print a")).reply.status, "ok");
});

Deno.test("an error reply says how a shell command would exit, what is published does not", async () => {
  await using kernel = await startKernel();
  for (const [cell, exitCode] of [["lose the board", 3], ["raise NameError", 1]] as const) {
    const errors: JupyterMessage[] = [];
    const reply = await kernel.client.execute(cell, {
      onPublish: (message) => void (message.header.msg_type === "error" && errors.push(message)),
    });
    assert.equal(reply.exit_code, exitCode);
    // nbformat 4, "error": nothing else may be there.
    assert.deepEqual(errors.map(({ content }) => Object.keys(content)), [
      ["ename", "evalue", "traceback"],
    ]);
  }
});

Deno.test("execution_count grows with stored cells only; a silent one publishes nothing", async () => {
  await using kernel = await startKernel();
  const { client } = kernel;
  await client.execute("pass");
  const published: string[] = [];
  const onPublish = (message: JupyterMessage) => void published.push(brief(message));
  const silent = { code: "print a\nraise NameError", silent: true, store_history: true };
  const reply = await client.request("execute_request", silent, { onPublish });
  assert.deepEqual([reply.content.status, reply.content.execution_count], ["error", 1]);
  assert.deepEqual(published, []);
  const unstored = { code: "print a", silent: false, store_history: false };
  await client.request("execute_request", unstored, { onPublish });
  assert.deepEqual(published, ["execute_input print a", "stream stdout a\n"]);
  assert.equal((await client.execute("pass")).execution_count, 2);
});

Deno.test("cells sent behind one that fails are aborted, unless it says otherwise", async () => {
  await using kernel = await startKernel();
  const { client } = kernel;
  const cells = ["raise NameError", "print a", "print b"].map((code) => client.execute(code));
  const replies = await Promise.all(cells);
  assert.deepEqual(replies.map(({ status }) => status), ["error", "aborted", "aborted"]);
  assert.ok(replies.every((reply) => reply.execution_count === 1));
  const going = { code: "raise NameError", stop_on_error: false };
  const both = [client.request("execute_request", going), client.execute("print a")];
  await both[0];
  assert.equal((await client.execute("print a")).status, "ok");
  await both[1];
});

Deno.test("requests other than cells are answered while a cell runs", async () => {
  await using kernel = await startKernel();
  const { client } = kernel;
  const running = client.execute("hang");
  for (
    const [type, content] of [
      ["kernel_info_request", {}],
      ["complete_request", { code: "im", cursor_pos: 2 }],
      ["inspect_request", { code: "im", cursor_pos: 2, detail_level: 0 }],
      ["is_complete_request", { code: "for i in x:" }],
      ["history_request", { hist_access_type: "tail", n: 10 }],
      ["comm_info_request", {}],
    ] as const
  ) {
    const reply = await client.request(type, content);
    assert.equal(reply.header.msg_type, type.replace("request", "reply"));
    assert.notEqual(reply.content.status, "error", type);
  }
  await using heartbeat = await ReqSocket.connect(channelEndpoint(kernel.connection, "hb"));
  assert.deepEqual(await heartbeat.request([encode("ping")], soon), [encode("ping")]);
  await client.interrupt();
  await running;
});

Deno.test("an interrupt ends the cell as a KeyboardInterrupt, and those behind it", async () => {
  await using kernel = await startKernel();
  const { client } = kernel;
  const begun = Promise.withResolvers<void>();
  const running = client.execute("hang", { onPublish: () => begun.resolve() });
  const behind = client.execute("print a");
  await begun.promise;
  await client.interrupt();
  const { status, ename } = await running;
  assert.deepEqual([status, ename], ["error", "KeyboardInterrupt"]);
  assert.equal((await behind).status, "aborted");
});

Deno.test("an interrupt of an idle kernel does nothing to the next cell", async () => {
  await using kernel = await startKernel();
  await kernel.client.interrupt();
  assert.equal((await kernel.client.execute("print a")).status, "ok");
});

Deno.test("shutdown is replied and published, and ends the kernel even in a cell", async () => {
  await using kernel = await startKernel();
  const { client, connection } = kernel;
  await using iopub = await SubSocket.connect(channelEndpoint(connection, "iopub"));
  await nextOfType(iopub, kernel, "iopub_welcome");
  const running = client.execute("hang");
  const behind = client.execute("print a");
  await client.shutdown();
  assert.equal((await running).ename, "KeyboardInterrupt");
  assert.equal((await behind).status, "aborted");
  const { content } = await nextOfType(iopub, kernel, "shutdown_reply");
  assert.deepEqual(content, { status: "ok", restart: false });
  await kernel.ended;
  await assert.rejects(Deno.stat(kernel.connectionFile), Deno.errors.NotFound);
});

async function nextOfType(
  iopub: SubSocket,
  { connection }: TestKernel,
  type: string,
): Promise<JupyterMessage> {
  for (;;) {
    const message = deserialize(await iopub.receive(soon), new Signer(connection.key));
    if (message.header.msg_type === type) return message;
  }
}

Deno.test("every message of a kernel carries one session", async () => {
  await using kernel = await startKernel();
  const sessions = new Set<string>();
  const onPublish = ({ header }: JupyterMessage) => void sessions.add(header.session);
  await kernel.client.execute("print a\nraise NameError", { onPublish });
  const reply = await kernel.client.request("kernel_info_request", {}, { onPublish });
  sessions.add(reply.header.session);
  assert.equal(sessions.size, 1);
});

Deno.test("kernel_info on control is answered between busy and idle", async () => {
  await using kernel = await startKernel();
  const { connection } = kernel;
  const signer = new Signer(connection.key);
  await using iopub = await SubSocket.connect(channelEndpoint(connection, "iopub"));
  await nextOfType(iopub, kernel, "iopub_welcome");
  await using control = await DealerSocket.connect(channelEndpoint(connection, "control"));
  const message = draft("kernel_info_request", {});
  control.send(serialize(message, { signer }));
  const reply = deserialize(await control.receive(soon), new Signer(connection.key));
  assert.equal(reply.header.msg_type, "kernel_info_reply");
  assert.equal(reply.parentHeader.msg_id, message.header.msg_id);
  for (const state of ["busy", "idle"]) {
    const status = await nextOfType(iopub, kernel, "status");
    assert.equal(status.parentHeader.msg_id, message.header.msg_id);
    assert.equal(status.content.execution_state, state);
  }
});

function draft(type: string, content: Record<string, unknown>): JupyterMessage {
  const header = new HeaderMaker().make(type);
  return { header, parentHeader: {}, metadata: {}, content, buffers: [] };
}

Deno.test("forged, replayed and malformed messages are logged and ignored", async () => {
  await using kernel = await startKernel();
  const { connection, log } = kernel;
  await using shell = await DealerSocket.connect(channelEndpoint(connection, "shell"));
  const good = new Signer(connection.key);
  const message = draft("kernel_info_request", {});
  const frames = serialize(message, { signer: good });
  shell.send(serialize(message, { signer: new Signer("wrong") }));
  shell.send(frames);
  shell.send(frames);
  shell.send([encode("nonsense")]);
  const last = draft("kernel_info_request", {});
  shell.send(serialize(last, { signer: good }));
  for (const expected of [message, last]) {
    const reply = deserialize(await shell.receive(soon), new Signer(connection.key));
    assert.equal(reply.parentHeader.msg_id, expected.header.msg_id);
  }
  assert.deepEqual(log.map((line) => /key|twice|delimiter/.exec(line)?.[0]), [
    "key",
    "twice",
    "delimiter",
  ]);
});

Deno.test("an unknown message type is logged and followed by idle", async () => {
  await using kernel = await startKernel();
  const { connection, log } = kernel;
  await using iopub = await SubSocket.connect(channelEndpoint(connection, "iopub"));
  await nextOfType(iopub, kernel, "iopub_welcome");
  await using shell = await DealerSocket.connect(channelEndpoint(connection, "shell"));
  for (const type of ["make_coffee_request", "constructor", "__proto__"]) {
    shell.send(serialize(draft(type, {}), { signer: new Signer(connection.key) }));
    for (const state of ["busy", "idle"]) {
      const status = await nextOfType(iopub, kernel, "status");
      assert.equal(status.content.execution_state, state);
    }
  }
  assert.equal(log.length, 3);
  assert.match(log[0], /make_coffee_request/);
});

Deno.test("a request without its fields gets an error reply", async () => {
  await using kernel = await startKernel();
  for (const type of ["execute_request", "is_complete_request"]) {
    const { content } = await kernel.client.request(type, { code: 5 });
    assert.deepEqual([content.status, content.exit_code], ["error", 2]);
    assert.match(String(content.evalue), /code/);
    if (type === "execute_request") assert.equal(content.execution_count, 0);
  }
});

Deno.test("a comm that nobody knows is closed", async () => {
  await using kernel = await startKernel();
  const { connection } = kernel;
  await using iopub = await SubSocket.connect(channelEndpoint(connection, "iopub"));
  await nextOfType(iopub, kernel, "iopub_welcome");
  await using shell = await DealerSocket.connect(channelEndpoint(connection, "shell"));
  const open = draft("comm_open", { comm_id: "c", target_name: "nobody", data: {} });
  shell.send(serialize(open, { signer: new Signer(connection.key) }));
  const { content } = await nextOfType(iopub, kernel, "comm_close");
  assert.equal(content.comm_id, "c");
});

Deno.test("garbage on every socket leaves the kernel alive", async () => {
  await using kernel = await startKernel();
  for (const channel of CHANNELS) {
    const conn = await connect(channelEndpoint(kernel.connection, channel));
    await conn.write(encode("GET / HTTP/1.1\r\n\r\n"));
    conn.close();
    const peer = await connect(channelEndpoint(kernel.connection, channel));
    for (const bytes of [GREETING, encodeReady("DEALER"), encodeMessage([encode("x")])]) {
      await peer.write(bytes).catch(() => {});
    }
    peer.close();
  }
  assert.equal((await run(kernel, "print a")).reply.status, "ok");
});

Deno.test("two clients get their own replies, and see each other's output", async () => {
  await using kernel = await startKernel();
  await using other = await KernelClient.connect(kernel.connection);
  const [mine, theirs] = await Promise.all([
    run(kernel, "print mine"),
    other.execute("print theirs"),
  ]);
  assert.equal(mine.reply.status, "ok");
  assert.equal(theirs.status, "ok");
  assert.deepEqual(mine.published.slice(1), ["stream stdout mine\n"]);
});
