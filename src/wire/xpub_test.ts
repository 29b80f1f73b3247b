/** XPUB with SUBs: who gets what, and what a slow one costs. */

import assert from "node:assert/strict";

import { encodeCommand, encodeMessage } from "./codec.ts";
import { SubSocket } from "./sub.ts";
import { ascii, DEADLINE_MS, eventually, LOOPBACK, RawPeer, texts } from "./testing.ts";
import { type XPubOptions, XPubSocket } from "./xpub.ts";

const soon = { timeoutMs: DEADLINE_MS };

/** A publisher that counts subscriptions. */
async function publisher(
  options: XPubOptions = {},
): Promise<{ xpub: XPubSocket; topics: string[] }> {
  const topics: string[] = [];
  const xpub = await XPubSocket.bind(LOOPBACK, {
    ...options,
    onSubscribe: (topic) => void topics.push(texts([topic])[0]),
  });
  return { xpub, topics };
}

Deno.test("XPubSocket sends to those whose topics a message begins with", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  await using all = await SubSocket.connect(xpub.endpoint);
  await using some = await SubSocket.connect(xpub.endpoint, { topics: ["st", "x"] });
  await eventually(() => topics.length === 3, "three subscriptions");
  xpub.publish([ascii("error"), ascii("1")]);
  xpub.publish([ascii("status"), ascii("2")]);
  assert.deepEqual(texts(await all.receive(soon)), ["error", "1"]);
  assert.deepEqual(texts(await all.receive(soon)), ["status", "2"]);
  assert.deepEqual(texts(await some.receive(soon)), ["status", "2"]);
});

Deno.test("XPubSocket takes subscriptions as messages and as commands, and counts them", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  using peer = await RawPeer.shakeHands(xpub.endpoint, "SUB");
  await peer.send(encodeMessage([ascii("\x01a")]));
  await peer.send(encodeCommand("SUBSCRIBE", ascii("a")));
  await peer.send(encodeMessage([ascii("\x00a")]));
  await peer.send(encodeCommand("SUBSCRIBE", ascii("b")));
  await eventually(() => topics.length === 2, "two topics");
  assert.deepEqual(topics, ["a", "b"]);
  xpub.publish([ascii("a1")]);
  const expected = encodeMessage([ascii("a1")]);
  await eventually(() => peer.received.length === expected.length, "a message under a");
  await peer.send(encodeCommand("CANCEL", ascii("a")));
  await peer.send(encodeMessage([ascii("\x01c")]));
  await eventually(() => topics.length === 3, "a third topic");
  xpub.publish([ascii("a2")]);
  xpub.publish([ascii("c1")]);
  await eventually(() => peer.received.length > expected.length, "a message under c");
  assert.deepEqual(texts([peer.received]), ["\x00\x02a1\x00\x02c1"]);
});

Deno.test("XPubSocket sends a peer away that subscribes without end", async () => {
  const errors: string[] = [];
  const { xpub } = await publisher({ onError: (error) => errors.push(error.code) });
  await using _xpub = xpub;
  using peer = await RawPeer.shakeHands(xpub.endpoint, "SUB");
  for (let index = 0; index < 2_000; index++) {
    await peer.send(encodeMessage([ascii(`\x01topic ${index}`)]));
  }
  await peer.isSentAway();
  assert.deepEqual(errors, ["limit"]);
});

Deno.test("SubSocket subscribes again when its publisher comes back", async () => {
  const first = await publisher();
  await using sub = await SubSocket.connect(first.xpub.endpoint);
  await eventually(() => first.topics.length === 1, "the subscription");
  const endpoint = first.xpub.endpoint;
  await first.xpub[Symbol.asyncDispose]();
  const topics: string[] = [];
  await using second = await XPubSocket.bind(endpoint, {
    onSubscribe: (topic) => void topics.push(texts([topic])[0]),
  });
  await eventually(() => topics.length === 1, "the second subscription");
  second.publish([ascii("again")]);
  assert.deepEqual(texts(await sub.receive(soon)), ["again"]);
});

