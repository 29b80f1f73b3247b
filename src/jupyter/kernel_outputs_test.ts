/** What cells show, evaluate and leave behind, as clients get it from a kernel. */

import assert from "node:assert/strict";

import { encodeMessage, encodeReady, GREETING } from "@/wire/codec.ts";
import { channelEndpoint } from "@/wire/connection_file.ts";
import { connect } from "@/wire/endpoint.ts";
import type { Json, JupyterMessage } from "@/wire/jupyter_message.ts";
import type { Completions } from "@/session/answers.ts";
import { eventually, RawPeer } from "@/wire/testing.ts";
import { FakeInterpreter, startKernel, type TestKernel } from "./testing.ts";

/** Runs a cell; its reply, and what was published after its input. */
async function run({ client }: TestKernel, code: string, more: Json = {}) {
  const published: [string, Json][] = [];
  const content = { code, silent: false, store_history: true, ...more };
  const reply = await client.request("execute_request", content, {
    onPublish: ({ header, content }: JupyterMessage) =>
      void published.push([header.msg_type, content]),
  });
  return { reply: reply.content, published };
}

Deno.test("a result comes with its execution_count, in order with text and displays", async () => {
  await using kernel = await startKernel();
  await kernel.client.execute("pass");
  const cell = "print a\ndisplay @d one\nprint b\nupdate @d two\nclear wait\nresult 42";
  const { reply, published } = await run(kernel, cell);
  const shown = (text: string) => ({
    data: { "text/plain": text },
    metadata: {},
    transient: { display_id: "d" },
  });
  assert.deepEqual(published, [
    ["execute_input", { code: cell, execution_count: 2 }],
    ["stream", { name: "stdout", text: "a\n" }],
    ["display_data", shown("one")],
    ["stream", { name: "stdout", text: "b\n" }],
    ["update_display_data", shown("two")],
    ["clear_output", { wait: true }],
    ["execute_result", { execution_count: 2, data: { "text/plain": "42" }, metadata: {} }],
  ]);
  assert.deepEqual(reply, {
    status: "ok",
    execution_count: 2,
    payload: [],
    user_expressions: {},
  });
});

Deno.test("a page is handed over in the reply, also when the cell fails", async () => {
  await using kernel = await startKernel();
  const payload = [{ source: "page", data: { "text/plain": "help" }, start: 0 }];
  assert.deepEqual((await run(kernel, "page help")).reply.payload, payload);
  assert.deepEqual((await run(kernel, "page help\nraise NameError")).reply.payload, payload);
  assert.deepEqual((await run(kernel, "pass")).reply.payload, []);
});

Deno.test("execution_count goes as in ipykernel", async () => {
  await using kernel = await startKernel();
  const counts = async (code: string, more: Json = {}) => {
    const { reply, published } = await run(kernel, code, more);
    return [reply.execution_count, ...published.map(([, content]) => content.execution_count)];
  };
  assert.deepEqual(await counts("result 1"), [1, 1, 1]);
  assert.deepEqual(await counts("result 1", { store_history: false }), [1, 2, 1]);
  assert.deepEqual(await counts("result 1", { silent: true }), [1]);
  assert.deepEqual(await counts(" \n"), [1, 2]);
  assert.deepEqual(await counts("raise NameError"), [2, 2, undefined]);
  assert.deepEqual(await counts("result 1"), [3, 3, 3]);
});

Deno.test("nothing of a silent cell is published, whatever it shows", async () => {
  await using kernel = await startKernel();
  const cell = "print a\ndisplay b\nclear\nresult 42\nraise NameError";
  const { reply, published } = await run(kernel, cell, { silent: true });
  assert.equal(reply.status, "error");
  assert.deepEqual(published, []);
});

