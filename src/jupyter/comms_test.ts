/** Widgets' messages through the kernel, with a Python that is none. */

import assert from "node:assert/strict";

import { encode } from "@/base/bytes.ts";
import { abortable } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { JupyterMessage } from "@/wire/jupyter_message.ts";

import { brief, FakeComms, FakeInterpreter, startKernel, type TestKernel } from "./testing.ts";

const TARGET = { comm_id: "a", target_name: "fake", data: {} };

/** How long a client may take for what it is sent, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Sends a message of the front end; what was published for it. */
async function post(
  { client }: TestKernel,
  type: string,
  content: Record<string, unknown>,
  { buffers = [] as Uint8Array[], id = undefined as string | undefined } = {},
): Promise<JupyterMessage[]> {
  const published: JupyterMessage[] = [];
  const onPublish = (message: JupyterMessage) => void published.push(message);
  const metadata = { version: "2.1" };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await client.post({ type, content, metadata, buffers }, { onPublish, signal, id });
  return published;
}

async function startWithComm(interpreter = new FakeInterpreter()) {
  const kernel = await startKernel({ interpreter });
  assert.deepEqual(await post(kernel, "comm_open", TARGET), []);
  return kernel;
}

Deno.test("messages of widgets reach Python whole, in order, with their bytes", async () => {
  const interpreter = new FakeInterpreter();
  await using kernel = await startWithComm(interpreter);
  const data = { method: "update" };
  const bytes = Uint8Array.of(0, 255, 10);
  await Promise.all([
    post(kernel, "comm_msg", { comm_id: "a", data }, { buffers: [bytes, new Uint8Array()] }),
    post(kernel, "comm_close", { comm_id: "a", data: {} }),
  ]);
  const [, message, closing] = interpreter.comms.sent;
  assert.deepEqual(message, {
    type: "comm_msg",
    content: { comm_id: "a", data },
    metadata: { version: "2.1" },
    buffers: [bytes, new Uint8Array()],
  });
  assert.equal(closing.type, "comm_close");
});

Deno.test("what Python prints, shows and sends for a message is that message's", async () => {
  await using kernel = await startWithComm();
  const data = "print hello\ncomm x\ndisplay @1 y\nupdate @1 z\nclear wait\nwarn oh";
  const published = await post(kernel, "comm_msg", { comm_id: "a", data });
  assert.deepEqual(published.map(brief), [
    "stream stdout hello\n",
    "comm_msg",
    "display_data",
    "update_display_data",
    "clear_output",
    "stream stderr oh\n",
  ]);
  const { content, metadata, buffers } = published[1];
  assert.deepEqual(content, { comm_id: "a", data: "x" });
  assert.deepEqual([metadata, buffers], [{ version: "2" }, [encode("x")]]);
});

Deno.test("Python knows requests by the ids that front ends gave them", async () => {
  await using kernel = await startWithComm();
  const content = { comm_id: "a", data: "request" };
  const [printed] = await post(kernel, "comm_msg", content, { id: "the slider moved" });
  assert.equal(brief(printed), "stream stdout the slider moved\n");
  const cell: string[] = [];
  await kernel.client.execute("request", {
    id: "the cell",
    onPublish: (message) => void cell.push(brief(message)),
  });
  assert.equal(cell[1], "stream stdout the cell\n");
});

Deno.test("widgets do not wait for the cell that runs", async () => {
  await using kernel = await startWithComm();
  const cell = kernel.client.execute("hang");
  const published = await post(kernel, "comm_msg", { comm_id: "a", data: "print moved" });
  assert.deepEqual(published.map(brief), ["stream stdout moved\n"]);
  await kernel.client.interrupt();
  assert.equal((await cell).ename, "KeyboardInterrupt");
});

Deno.test("a cell's own messages are the cell's, a silent one's included", async () => {
  await using kernel = await startWithComm();
  for (const silent of [false, true]) {
    const published: string[] = [];
    const content = { code: "print a\ncomm x\nprint b", silent };
    await kernel.client.request("execute_request", content, {
      onPublish: (message) => void published.push(brief(message)),
    });
    const shown = ["stream stdout a\n", "comm_msg", "stream stdout b\n"];
    assert.deepEqual(published.slice(silent ? 0 : 1), silent ? ["comm_msg"] : shown);
  }
});

