/** Our ZMTP sockets with libzmq at the other end: each of ours as server and as client. */

import { deepStrictEqual as assertEquals, ok, strictEqual } from "node:assert/strict";
import { DealerSocket } from "@/wire/dealer.ts";
import { type Endpoint, formatEndpoint } from "@/wire/endpoint.ts";
import { RepSocket } from "@/wire/rep.ts";
import { ReqSocket } from "@/wire/req.ts";
import { RouterSocket } from "@/wire/router.ts";
import { SubSocket } from "@/wire/sub.ts";
import { XPubSocket } from "@/wire/xpub.ts";
import { LineProcess } from "./support/lines.ts";
import { ROOT, run, temporaryDirectory, venv } from "./support/product.ts";

const SCRIPT = `${ROOT}hil/acceptance/support/wire_pyzmq.py`;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const soon = { timeoutMs: 20_000 };

/** Runs test `body` over TCP and over a Unix socket. */
function overBoth(name: string, body: (endpoint: Endpoint) => Promise<void>): void {
  Deno.test(`${name}, over tcp`, () => body({ transport: "tcp", hostname: "127.0.0.1", port: 0 }));
  Deno.test(`${name}, over ipc`, async () => {
    await using directory = await temporaryDirectory();
    await body({ transport: "ipc", path: `${directory.path}/socket-1` });
  });
}

/** Lets libzmq's client check us. */
async function check(client: "dealer" | "req" | "sub", endpoint: Endpoint): Promise<void> {
  const ended = await run(await venv("python"), [SCRIPT, client, formatEndpoint(endpoint)]);
  assertEquals(ended, { code: 0, stdout: "done\n", stderr: "" });
}

overBoth("libzmq's DEALER talks to our ROUTER, and comes back under its name", async (endpoint) => {
  const names = new Set<string>();
  await using router = await RouterSocket.bind(endpoint, {
    onMessage(identity, message) {
      names.add(DECODER.decode(identity));
      router.send(identity, message);
    },
  });
  await check("dealer", router.endpoint);
  assertEquals([...names], ["the same name"]);
});

overBoth("libzmq's REQ talks to our REP", async (endpoint) => {
  await using rep = await RepSocket.bind(endpoint, { reply: (request) => request });
  await check("req", rep.endpoint);
});

overBoth("libzmq's SUB gets from our XPUB what it subscribed to", async (endpoint) => {
  await using xpub = await XPubSocket.bind(endpoint, {
    onSubscribe(topic) {
      if (DECODER.decode(topic) !== "kernel") return;
      for (let index = 0; index < 1_000; index++) {
        xpub.publish([ENCODER.encode("other"), ENCODER.encode(`${index}`)]);
        xpub.publish([ENCODER.encode("kernel.stream"), ENCODER.encode(`${index}`)]);
      }
    },
  });
  await check("sub", xpub.endpoint);
});

/** Starts libzmq as a server. */
async function server(kind: "router" | "rep" | "xpub") {
  const process = new LineProcess(await venv("python"), [SCRIPT, kind]);
  const url = new URL((await process.line()).replace("tcp:", "http:"));
  const endpoint: Endpoint = { transport: "tcp", hostname: url.hostname, port: Number(url.port) };
  return { endpoint, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

Deno.test("our DEALER talks to libzmq's ROUTER", async () => {
  await using router = await server("router");
  await using dealer = await DealerSocket.connect(router.endpoint, {
    identity: ENCODER.encode("us"),
  });
  for (let index = 0; index < 1_000; index++) {
    dealer.send([ENCODER.encode(`${index}`), new Uint8Array(), new Uint8Array(256)]);
  }
  for (let index = 0; index < 1_000; index++) {
    const [number, ...rest] = await dealer.receive(soon);
    strictEqual(DECODER.decode(number), `${index}`);
    assertEquals(rest.map(({ length }) => length), [0, 256]);
  }
  const big = new Uint8Array(10_000_000).map((_, index) => index * 11);
  dealer.send([big]);
  const [echo] = await dealer.receive(soon);
  ok(echo.length === big.length && echo.every((byte, index) => byte === big[index]));
});

Deno.test("our REQ talks to libzmq's REP", async () => {
  await using rep = await server("rep");
  await using req = await ReqSocket.connect(rep.endpoint);
  for (let index = 0; index < 1_000; index++) {
    const reply = await req.request([ENCODER.encode(`${index}`)], soon);
    assertEquals(reply.map((frame) => DECODER.decode(frame)), [`${index}`]);
  }
});

Deno.test("our SUB gets from libzmq's XPUB what it subscribed to", async () => {
  await using xpub = await server("xpub");
  await using sub = await SubSocket.connect(xpub.endpoint, { topics: ["kernel"] });
  for (let index = 0; index < 1_000; index++) {
    const message = await sub.receive(soon);
    assertEquals(message.map((frame) => DECODER.decode(frame)), ["kernel.more", `${index}`]);
  }
});
