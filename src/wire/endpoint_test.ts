/** Listening over TCP and Unix sockets. */

import assert from "node:assert/strict";

import { DealerSocket } from "./dealer.ts";
import { type Endpoint, formatEndpoint, listen } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";
import { RouterSocket } from "./router.ts";
import { ascii, DEADLINE_MS, LOOPBACK, texts } from "./testing.ts";

const isTaken = (error: unknown) => error instanceof ZmtpError && error.code === "address";

async function withPath(test: (endpoint: Endpoint & { path: string }) => Promise<void>) {
  const directory = await Deno.makeTempDir();
  try {
    await test({ transport: "ipc", path: `${directory}/kernel-1` });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("formatEndpoint() writes as ZeroMQ does", () => {
  assert.equal(formatEndpoint({ transport: "tcp", hostname: "::1", port: 5 }), "tcp://[::1]:5");
  assert.equal(formatEndpoint({ transport: "ipc", path: "/run/a-1" }), "ipc:///run/a-1");
});

Deno.test("listen() chooses a port for 0, and says so", async () => {
  const { listener, endpoint } = await listen(LOOPBACK);
  assert.ok(endpoint.transport === "tcp" && endpoint.port > 0);
  await assert.rejects(listen(endpoint), isTaken);
  listener.close();
});

Deno.test("an ipc socket works, is for this user only, and is gone afterwards", () =>
  withPath(async (endpoint) => {
    {
      await using router = await RouterSocket.bind(endpoint, {
        onMessage: (identity, message) => void router.send(identity, message),
      });
      const { mode } = await Deno.stat(endpoint.path);
      assert.equal(mode! & 0o777, 0o600);
      await using dealer = await DealerSocket.connect(endpoint);
      dealer.send([ascii("x")]);
      assert.deepEqual(texts(await dealer.receive({ timeoutMs: DEADLINE_MS })), ["x"]);
    }
    await assert.rejects(Deno.stat(endpoint.path), Deno.errors.NotFound);
  }));

Deno.test("listen() replaces the socket of a dead process, but not of a living one", () =>
  withPath(async (endpoint) => {
    // A second name for a socket keeps the file when its listener closes and removes the first:
    // what a killed process leaves.
    const living = `${endpoint.path}-living`;
    const killed = Deno.listen({ transport: "unix", path: living });
    await Deno.link(living, endpoint.path);
    killed.close();
    assert.ok((await Deno.lstat(endpoint.path)).isSocket);
    const { listener } = await listen(endpoint);
    const accepted = listener.accept();
    await assert.rejects(listen(endpoint), isTaken);
    (await accepted).close();
    listener.close();
  }));

Deno.test("listen() does not touch a file that is no socket", () =>
  withPath(async (endpoint) => {
    await Deno.writeTextFile(endpoint.path, "precious");
    await assert.rejects(listen(endpoint), isTaken);
    assert.equal(await Deno.readTextFile(endpoint.path), "precious");
  }));
