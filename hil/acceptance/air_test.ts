/** Boards that announce themselves, over real multicast and broadcast between two namespaces. */

import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { profileNamed, uidOf } from "../../mocks/profiles.ts";
import { LineProcess } from "./support/lines.ts";
import { makeNetwork } from "./support/network.ts";
import { IOT, ROOT, run } from "./support/product.ts";

/** The UID of a simulated board. */
function uidOfBoard(name: string): string {
  return Array.from(
    uidOf(name, profileNamed("esp32")),
    (byte) => byte.toString(16).padStart(2, "0"),
  )
    .join(":");
}

Deno.test("iot discover finds a board by mDNS and one by broadcast on another computer", async () => {
  await using network = await makeNetwork();
  const [ip, ...there] = network.there;
  await using sim = new LineProcess(ip, [...there, IOT, "sim", "a", "b", "--tcp", "4100"]);
  assertEquals([await sim.line(), await sim.line()], [
    "a tcp://127.0.0.1:4100",
    "b tcp://127.0.0.1:4101",
  ]);
  const uid = uidOfBoard("b");
  const script = `${ROOT}hil/acceptance/support/air_responder.py`;
  const { address, broadcast } = network;
  await using responder = new LineProcess(ip, [
    ...there,
    "python3",
    script,
    address,
    broadcast,
    uid,
  ]);
  assertEquals(await responder.line(), "ready");

  const home = await Deno.makeTempDir();
  try {
    const [command, ...here] = network.here;
    const env = { XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home, IOT_DEVICES: home, IOT_PORTS: "" };
    const args = [...here, IOT, "discover", "--json"];
    const { code, stdout, stderr } = await run(command, args, { env });
    assertEquals([code, stderr], [0, ""]);
    const rows: { url: string; uid: string; platform: string }[] = JSON.parse(stdout);
    const found = rows.filter(({ url }) => url.includes(address))
      .map(({ url, uid, platform }) => [url, uid, platform]).sort();
    assertEquals(found, [
      [`tcp://${address}:4200`, uidOfBoard("a"), "esp32"],
      [`tcp://${address}:4201`, uid, "esp32"],
    ]);
    ok((await responder.line()).startsWith("asked by 10.213.7.1"));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