Deno.test("expressions are evaluated after a cell that went well, each for itself", async () => {
  await using kernel = await startKernel();
  const user_expressions = { a: "6*7", b: "raise NameError", c: "lose the board", d: "x" };
  const { reply } = await run(kernel, "pass", { user_expressions });
  const { b, c, ...good } = reply.user_expressions as Record<string, Json>;
  assert.deepEqual(good, {
    a: { status: "ok", data: { "text/plain": "6*7" }, metadata: {} },
    d: { status: "ok", data: { "text/plain": "x" }, metadata: {} },
  });
  assert.deepEqual([b.status, b.ename, b.evalue], ["error", "NameError", "for a test"]);
  assert.deepEqual([c.status, c.evalue], ["error", "the"]);
  assert.equal(reply.status, "ok");
  const failed = await run(kernel, "raise NameError", { user_expressions });
  assert.deepEqual(failed.reply.user_expressions, {});
  const silent = await run(kernel, "pass", { user_expressions: { a: "1" }, silent: true });
  assert.deepEqual(Object.keys(silent.reply.user_expressions as Json), ["a"]);
});

Deno.test("expressions that are none are refused, and the cell is not run", async () => {
  await using kernel = await startKernel();
  const { reply, published } = await run(kernel, "print a", { user_expressions: ["a"] });
  assert.match(String(reply.evalue), /user_expressions/);
  assert.deepEqual([reply.status, published], ["error", []]);
});

Deno.test("an interrupt ends the expressions after a cell as well", async () => {
  const begun = Promise.withResolvers<void>();
  class Announcing extends FakeInterpreter {
    override evaluate(expression: string, options: { signal: AbortSignal }) {
      if (expression === "hang") begun.resolve();
      return super.evaluate(expression, options);
    }
  }
  await using kernel = await startKernel({ interpreter: new Announcing() });
  const running = run(kernel, "pass", { user_expressions: { a: "hang", b: "1" } });
  await begun.promise;
  await kernel.client.interrupt();
  const values = (await running).reply.user_expressions as Record<string, Json>;
  assert.deepEqual(Object.values(values).map(({ ename }) => ename), [
    "KeyboardInterrupt",
    "KeyboardInterrupt",
  ]);
});

Deno.test("cells that are sent without end are refused, and those before them are run", async () => {
  await using kernel = await startKernel();
  const { client } = kernel;
  const first = client.execute("hang");
  const replies = Array.from({ length: 4_200 }, () => client.execute("pass"));
  const refused = await Promise.any(
    replies.map(async (reply) => {
      const content = await reply;
      assert.equal(content.status, "error");
      return content;
    }),
  );
  assert.match(String(refused.evalue), /cells waiting/);
  assert.deepEqual([refused.payload, refused.user_expressions], [[], {}]);
  await client.interrupt();
  assert.equal((await first).ename, "KeyboardInterrupt");
  const statuses = (await Promise.all(replies)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === "aborted").length, 4_096);
  assert.equal((await client.execute("print a")).status, "ok");
});

Deno.test("a few cells of many megabytes are refused as well, but never a single one", async () => {
  await using kernel = await startKernel();
  const { client } = kernel;
  const first = client.execute("hang");
  const large = `print ${"x".repeat(10 * 1024 * 1024)}`;
  const replies = [large, large].map((code) => client.execute(code, { onPublish: () => {} }));
  assert.match(String((await replies[1]).evalue), /cells waiting/);
  await client.interrupt();
  assert.equal((await first).ename, "KeyboardInterrupt");
  assert.equal((await replies[0]).status, "aborted");
  const code = `pass ${"x".repeat(20 * 1024 * 1024)}`;
  assert.equal((await client.execute(code)).status, "ok");
});

Deno.test("cells are remembered with their results, but not silent, unstored or empty ones", async () => {
  await using kernel = await startKernel();
  await run(kernel, "result 42");
  await run(kernel, "print silent", { silent: true });
  await run(kernel, "print unstored", { store_history: false });
  await run(kernel, " ");
  await run(kernel, "raise NameError");
  const request = { hist_access_type: "range", output: true, raw: true, session: 0, start: 1 };
  const { content } = await kernel.client.request("history_request", request);
  assert.deepEqual(content, {
    status: "ok",
    history: [[0, 1, ["result 42", "42"]], [0, 2, ["raise NameError", null]]],
  });
});

