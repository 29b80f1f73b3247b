/** ROUTER with DEALERs: identities, order, and what happens when a peer comes back. */

import assert from "node:assert/strict";

import type { Message } from "./codec.ts";
import { DealerSocket } from "./dealer.ts";
import { RouterSocket } from "./router.ts";
import { ascii, DEADLINE_MS, eventually, LOOPBACK, RawPeer, texts } from "./testing.ts";

const soon = { timeoutMs: DEADLINE_MS };

async function recordingRouter(): Promise<
  { router: RouterSocket; seen: { identity: Uint8Array; message: Message }[] }
> {
  const seen: { identity: Uint8Array; message: Message }[] = [];
  const router = await RouterSocket.bind(LOOPBACK, {
    onMessage: (identity, message) => void seen.push({ identity, message }),
  });
  return { router, seen };
}

Deno.test("RouterSocket tells its peers apart by the identity they gave", async () => {
  const { router, seen } = await recordingRouter();
  await using _router = router;
  await using a = await DealerSocket.connect(router.endpoint, { identity: ascii("a") });
  await using b = await DealerSocket.connect(router.endpoint, { identity: ascii("b") });
  a.send([ascii("from a")]);
  b.send([ascii("from b")]);
  await eventually(() => seen.length === 2, "both messages");
  assert.equal(router.send(ascii("b"), [ascii("to b")]), true);
  assert.equal(router.send(ascii("a"), [ascii("to a")]), true);
  assert.deepEqual(texts(await a.receive(soon)), ["to a"]);
  assert.deepEqual(texts(await b.receive(soon)), ["to b"]);
});

Deno.test("RouterSocket names a peer without identity, each differently", async () => {
  const { router, seen } = await recordingRouter();
  await using _router = router;
  await using a = await DealerSocket.connect(router.endpoint);
  await using b = await DealerSocket.connect(router.endpoint);
  a.send([ascii("x")]);
  b.send([ascii("x")]);
  await eventually(() => seen.length === 2, "both messages");
  const [first, second] = seen.map(({ identity }) => identity);
  assert.equal(first[0], 0);
  assert.notDeepEqual(first, second);
  assert.equal(router.send(first, [ascii("hello")]), true);
});

Deno.test("RouterSocket.send() is false for a peer that is not there", async () => {
  const { router } = await recordingRouter();
  await using _router = router;
  assert.equal(router.send(ascii("nobody"), [ascii("x")]), false);
});

Deno.test("RouterSocket hands an identity over to the peer that comes with it again", async () => {
  const { router, seen } = await recordingRouter();
  await using _router = router;
  using old = await RawPeer.shakeHands(router.endpoint, "DEALER", ascii("same"));
  await using fresh = await DealerSocket.connect(router.endpoint, { identity: ascii("same") });
  fresh.send([ascii("x")]);
  await eventually(() => seen.length === 1, "a message of the new peer");
  await old.isSentAway();
  router.send(ascii("same"), [ascii("for the new one")]);
  assert.deepEqual(texts(await fresh.receive(soon)), ["for the new one"]);
});

Deno.test("RouterSocket reads no further from a peer while its handler is busy", async () => {
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  await using router = await RouterSocket.bind(LOOPBACK, {
    async onMessage(_identity, message) {
      seen.push(texts(message)[0]);
      await gate.promise;
    },
  });
  await using busy = await DealerSocket.connect(router.endpoint);
  await using other = await DealerSocket.connect(router.endpoint);
  busy.send([ascii("1")]);
  busy.send([ascii("2")]);
  await eventually(() => seen.length === 1, "the first message");
  other.send([ascii("other")]);
  await eventually(() => seen.length === 2, "the other peer's message");
  assert.deepEqual(seen, ["1", "other"]);
  gate.resolve();
  await eventually(() => seen.length === 3, "the second message");
});

Deno.test("DEALER and ROUTER carry 10,000 messages and 20 MB frames, in order", async () => {
  await using router = await RouterSocket.bind(LOOPBACK, {
    onMessage: (identity, message) => void router.send(identity, message),
  });
  await using dealer = await DealerSocket.connect(router.endpoint);
  const count = 10_000;
  for (let index = 0; index < count; index++) dealer.send([ascii(String(index)), ascii("")]);
  for (let index = 0; index < count; index++) {
    assert.deepEqual(texts(await dealer.receive(soon)), [String(index), ""]);
  }
  const big = new Uint8Array(20 * 1024 * 1024).map((_, index) => index * 7);
  dealer.send([big]);
  const [echo] = await dealer.receive(soon);
  assert.ok(echo.length === big.length && echo.every((byte, index) => byte === big[index]));
});
