/** Waiting for a server, losing it, and finding it again. DEALER stands for all clients. */

import assert from "node:assert/strict";

import { DealerSocket } from "./dealer.ts";
import { listen } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";
import { RouterSocket } from "./router.ts";
import { ascii, DEADLINE_MS, eventually, LOOPBACK, texts } from "./testing.ts";

const soon = { timeoutMs: DEADLINE_MS };

function echo(endpoint = LOOPBACK): Promise<RouterSocket> {
  const router = RouterSocket.bind(endpoint, {
    onMessage: async (identity, message) => void (await router).send(identity, message),
  });
  return router;
}

/** An endpoint where nobody listens. */
async function vacant() {
  const { listener, endpoint } = await listen(LOOPBACK);
  listener.close();
  return endpoint;
}

Deno.test("a client waits for a server that is not there yet", async () => {
  const endpoint = await vacant();
  const connecting = DealerSocket.connect(endpoint, soon);
  // An attempt made later than the client's first has failed, so that one has failed as well.
  const { port } = endpoint as { port: number };
  await assert.rejects(Deno.connect({ port }), Deno.errors.ConnectionRefused);
  await using _router = await echo(endpoint);
  await using dealer = await connecting;
  dealer.send([ascii("x")]);
  assert.deepEqual(texts(await dealer.receive(soon)), ["x"]);
});

Deno.test("a client gives up at its deadline, and says where nobody was", async () => {
  const endpoint = await vacant();
  await assert.rejects(
    DealerSocket.connect(endpoint, { timeoutMs: 30 }),
    (error) =>
      error instanceof ZmtpError && error.code === "timeout" && /127\.0\.0\.1/.test(error.message),
  );
});

Deno.test("a client gives up when its signal aborts", async () => {
  const controller = new AbortController();
  const connecting = DealerSocket.connect(await vacant(), { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(connecting, /enough/);
});

Deno.test("a client gives up on a server that accepts and says nothing", async () => {
  const { listener, endpoint } = await listen(LOOPBACK);
  const accepted = listener.accept();
  await assert.rejects(
    DealerSocket.connect(endpoint, { timeoutMs: 50 }),
    (error) => error instanceof ZmtpError && error.code === "timeout",
  );
  (await accepted).close();
  listener.close();
});

Deno.test("a client comes back to a restarted server, and sends what it was given meanwhile", async () => {
  const first = await echo();
  const { endpoint } = first;
  let losses = 0;
  await using dealer = await DealerSocket.connect(endpoint, { onLoss: () => losses++ });
  await first[Symbol.asyncDispose]();
  await eventually(() => losses === 1, "the loss is noticed");
  dealer.send([ascii("meanwhile")]);
  await using _second = await echo(endpoint);
  assert.deepEqual(texts(await dealer.receive(soon)), ["meanwhile"]);
});

Deno.test("receive() leaves no message behind when it is given up", async () => {
  await using router = await echo();
  await using dealer = await DealerSocket.connect(router.endpoint);
  await assert.rejects(dealer.receive({ timeoutMs: 1 }), ZmtpError);
  const controller = new AbortController();
  const given = dealer.receive({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  dealer.send([ascii("x")]);
  assert.deepEqual(texts(await dealer.receive(soon)), ["x"]);
});

Deno.test("receive() fails when the socket is closed", async () => {
  await using router = await echo();
  const dealer = await DealerSocket.connect(router.endpoint);
  const receiving = dealer.receive();
  await Promise.all([
    assert.rejects(
      receiving,
      (error) => error instanceof ZmtpError && error.code === "closed",
    ),
    dealer[Symbol.asyncDispose](),
  ]);
});
