/** REQ with REP: turns, envelopes, and requests that are given up. */

import assert from "node:assert/strict";

import { DealerSocket } from "./dealer.ts";
import { ZmtpError } from "./errors.ts";
import { RepSocket } from "./rep.ts";
import { ReqSocket } from "./req.ts";
import { ascii, DEADLINE_MS, LOOPBACK, RawPeer, texts } from "./testing.ts";
import { encodeMessage } from "./codec.ts";

const soon = { timeoutMs: DEADLINE_MS };

Deno.test("ReqSocket and RepSocket: each request gets its own reply", async () => {
  await using rep = await RepSocket.bind(LOOPBACK, { reply: (request) => request });
  await using req = await ReqSocket.connect(rep.endpoint);
  const replies = await Promise.all(
    ["a", "b", ""].map((text) => req.request([ascii(text), ascii("!")], soon)),
  );
  assert.deepEqual(replies.map(texts), [["a", "!"], ["b", "!"], ["", "!"]]);
});

Deno.test("RepSocket gives a DEALER its envelope back", async () => {
  await using rep = await RepSocket.bind(LOOPBACK, { reply: () => [ascii("reply")] });
  await using dealer = await DealerSocket.connect(rep.endpoint);
  dealer.send([ascii("address"), ascii(""), ascii("request")]);
  assert.deepEqual(texts(await dealer.receive(soon)), ["address", "", "reply"]);
});

Deno.test("RepSocket sends a peer away whose request has no delimiter", async () => {
  await using rep = await RepSocket.bind(LOOPBACK, { reply: (request) => request });
  using peer = await RawPeer.shakeHands(rep.endpoint, "REQ");
  await peer.send(encodeMessage([ascii("x")]));
  await peer.isSentAway();
});

Deno.test("ReqSocket takes no late reply for that of the next request", async () => {
  const gate = Promise.withResolvers<void>();
  await using rep = await RepSocket.bind(LOOPBACK, {
    async reply(request) {
      if (texts(request)[0] === "slow") await gate.promise;
      return request;
    },
  });
  await using req = await ReqSocket.connect(rep.endpoint);
  const gaveUp = req.request([ascii("slow")], { timeoutMs: 10 });
  await assert.rejects(gaveUp, (error) => error instanceof ZmtpError && error.code === "timeout");
  gate.resolve();
  assert.deepEqual(texts(await req.request([ascii("quick")], soon)), ["quick"]);
});

Deno.test("ReqSocket.request() gives up with the signal's reason", async () => {
  await using rep = await RepSocket.bind(LOOPBACK, { reply: () => new Promise(() => {}) });
  await using req = await ReqSocket.connect(rep.endpoint);
  const controller = new AbortController();
  const request = req.request([ascii("x")], { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(request, /enough/);
});

Deno.test("ReqSocket takes no reply that came while its request was given up for the next", async () => {
  const replied = Promise.withResolvers<void>();
  const controller = new AbortController();
  await using rep = await RepSocket.bind(LOOPBACK, {
    reply: (request) => (replied.resolve(), request),
  });
  await using req = await ReqSocket.connect(rep.endpoint);
  const gaveUp = req.request([ascii("first")], { signal: controller.signal });
  // The reply is on its way, or has come: the request must be given up or answered, not half of each.
  await replied.promise;
  controller.abort(new Error("enough"));
  await gaveUp.catch(() => {});
  assert.deepEqual(texts(await req.request([ascii("second")], soon)), ["second"]);
});