Deno.test("what Python sends on nobody's behalf is published without a parent", async () => {
  const interpreter = new FakeInterpreter();
  await using kernel = await startWithComm(interpreter);
  const heard = Promise.withResolvers<JupyterMessage>();
  kernel.client.onStray = (message) => {
    if (message.header.msg_type.startsWith("comm_")) heard.resolve(message);
  };
  const [content, metadata, buffers] = [{ comm_id: "a", data: {} }, { a: 1 }, [encode("x")]];
  interpreter.comms.stray({ type: "comm_msg", content, metadata, buffers });
  // The kernel's answer to anything comes behind it.
  await kernel.client.request("kernel_info_request", {});
  const message = await abortable(heard.promise, AbortSignal.timeout(PATIENCE_MS));
  assert.deepEqual(message.parentHeader, {});
  assert.deepEqual([message.content, message.metadata, message.buffers], [
    content,
    metadata,
    buffers,
  ]);
});

Deno.test("comm_info_request lists Python's comms, those of one target if it names one", async () => {
  await using kernel = await startWithComm();
  const ask = async (content: Record<string, unknown>) =>
    (await kernel.client.request("comm_info_request", content)).content;
  const comms = { a: { target_name: "fake" } };
  for (const content of [{}, { target_name: "fake" }, { target_name: null }]) {
    assert.deepEqual(await ask(content), { status: "ok", comms });
  }
  assert.deepEqual(await ask({ target_name: "other" }), { status: "ok", comms: {} });
});

Deno.test("a comm that is opened where no Python runs is closed, others are ignored", async () => {
  const interpreter = new FakeInterpreter();
  interpreter.comms.isThere = false;
  await using kernel = await startKernel({ interpreter });
  const published = await post(kernel, "comm_open", TARGET);
  assert.deepEqual(published.map(({ header, content }) => [header.msg_type, content]), [
    ["comm_close", { comm_id: "a", data: {} }],
  ]);
  for (const type of ["comm_msg", "comm_close"]) {
    assert.deepEqual(await post(kernel, type, { comm_id: "a", data: {} }), []);
  }
});

Deno.test("an interrupt ends what a widget set off where no cell runs, and no more", async () => {
  const interpreter = new FakeInterpreter();
  await using kernel = await startWithComm(interpreter);
  const hanging = post(kernel, "comm_msg", { comm_id: "a", data: "hang" });
  // Answered at once, and behind it on the same socket.
  const published = await post(kernel, "comm_msg", { comm_id: "a", data: "print begun" });
  assert.deepEqual(published.map(brief), ["stream stdout begun\n"]);
  await kernel.client.interrupt();
  assert.deepEqual((await hanging).map(brief), ["stream stderr KeyboardInterrupt\n"]);
});

Deno.test("Python's end in the middle of a message is told, and gets no reply", async () => {
  class Dying extends FakeComms {
    override send(): Promise<boolean> {
      return Promise.reject(new IotError("Python died.", 1));
    }
  }
  const interpreter = Object.assign(new FakeInterpreter(), { comms: new Dying() });
  await using kernel = await startKernel({ interpreter });
  const published = await post(kernel, "comm_msg", { comm_id: "a", data: {} });
  assert.deepEqual(published.map(({ header }) => header.msg_type), ["stream"]);
  assert.match(String(published[0].content.text), /Python died\./);
  assert.equal((await kernel.client.execute("print a")).status, "ok");
});

Deno.test("a widget's code cannot ask: nobody would see the question", async () => {
  class Asking extends FakeComms {
    override async send(...[_message, { sink, signal }]: Parameters<FakeComms["send"]>) {
      await sink.input("Who? ", { signal });
      return true;
    }
  }
  const interpreter = Object.assign(new FakeInterpreter(), { comms: new Asking() });
  await using kernel = await startKernel({ interpreter });
  const published = await post(kernel, "comm_msg", { comm_id: "a", data: {} });
  assert.match(String(published[0].content.text), /Who\?/);
});

Deno.test("messages that Python does not come to are refused at last, which is told", async () => {
  await using kernel = await startWithComm();
  const content = { comm_id: "a", data: "hang" };
  const hanging = Array.from({ length: 1_024 }, () => post(kernel, "comm_msg", content));
  const published = await post(kernel, "comm_msg", { comm_id: "a", data: "print a" });
  assert.match(published.map(brief).join(), /^stream stderr .*more requests/);
  for (const _ of hanging) await kernel.client.interrupt();
  await Promise.all(hanging);
  const after = await post(kernel, "comm_msg", { comm_id: "a", data: "print a" });
  assert.deepEqual(after.map(brief), ["stream stdout a\n"]);
});