Deno.test("a subscriber that never reads loses what may be dropped; others lose nothing", async () => {
  let dropped = 0;
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  await using good = await SubSocket.connect(xpub.endpoint);
  const bad = await mute(xpub);
  await eventually(() => topics.length === 2, "two subscriptions");
  const body = new Uint8Array(64 * 1024);
  const count = 1_000;
  const reading = (async () => {
    for (let index = 0; index < count; index++) {
      const [topic] = await good.receive(soon);
      assert.deepEqual(texts([topic]), [String(index)]);
    }
  })();
  for (let index = 0; index < count; index++) {
    xpub.publish([ascii(String(index)), body], { droppable: true, onDrop: () => void dropped++ });
    await xpub.room();
  }
  await reading;
  assert.ok(dropped > count / 2, `only ${dropped} messages were dropped`);
  bad.close();
});

Deno.test("a subscriber has not stalled when it is this process that stood still", async () => {
  let dropped = 0;
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  await using good = await SubSocket.connect(xpub.endpoint);
  await eventually(() => topics.length === 1, "the subscription");
  const publish = () =>
    xpub.publish([new Uint8Array(64 * 1024)], { droppable: true, onDrop: () => void dropped++ });
  const rounds = 5;
  const burst = 200; // 12 MB: less than may wait; two of them are more
  const reading = (async () => {
    for (let index = 0; index < rounds * burst; index++) await good.receive(soon);
  })();
  reading.catch(() => {}); // awaited below
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < burst; index++) publish();
    const room = xpub.room();
    // As on a machine that has others to run: longer than a subscriber may take nothing.
    for (const end = performance.now() + 700; performance.now() < end;);
    await room;
  }
  assert.equal(dropped, 0);
  await reading;
});

Deno.test("a subscriber that has fallen behind misses one stretch, until it has caught up", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  const slow = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  const fates: string[] = [];
  const publish = () =>
    xpub.publish([new Uint8Array(1024 * 1024)], {
      droppable: true,
      onDrop: () => void fates.push("dropped"),
      onSend: () => void fates.push("sent"),
    });
  while (fates.at(-1) !== "dropped") publish();
  const count = fates.length;
  using reader = new RawPeer(slow);
  // It has room for one more long before it has caught up.
  await eventually(() => {
    publish();
    return fates.at(-1) === "sent";
  }, "it has caught up");
  assert.ok(fates.length > count + 1, `it took one at once: ${fates.length - count}`);
  assert.ok(fates.slice(count, -1).every((fate) => fate === "dropped"));
  assert.ok(reader.received.length > 14 * 1024 * 1024, `${reader.received.length} bytes read`);
});

Deno.test("what is sent as a message is next comes before it, to that subscriber alone", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  await using sub = await SubSocket.connect(xpub.endpoint);
  await eventually(() => topics.length === 1, "the subscription");
  xpub.publish([ascii("b")], { onSend: (subscriber) => subscriber.send([ascii("a")]) });
  assert.deepEqual(texts(await sub.receive(soon)), ["a"]);
  assert.deepEqual(texts(await sub.receive(soon)), ["b"]);
});

Deno.test("room() soon stops waiting for a lone subscriber that has stalled", async () => {
  let dropped = 0;
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  const bad = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  const body = new Uint8Array(64 * 1024);
  // Without the stall being noticed, each round would take its full patience: minutes in all.
  for (let index = 0; index < 1_000; index++) {
    xpub.publish([body], { droppable: true, onDrop: () => void dropped++ });
    await xpub.room();
  }
  assert.ok(dropped > 0);
  bad.close();
});

