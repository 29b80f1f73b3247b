/** Messages between a connection and who reads them: none is lost, none comes twice. */

import assert from "node:assert/strict";

import { within } from "@/base/deadline.ts";
import { ZmtpError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { ascii, DEADLINE_MS, texts } from "./testing.ts";

const soon = { timeoutMs: DEADLINE_MS };

/** Takes the next message, as text. */
async function next(inbox: Inbox): Promise<string[]> {
  return texts(await inbox.take(soon));
}

Deno.test("Inbox gives messages in order, to those who wait in order", async () => {
  const inbox = new Inbox();
  inbox.put([ascii("a")]);
  assert.deepEqual(await next(inbox), ["a"]);
  const waiting = [next(inbox), next(inbox)];
  inbox.put([ascii("b")]);
  inbox.put([ascii("c")]);
  assert.deepEqual(await Promise.all(waiting), [["b"], ["c"]]);
});

Deno.test("Inbox keeps a message that comes just after who waited was told to stop", async () => {
  const inbox = new Inbox();
  const controller = new AbortController();
  const waiting = inbox.take({ signal: controller.signal });
  controller.abort(new Error("enough"));
  inbox.put([ascii("kept")]);
  await assert.rejects(waiting, /enough/);
  assert.deepEqual(await next(inbox), ["kept"]);
});

Deno.test("Inbox gives a message that came just before who waited was told to stop", async () => {
  const inbox = new Inbox();
  const controller = new AbortController();
  const waiting = inbox.take({ signal: controller.signal });
  inbox.put([ascii("once")]);
  controller.abort(new Error("enough"));
  // Whoever has it, it is there once.
  const taken = await waiting.catch(() => inbox.take(soon));
  assert.deepEqual(texts(taken), ["once"]);
  await assert.rejects(inbox.take({ timeoutMs: 1 }), isTimeout);
});

Deno.test("Inbox.take() gives up after its time, and takes nothing along", async () => {
  const inbox = new Inbox();
  await assert.rejects(inbox.take({ timeoutMs: 1 }), isTimeout);
  inbox.put([ascii("later")]);
  assert.deepEqual(await next(inbox), ["later"]);
});

Deno.test("Inbox asks for a pause when it is full, and for more when it is not", async () => {
  const inbox = new Inbox();
  const half = new Uint8Array(8 * 1024 * 1024);
  assert.equal(inbox.put([half]), undefined);
  const full = inbox.put([half]);
  assert.ok(full instanceof Promise);
  assert.equal(await within(1, full), false);
  await inbox.take();
  await full;
});

Deno.test("Inbox.clear() forgets what has come", async () => {
  const inbox = new Inbox();
  const full = inbox.put([new Uint8Array(16 * 1024 * 1024)]);
  inbox.clear();
  await full;
  inbox.put([ascii("new")]);
  assert.deepEqual(await next(inbox), ["new"]);
});

Deno.test("Inbox fails everyone who waits when it is closed, and everyone after", async () => {
  const inbox = new Inbox();
  const waiting = [inbox.take(), inbox.take(soon)];
  inbox.close(new ZmtpError("closed", "The socket is closed."));
  for (const one of [...waiting, inbox.take()]) await assert.rejects(one, /closed/);
  inbox.put([ascii("too late")]);
  await assert.rejects(inbox.take(), /closed/);
});

function isTimeout(error: unknown): boolean {
  return error instanceof ZmtpError && error.code === "timeout";
}
