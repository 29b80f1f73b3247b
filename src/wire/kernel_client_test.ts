/** `KernelClient` against a kernel that answers late, out of order, or not at all. */

import assert from "node:assert/strict";

import { within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";

import type { JupyterMessage } from "./jupyter_message.ts";
import { KernelClient } from "./kernel_client.ts";
import { type Script, ScriptedKernel } from "./kernel_testing.ts";
import { DEADLINE_MS, eventually } from "./testing.ts";

/** A client of a kernel that follows `script`. */
async function connect(script: Script) {
  const stack = new AsyncDisposableStack();
  const kernel = stack.use(await ScriptedKernel.start(script));
  const client = stack.use(await inTime(KernelClient.connect(kernel.connection)));
  return { kernel, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  assert.ok(await within(DEADLINE_MS, work), "it takes too long");
  return await work;
}

/** Publishes a line of standard output. */
function print(kernel: ScriptedKernel, request: JupyterMessage | undefined, text: string): void {
  kernel.publish(request, "stream", { content: { name: "stdout", text } });
}

/** Collects what streams say. */
function listener() {
  const heard: unknown[] = [];
  return {
    heard,
    onPublish: ({ content }: JupyterMessage) => void heard.push(content.text),
  };
}

Deno.test("KernelClient.request() resolves when reply and idle have come, in either order", async () => {
  for (const replyFirst of [true, false]) {
    await using desk = await connect((kernel, request) => {
      if (replyFirst) kernel.reply(request);
      print(kernel, request, "a");
      kernel.idle(request);
      if (!replyFirst) kernel.reply(request);
    });
    const { heard, onPublish } = listener();
    const reply = await inTime(desk.client.request("execute_request", {}, { onPublish }));
    assert.deepEqual([reply.content, heard], [{ status: "ok" }, ["a"]]);
  }
});

Deno.test("KernelClient.request() ends though the idle status was lost", async () => {
  await using desk = await connect((kernel, request) => {
    print(kernel, request, "a");
    kernel.reply(request);
  });
  const { heard, onPublish } = listener();
  await inTime(desk.client.request("execute_request", {}, { onPublish }));
  assert.deepEqual(heard, ["a"]);
});

Deno.test("KernelClient.post() ends though the idle status was lost", async () => {
  await using desk = await connect((kernel, request) => print(kernel, request, "a"));
  const { heard, onPublish } = listener();
  await inTime(desk.client.post({ type: "comm_msg", content: {} }, { onPublish }));
  assert.deepEqual(heard, ["a"]);
});

Deno.test("KernelClient.request() waits for what a slow listener has not yet taken", async () => {
  await using desk = await connect((kernel, request) => {
    kernel.reply(request);
    for (let index = 0; index < 3; index++) print(kernel, request, `${index}`);
  });
  const heard: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const asking = desk.client.request("execute_request", {}, {
    async onPublish({ content }) {
      await gate.promise;
      heard.push(content.text);
    },
  });
  // Longer than the client waits before it looks for a lost status.
  assert.ok(!await within(1_500, asking), "it ended before its output was taken");
  gate.resolve();
  await inTime(asking);
  assert.deepEqual(heard, ["0", "1", "2"]);
});

Deno.test("KernelClient.post() resolves with the idle status, and sends metadata and buffers", async () => {
  await using desk = await connect((kernel, request) => kernel.idle(request));
  const buffers = [new Uint8Array([0, 255])];
  const message = { type: "comm_msg", content: { comm_id: "c" }, metadata: { m: 1 }, buffers };
  await inTime(desk.client.post(message));
  const [{ header, content, metadata, buffers: received }] = desk.kernel.requests;
  assert.deepEqual(
    [header.msg_type, content, metadata, received.map((buffer) => [...buffer])],
    ["comm_msg", { comm_id: "c" }, { m: 1 }, [[0, 255]]],
  );
});

Deno.test("KernelClient hands what comes late to a request that stays tuned, and the rest to onStray", async () => {
  await using desk = await connect((kernel, request) => {
    kernel.reply(request);
    kernel.idle(request);
  });
  const { client, kernel } = desk;
  const [tuned, over, stray] = [listener(), listener(), listener()];
  client.onStray = stray.onPublish;
  await inTime(client.request("execute_request", {}, { ...tuned, staysTuned: true }));
  await inTime(client.request("execute_request", {}, over));
  const [first, second] = kernel.requests;
  print(kernel, first, "late");
  print(kernel, second, "too late");
  print(kernel, undefined, "nobody's");
  await eventually(() => stray.heard.length === 2, "all is heard");
  assert.deepEqual(
    [tuned.heard, over.heard, stray.heard],
    [["late"], [], ["too late", "nobody's"]],
  );
});

Deno.test("KernelClient answers questions, and tells the kernel why there is no answer", async () => {
  await using desk = await connect((kernel, request) =>
    kernel.ask(request, { prompt: "Name? ", password: true })
  );
  const { client, kernel } = desk;
  const asked: unknown[] = [];
  const asking = client.request("execute_request", {}, {
    onInput({ prompt, password }) {
      asked.push(prompt, password);
      return Promise.resolve("Ada");
    },
  });
  await eventually(() => kernel.answers.length === 1, "the answer comes");
  const ask = kernel.requests[0];
  kernel.reply(ask);
  kernel.idle(ask);
  await inTime(asking);
  const refusing = client.request("execute_request", {}, {
    onInput: () => Promise.reject(new IotError("nobody is there", 1)),
  });
  await eventually(() => kernel.answers.length === 2, "the refusal comes");
  kernel.reply(kernel.requests[1]);
  kernel.idle(kernel.requests[1]);
  await inTime(refusing);
  const [given, refused] = kernel.answers.map(({ content }) => content);
  assert.deepEqual(asked, ["Name? ", true]);
  assert.deepEqual([given, refused.status, refused.evalue], [
    { status: "ok", value: "Ada" },
    "error",
    "nobody is there",
  ]);
});

Deno.test("a request that was given up is forgotten, and the next one is answered", async () => {
  await using desk = await connect((kernel, request) => {
    if (kernel.requests.length === 1) return;
    kernel.reply(request);
    kernel.idle(request);
  });
  const { client, kernel } = desk;
  const controller = new AbortController();
  const { heard, onPublish } = listener();
  const options = { signal: controller.signal, onPublish };
  const asking = client.request("execute_request", {}, options);
  await eventually(() => kernel.requests.length === 1, "the request comes");
  controller.abort(new IotError("enough", 1));
  await inTime(assert.rejects(asking, /enough/));
  const [given] = kernel.requests;
  print(kernel, given, "late");
  kernel.reply(given);
  kernel.idle(given);
  await inTime(client.request("execute_request", {}));
  assert.deepEqual(heard, []);
});

Deno.test("closing a KernelClient fails what waits", async () => {
  await using desk = await connect(() => {});
  const asking = desk.client.request("execute_request", {});
  const failing = assert.rejects(asking, /closed/);
  await inTime(desk.client[Symbol.asyncDispose]());
  await inTime(failing);
});