Deno.test("a subscriber that never reads is closed when even what must not be dropped piles up", async () => {
  const errors: string[] = [];
  const { xpub, topics } = await publisher({
    limits: { maxQueuedBytes: 1024 * 1024 },
    onError: (error) => errors.push(error.code),
  });
  await using _xpub = xpub;
  const bad = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  for (let index = 0; index < 100 && errors.length === 0; index++) {
    xpub.publish([new Uint8Array(1024 * 1024)]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await eventually(() => errors.length > 0, "the connection is closed");
  assert.deepEqual(errors, ["limit"]);
  bad.close();
});

/** A subscriber to everything that never reads. */
async function mute(xpub: XPubSocket): Promise<Deno.Conn> {
  const { GREETING, encodeReady } = await import("./codec.ts");
  const conn = await Deno.connect({ port: (xpub.endpoint as { port: number }).port });
  for (const bytes of [GREETING, encodeReady("SUB"), encodeMessage([ascii("\x01")])]) {
    await conn.write(bytes);
  }
  return conn;
}

Deno.test("a slow subscriber gets the last news of each thing, in order, before what must be sent", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  const slow = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  let sent = 0;
  const news = (key: string, text: string) =>
    xpub.publish([ascii(text), new Uint8Array(64 * 1024)], {
      newsOf: key,
      onSend: () => void sent++,
    });
  let count = 0;
  for (let before = -1; sent > before; count++) {
    before = sent;
    news("plot", `plot ${count}`);
  }
  const kept = sent;
  for (; count < 2_000; count++) {
    news("other", `other ${count}`);
    news("plot", `plot ${count}`);
  }
  assert.equal(sent, kept);
  xpub.publish([ascii("done")]);
  assert.equal(sent, kept + 2, "the last of each, before what must be sent");
  using reader = new RawPeer(slow);
  const last = encodeMessage([ascii("done")]);
  const read = () => texts([reader.received])[0];
  await eventually(() => read().endsWith(texts([last])[0]), "the last message");
  const order = ["other 1999", "plot 1999", "done"].map((text) => read().lastIndexOf(text));
  assert.ok(order.every((at, index) => at > (order[index - 1] ?? 0)), `${order}`);
});

Deno.test("a subscriber that has caught up gets the last news without more being published", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  const slow = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  let sent = 0;
  let count = 0;
  for (let before = -1; sent > before; count++) {
    before = sent;
    const message = [ascii(`plot ${count}`), new Uint8Array(64 * 1024)];
    xpub.publish(message, { newsOf: "plot", onSend: () => void sent++ });
  }
  using reader = new RawPeer(slow);
  await eventually(() => texts([reader.received])[0].includes(`plot ${count - 1}`), "the last");
  assert.equal(sent, count);
});

Deno.test("news of ever new things does not fill memory: the subscriber is closed", async () => {
  const errors: string[] = [];
  const { xpub, topics } = await publisher({ onError: (error) => errors.push(error.code) });
  await using _xpub = xpub;
  const bad = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  for (let index = 0; index < 1_000; index++) {
    xpub.publish([new Uint8Array(64 * 1024)], { newsOf: String(index) });
  }
  await eventually(() => errors.length > 0, "the connection is closed");
  assert.deepEqual(errors, ["limit"]);
  bad.close();
});

Deno.test("news that something outdates is left out for a slow subscriber, and nothing else", async () => {
  const { xpub, topics } = await publisher();
  await using _xpub = xpub;
  const slow = await mute(xpub);
  await eventually(() => topics.length === 1, "the subscription");
  const sent: string[] = [];
  const news = (newsOf: string, outdates?: string) =>
    xpub.publish([new Uint8Array(64 * 1024)], {
      newsOf,
      outdates,
      onSend: () => void sent.push(newsOf),
    });
  for (let count = -1; count < sent.length;) {
    count = sent.length;
    news("filling");
  }
  sent.length = 0;
  for (const key of ["a/1", "other", "a/2", "ab"]) news(key);
  news("b/1", "a/");
  xpub.publish([ascii("done")]);
  assert.deepEqual(sent, ["filling", "other", "ab", "b/1"]);
  slow.close();
});
