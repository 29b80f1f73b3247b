/** Published messages as stored outputs. */

import assert from "node:assert/strict";

import type { JupyterMessage } from "@/wire/jupyter_message.ts";

import { OutputRecorder } from "./recorder.ts";

function message(type: string, content: Record<string, unknown>): JupyterMessage {
  const header = { msg_id: "1", msg_type: type, session: "s" };
  return { header, parentHeader: {}, metadata: {}, content, buffers: [] };
}

const stream = (name: string, text: string) => message("stream", { name, text });
const display = (text: string, display_id?: string) =>
  message("display_data", {
    data: { "text/plain": text },
    metadata: {},
    transient: display_id === undefined ? {} : { display_id },
  });

/** The outputs that messages of one cell leave. */
function record(...messages: JupyterMessage[]) {
  const recorder = new OutputRecorder();
  const outputs = recorder.begin();
  for (const one of messages) recorder.record(one);
  return outputs;
}

Deno.test("neighbouring texts of one stream become one output", () => {
  const outputs = record(
    stream("stdout", "a"),
    stream("stdout", "b"),
    stream("stderr", "c"),
    stream("stdout", "d"),
  );
  assert.deepEqual(outputs, [
    { output_type: "stream", name: "stdout", text: "ab" },
    { output_type: "stream", name: "stderr", text: "c" },
    { output_type: "stream", name: "stdout", text: "d" },
  ]);
});

Deno.test("results, displays and errors are kept; what leaves no output is ignored", () => {
  const data = { "text/plain": "42" };
  const outputs = record(
    message("status", { execution_state: "busy" }),
    message("execute_input", { code: "42", execution_count: 3 }),
    message("execute_result", { data, metadata: {}, execution_count: 3 }),
    display("shown"),
    message("error", { ename: "E", evalue: "v", traceback: ["t"] }),
    message("constructor", {}),
  );
  assert.deepEqual(outputs, [
    { output_type: "execute_result", data, metadata: {}, execution_count: 3 },
    { output_type: "display_data", data: { "text/plain": "shown" }, metadata: {} },
    { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
  ]);
});

Deno.test("update_display_data changes every display of that id, also in earlier cells", () => {
  const recorder = new OutputRecorder();
  const first = recorder.begin();
  recorder.record(display("old", "x"));
  recorder.record(display("other", "y"));
  const second = recorder.begin();
  recorder.record(display("old", "x"));
  const content = { data: { "text/plain": "new" }, metadata: {}, transient: { display_id: "x" } };
  recorder.record(message("update_display_data", content));
  const texts = [...first, ...second].map(({ data }) =>
    (data as Record<string, string>)["text/plain"]
  );
  assert.deepEqual(texts, ["new", "other", "new"]);
});

Deno.test("clear_output clears at once, or when something takes its place", () => {
  const now = record(stream("stdout", "a"), message("clear_output", { wait: false }));
  assert.deepEqual(now, []);
  const waiting = record(stream("stdout", "a"), message("clear_output", { wait: true }));
  assert.equal(waiting.length, 1);
  const replaced = record(
    stream("stdout", "a"),
    message("clear_output", { wait: true }),
    stream("stdout", "b"),
    stream("stdout", "c"),
  );
  assert.deepEqual(replaced, [{ output_type: "stream", name: "stdout", text: "bc" }]);
});

Deno.test("a display that was cleared away is not updated where it comes back to", () => {
  const recorder = new OutputRecorder();
  const outputs = recorder.begin();
  recorder.record(display("old", "x"));
  const gone = outputs[0];
  recorder.record(message("clear_output", { wait: true }));
  const update = (text: string) =>
    message("update_display_data", {
      data: { "text/plain": text },
      transient: { display_id: "x" },
    });
  recorder.record(update("while it waits"));
  assert.deepEqual(outputs, [
    { output_type: "display_data", data: { "text/plain": "while it waits" }, metadata: {} },
  ]);
  recorder.record(display("new", "x"));
  recorder.record(update("newer"));
  assert.deepEqual(outputs.map(({ data }) => data), [{ "text/plain": "newer" }]);
  assert.deepEqual(gone.data, { "text/plain": "while it waits" });
});

Deno.test("an update of a display that nobody has shown leaves nothing", () => {
  const content = { data: { "text/plain": "x" }, metadata: {}, transient: { display_id: "x" } };
  assert.deepEqual(record(message("update_display_data", content)), []);
  assert.deepEqual(record(display("a"), message("update_display_data", { data: {} })), [
    { output_type: "display_data", data: { "text/plain": "a" }, metadata: {} },
  ]);
});

Deno.test("a flood of text is cut, and says so; what is no text is kept", () => {
  const outputs = record(
    ...Array.from({ length: 90 }, () => stream("stdout", "x".repeat(100_000))),
    display("a picture"),
    stream("stdout", "the end"),
  );
  const [text, elision, picture] = outputs;
  assert.equal(outputs.length, 3);
  assert.equal(String(text.text).length, 8_000_000);
  assert.equal(elision.name, "stderr");
  assert.match(String(elision.text), /1000007 more characters were left out.* 8 million of a cell/);
  assert.deepEqual(picture.data, { "text/plain": "a picture" });
});