Deno.test("history is there for the next kernel", async () => {
  const directory = await Deno.makeTempDir();
  const historyFile = `${directory}/history.sqlite`;
  {
    await using kernel = await startKernel({ historyFile });
    await kernel.client.execute("print a");
  }
  {
    await using kernel = await startKernel({ historyFile });
    const request = { hist_access_type: "tail", n: 10, raw: true, output: false };
    const { content } = await kernel.client.request("history_request", request);
    assert.deepEqual(content.history, [[1, 1, "print a"]]);
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a history request that cannot be meant gets an error reply", async () => {
  await using kernel = await startKernel();
  const { content } = await kernel.client.request("history_request", { hist_access_type: "all" });
  assert.deepEqual([content.status, content.exit_code], ["error", 2]);
});

Deno.test("completion and inspection count characters, not UTF-16 units", async () => {
  await using kernel = await startKernel();
  const completed = await kernel.client.request("complete_request", {
    code: "print 😀 disp",
    cursor_pos: 12,
  });
  assert.deepEqual(completed.content.matches, ["display"]);
  assert.deepEqual([completed.content.cursor_start, completed.content.cursor_end], [8, 12]);
  const wrong = await kernel.client.request("inspect_request", { code: "print" });
  assert.deepEqual([wrong.content.status, wrong.content.exit_code], ["error", 2]);
});

for (const word of ["plot", "animate"]) {
  Deno.test(`a client that reads too late gets the last state of ${word}, and slows nobody`, async () => {
    await using kernel = await startKernel();
    const { client, connection, log } = kernel;
    const late = await connect(channelEndpoint(connection, "iopub"));
    for (const bytes of [GREETING, encodeReady("SUB"), encodeMessage([Uint8Array.of(1)])]) {
      await late.write(bytes);
    }
    const buffer = new Uint8Array(4096);
    for (let text = ""; !text.includes("iopub_welcome");) {
      text += new TextDecoder().decode(buffer.subarray(0, await late.read(buffer) ?? 0));
    }
    const count = 1_500; // of 64 KB: several times what is kept for a client that does not read
    const states: string[] = [];
    const reply = await client.execute(`${word} ${count}`, {
      onPublish: ({ content }) => {
        const data = content.data as Json | undefined;
        if (data !== undefined) states.push(String(data["text/plain"]).split(" ")[0]);
      },
    });
    assert.equal(reply.status, "ok");
    assert.equal(states.length, count + 1, "the client that reads gets all states");
    using reader = new RawPeer(late);
    // The message before the last one: the cell's last state, then its idle status.
    const tail = () => new TextDecoder().decode(reader.received.subarray(-70_000));
    await eventually(() => tail().includes(`"${count} x`) && tail().includes(`"idle"`), "the end");
    assert.ok(tail().indexOf(`"${count} x`) < tail().lastIndexOf(`"idle"`));
    assert.ok(reader.received.length < 32 * 1024 * 1024, `${reader.received.length} bytes`);
    assert.deepEqual(log, []);
  });
}

Deno.test("requests that nothing answers are refused when too many wait, control aside", async () => {
  const known = Promise.withResolvers<Completions>();
  const interpreter = Object.assign(new FakeInterpreter(), { complete: () => known.promise });
  await using kernel = await startKernel({ interpreter });
  const { client } = kernel;
  const request = { code: "pr", cursor_pos: 2 };
  const replies = Array.from({ length: 1_030 }, async () => {
    return (await client.request("complete_request", request)).content;
  });
  assert.match(String((await Promise.race(replies)).evalue), /more requests/);
  await client.interrupt();
  known.resolve({ matches: [], start: 2, end: 2 });
  const statuses = (await Promise.all(replies)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === "error").length, 6);
  assert.equal((await client.execute("print a")).status, "ok");
});
