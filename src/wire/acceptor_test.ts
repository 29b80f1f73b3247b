/** What a listening socket withstands. The ROUTER stands for all: they share the acceptor. */

import assert from "node:assert/strict";
import fc from "fast-check";

import { encodeCommand, encodeMessage, encodeReady, GREETING } from "./codec.ts";
import { DealerSocket } from "./dealer.ts";
import type { ZmtpError } from "./errors.ts";
import { RouterSocket } from "./router.ts";
import { ascii, DEADLINE_MS, eventually, LOOPBACK, RawPeer, texts } from "./testing.ts";

interface Server extends AsyncDisposable {
  readonly router: RouterSocket;
  readonly errors: ZmtpError[];
  readonly messages: string[][];
}

/** A ROUTER that sends every message back. */
async function echoServer(limits = {}): Promise<Server> {
  const errors: ZmtpError[] = [];
  const messages: string[][] = [];
  const router = await RouterSocket.bind(LOOPBACK, {
    limits,
    onError: (error) => errors.push(error),
    onMessage(identity, message) {
      messages.push(texts(message));
      router.send(identity, message);
    },
  });
  return { router, errors, messages, [Symbol.asyncDispose]: () => router[Symbol.asyncDispose]() };
}

/** The server still answers a client that behaves. */
async function assertAlive({ router }: Server): Promise<void> {
  await using dealer = await DealerSocket.connect(router.endpoint);
  dealer.send([ascii("still"), ascii("there")]);
  const reply = await dealer.receive({ timeoutMs: DEADLINE_MS });
  assert.deepEqual(texts(reply), ["still", "there"]);
}

const GARBAGE: [string, Uint8Array, string][] = [
  ["speaks HTTP", ascii("GET / HTTP/1.1\r\n\r\n"), "greeting"],
  ["greets and then speaks nonsense", join(GREETING, ascii("nonsense")), "frame"],
  ["sends a message before READY", join(GREETING, encodeMessage([ascii("x")])), "handshake"],
  ["refuses us", join(GREETING, encodeCommand("ERROR", ascii("\x02no"))), "handshake"],
  ["is of a type that a ROUTER cannot talk to", join(GREETING, encodeReady("SUB")), "handshake"],
  [
    "announces an endless READY",
    join(GREETING, Uint8Array.of(6, 0, 0, 0, 1, 0, 0, 0, 0)),
    "limit",
  ],
  [
    "takes a name that only a ROUTER may give",
    join(GREETING, encodeReady("DEALER", Uint8Array.of(0, 1))),
    "handshake",
  ],
  [
    "sends a PING that is cut short",
    join(GREETING, encodeReady("DEALER"), encodeCommand("PING", ascii("x"))),
    "frame",
  ],
];

for (const [name, bytes, code] of GARBAGE) {
  Deno.test(`a server sends a peer away that ${name}, and lives on`, async () => {
    await using server = await echoServer();
    using peer = await RawPeer.connect(server.router.endpoint);
    await peer.send(bytes);
    await peer.isSentAway();
    assert.deepEqual(server.errors.map((error) => error.code), [code]);
    await assertAlive(server);
  });
}

Deno.test("a server sends a peer away that is silent after connecting", async () => {
  await using server = await echoServer({ handshakeMs: 20 });
  using peer = await RawPeer.connect(server.router.endpoint);
  await peer.isSentAway();
  assert.deepEqual(server.errors.map((error) => error.code), ["timeout"]);
});

Deno.test("a server sends a peer away whose message has too many frames or bytes", async () => {
  await using server = await echoServer({ maxFrames: 3, maxMessageBytes: 10 });
  using many = await RawPeer.shakeHands(server.router.endpoint, "DEALER");
  await many.send(encodeMessage(Array(4).fill(new Uint8Array())));
  await many.isSentAway();
  using long = await RawPeer.shakeHands(server.router.endpoint, "DEALER");
  await long.send(encodeMessage([ascii("123456"), ascii("123456")]));
  await long.isSentAway();
  assert.deepEqual(server.errors.map((error) => error.code), ["limit", "limit"]);
  assert.deepEqual(server.messages, []);
});

Deno.test("a server forgets a multipart message whose end never comes", async () => {
  await using server = await echoServer();
  using peer = await RawPeer.shakeHands(server.router.endpoint, "DEALER", ascii("a"));
  await peer.send(encodeMessage([ascii("half"), ascii("rest")]).subarray(0, 6));
  peer[Symbol.dispose]();
  await assertAlive(server);
  assert.deepEqual(server.messages, [["still", "there"]]);
});

Deno.test("a server answers PING with PONG and the context", async () => {
  await using server = await echoServer();
  using peer = await RawPeer.shakeHands(server.router.endpoint, "DEALER");
  await peer.send(encodeCommand("PING", ascii("\0\x0acontext")));
  const pong = encodeCommand("PONG", ascii("context"));
  await eventually(() => peer.received.length >= pong.length, "PONG");
  assert.deepEqual(peer.received, pong);
});

Deno.test("a server closes a peer that never reads, with bounded memory", async () => {
  await using server = await echoServer({ maxQueuedBytes: 1024 * 1024 });
  const conn = await Deno.connect({ port: (server.router.endpoint as { port: number }).port });
  const megabyte = encodeMessage([new Uint8Array(1024 * 1024)]);
  // It writes and writes, and never reads the echo.
  const writing = (async () => {
    await conn.write(GREETING);
    await conn.write(encodeReady("DEALER"));
    for (;;) for (let at = 0; at < megabyte.length;) at += await conn.write(megabyte.subarray(at));
  })().catch(() => {});
  await eventually(() => server.errors.length > 0, "the server gives up");
  assert.equal(server.errors[0].code, "limit");
  await writing;
  conn.close();
  await assertAlive(server);
});

Deno.test("a server withstands random bytes at every stage of a connection", async () => {
  const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
  console.log(`FC_SEED=${seed}`);
  await using server = await echoServer();
  const stages = [new Uint8Array(), GREETING, join(GREETING, encodeReady("DEALER", ascii("x")))];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...stages),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      async (before, random) => {
        using peer = await RawPeer.connect(server.router.endpoint);
        await peer.send(join(before, random));
      },
    ),
    { seed, numRuns: 300 },
  );
  await assertAlive(server);
});

Deno.test("disposing of a server closes peers in every state", async () => {
  const server = await echoServer();
  using silent = await RawPeer.connect(server.router.endpoint);
  using greeted = await RawPeer.connect(server.router.endpoint);
  await greeted.send(GREETING);
  using ready = await RawPeer.shakeHands(server.router.endpoint, "DEALER");
  await server[Symbol.asyncDispose]();
  await Promise.all([silent.isSentAway(), greeted.isSentAway(), ready.isSentAway()]);
});

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
