/** A board joins the network of secrets.py, and joins it again. */

import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expect, expectSame } from "./expect.ts";
import { capability, feature, microPython } from "./needs.ts";

/** How long joining may take, in seconds. */
const JOIN_S = 20;

/** Leaves the network, joins it, and prints whether it is in. `%s` are name and password. */
const REJOIN = `import network, time
hil_lan = network.WLAN(network.STA_IF)
hil_lan.active(True)
hil_lan.disconnect()
for hil_i in range(50):
    if not hil_lan.isconnected():
        break
    time.sleep_ms(100)
print('left' if not hil_lan.isconnected() else 'still in')
hil_lan.connect(%s, %s)
for hil_i in range(${JOIN_S * 10}):
    if hil_lan.isconnected():
        break
    time.sleep_ms(100)
print('joined' if hil_lan.isconnected() else 'not joined, status %%s' %% hil_lan.status())
del hil_lan, hil_i
`;

/** Wi-Fi. */
export const WIFI_CHECKS: readonly Check[] = [
  defineCheck({
    name: "wifi/reconnect",
    summary: "It leaves the network and joins it again",
    needs: [capability("wifi"), microPython, feature("network")],
    after: ["exec/output"],
    timeoutMs: (JOIN_S + 20) * 1000,
    run: rejoin,
  }),
];

async function rejoin(bench: CheckContext): Promise<void> {
  const ssid = await bench.secret("wifi_ssid");
  const password = await bench.secret("wifi_pwd");
  if (ssid === undefined || password === undefined) {
    bench.skip("secrets.py has no wifi_ssid and wifi_pwd");
  }
  const values = [ssid, password].map((text) => JSON.stringify(text));
  const code = REJOIN.replace(/%[s%]/g, (mark) => mark === "%%" ? "%" : values.shift() ?? mark);
  const device = await bench.device();
  const start = performance.now();
  let answer = "";
  const outcome = await device.exec(code, {
    signal: bench.signal,
    onOutput: (chunk) => void (answer += new TextDecoder().decode(chunk)),
  });
  bench.signal.throwIfAborted();
  if (outcome.status === "error") return expect(false, `Joining: ${outcome.traceback.at(-1)}`);
  bench.measure("Wi-Fi reconnect", performance.now() - start, "ms");
  expectSame(answer.trim().split(/\s*\n\s*/).join(", "), "left, joined", "Leaving and joining");
}
