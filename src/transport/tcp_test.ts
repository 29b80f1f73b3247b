import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { parseAddress } from "./address.ts";
import { openLink, PLAIN } from "./conn_testing.ts";
import { openTcp } from "./tcp.ts";
import type { TransportError } from "./transport.ts";
import { transportSuite } from "./transport_suite.ts";

function listen(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

function addressOf(listener: Deno.TcpListener) {
  return parseAddress(`tcp://127.0.0.1:${listener.addr.port}`);
}

transportSuite("tcp", ({ writeTimeoutMs }) =>
  openLink({
    open: (port) => openTcp(parseAddress(`tcp://127.0.0.1:${port}`), { writeTimeoutMs }),
    serve: () => PLAIN,
  }), {
  refusals: {
    refused: async () => {
      const listener = listen();
      const address = addressOf(listener);
      listener.close();
      return await openTcp(address);
    },
    missing: () => openTcp(parseAddress("tcp://no-such-host.invalid:4000")),
  },
});

Deno.test("openTcp() says that nothing listens", async () => {
  const listener = listen();
  const address = addressOf(listener);
  listener.close();
  await assert.rejects(openTcp(address), (error: TransportError) => {
    assert.equal(error.code, "refused");
    assert.match(error.message, /127\.0\.0\.1 answers, but nothing listens on port \d+/);
    return true;
  });
});

Deno.test("openTcp() says that there is no such host", async () => {
  const address = parseAddress("tcp://no-such-host.invalid:4000");
  await assert.rejects(openTcp(address), (error: TransportError) => {
    assert.equal(error.code, "missing");
    assert.match(error.message, /Cannot reach no-such-host\.invalid/);
    return true;
  });
});

/** Opens `listener` until its queue is full: who comes then gets no answer at all. */
async function fillQueue(listener: Deno.TcpListener): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack();
  for (;;) {
    const opening = openTcp(addressOf(listener), { connectTimeoutMs: 200 });
    const waiting = await opening.catch(() => undefined);
    if (waiting === undefined) return stack;
    stack.use(waiting);
  }
}

Deno.test("openTcp() gives up when there is no answer in time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  await using _waiting = await fillQueue(listener);
  const opening = openTcp(addressOf(listener), { connectTimeoutMs: 50 });
  await assert.rejects(opening, (error: TransportError) => {
    assert.equal(error.code, "timeout");
    assert.match(error.message, /has not answered for 0\.05 s/);
    return true;
  });
});

Deno.test("openTcp() can be interrupted while it waits for an answer", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  await using _waiting = await fillQueue(listener);
  const stop = new AbortController();
  const opening = openTcp(addressOf(listener), { signal: stop.signal });
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(opening, reason);
});

Deno.test("openTcp() gives up at once when its signal has aborted", async () => {
  using listener = listen();
  const reason = new Error("enough");
  const opening = openTcp(addressOf(listener), { signal: AbortSignal.abort(reason) });
  await assert.rejects(opening, reason);
});

for (const text of ["tcp://host", "tcp://:4000", "tcp:///path"]) {
  Deno.test(`openTcp() refuses ${text}`, async () => {
    await assert.rejects(openTcp(parseAddress(text)), {
      name: "UsageError",
      message: /needs a host and a port/,
    });
  });
}

Deno.test("openTcp() reaches IPv6 addresses", async () => {
  using listener = Deno.listen({ hostname: "::1", port: 0 });
  const address = parseAddress(`tcp://[::1]:${listener.addr.port}`);
  const [conn, transport] = await Promise.all([listener.accept(), openTcp(address)]);
  await transport.write(encode("six"));
  const buffer = new Uint8Array(3);
  await conn.read(buffer);
  assert.deepEqual(buffer, encode("six"));
  await transport.close();
  conn.close();
});
