/**
 * How fast our ZMTP sockets are with libzmq as the client. Wants `.venv` (deno task setup).
 *
 *     deno run -A scripts/bench/zmtp.ts
 */

import { type Endpoint, formatEndpoint } from "@/wire/endpoint.ts";
import { RepSocket } from "@/wire/rep.ts";
import { RouterSocket } from "@/wire/router.ts";
import { XPubSocket } from "@/wire/xpub.ts";
import { ROOT, venv } from "../../hil/acceptance/support/product.ts";
import { need } from "../run.ts";

const LOOPBACK: Endpoint = { transport: "tcp", hostname: "127.0.0.1", port: 0 };
const PUBLISHED = 300_000;
const DEADLINE_MS = 60_000;

async function measure(what: string, endpoint: Endpoint): Promise<number> {
  const args = [`${ROOT}scripts/bench/zmtp_peer.py`, what, formatEndpoint(endpoint)];
  return Number(await need(await venv("python"), { args, timeoutMs: DEADLINE_MS }));
}

function print(what: string, figure: number, unit: string): void {
  console.log(`${what.padEnd(42)} ${Math.round(figure).toLocaleString("en").padStart(9)} ${unit}`);
}

await using rep = await RepSocket.bind(LOOPBACK, { reply: (request) => request });
print("REQ/REP, 1 byte", await measure("req", rep.endpoint), "round trips/s");

await using router = await RouterSocket.bind(LOOPBACK, {
  onMessage: (identity, message) => void router.send(identity, message),
});
print("DEALER/ROUTER, 7 frames", await measure("dealer", router.endpoint), "round trips/s");
print("DEALER/ROUTER, 10 MB echo", await measure("big", router.endpoint), "ms");

await using xpub = await XPubSocket.bind(LOOPBACK, { onSubscribe: () => void flood() });
const body = new Uint8Array(100);

async function flood(): Promise<void> {
  const topic = new TextEncoder().encode("stream");
  for (let index = 0; index < PUBLISHED; index++) {
    xpub.publish([topic, body]);
    if (index % 1_000 === 0) await xpub.room();
  }
  xpub.publish([new TextEncoder().encode("end")]);
}

print("PUB/SUB, 100 bytes", await measure("sub", xpub.endpoint), "messages/s");
