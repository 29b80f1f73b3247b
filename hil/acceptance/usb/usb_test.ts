/** Genuine USB serial devices in a virtual machine: found, used, pulled out and plugged in again. */

import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { simulateBoard } from "../support/simulated.ts";
import { GADGET, makeGadget, PLUG_IN, PLUG_OUT, WAIT_UP } from "./gadget.ts";
import { Machine } from "./machine.ts";

const ACM = "/dev/ttyACM0";
const FTDI = "/dev/ttyUSB0";
const ATTEMPTS = 5;

/** The TCP port of a simulated board. */
function portOf(address: string): number {
  return Number(new URL(address.replace("tcp:", "http:")).port);
}

Deno.test({
  name: "USB serial devices in a virtual machine",
  // deno-lint-ignore iot/no-skipped-tests -- the machine runs this computer's executable and libraries
  ignore: Deno.build.arch !== "x86_64",
  async fn(t) {
    await using acm = await simulateBoard("first", ["--tcp", "0"]);
    await using ftdi = await simulateBoard("second", ["--tcp", "0", "--profile", "pico"]);
    await using machine = await Machine.start({
      boards: { acm: portOf(acm.addresses.tcp), ftdi: portOf(ftdi.addresses.tcp) },
    });
    await makeGadget(machine);
    strictEqual((await machine.run("iot --version")).code, 0);

    /** What discovery lists, when it lists as many; this computer is slow, and probes have deadlines. */
    // deno-lint-ignore no-explicit-any -- whatever it says
    const discover = async (count: number): Promise<any[]> => {
      for (let attempt = 1;; attempt++) {
        const rows = JSON.parse(await machine.need("iot discover --all --force --json"));
        const boards = rows.filter(({ uid }: { uid?: string }) => uid !== undefined);
        if (boards.length === count && rows.length === count) return rows;
        if (attempt === ATTEMPTS) throw new Error(`not ${count} boards: ${JSON.stringify(rows)}`);
      }
    };

    await t.step("no device, no board", async () => {
      assertEquals(await discover(0), []);
    });

    await t.step("a CDC ACM device is found with all that it says of itself", async () => {
      await machine.need(`${PLUG_IN} && ${WAIT_UP(ACM)}`);
      const [row] = await discover(1);
      strictEqual(row.url, `serial://${ACM}`);
      ok(/^[0-9a-f:]+$/.test(row.uid), row.uid);
      const { vendor, product, serialNumber, manufacturer, description } = row.usb;
      assertEquals({ vendor, product, serialNumber, manufacturer, description }, GADGET);
    });

    await t.step("code runs on it", async () => {
      strictEqual(await machine.need(`iot exec -d serial://${ACM} 'print(6 * 7)'`), "42\n");
    });

    await t.step("an FTDI adapter is found beside it", async () => {
      await machine.qmp("device_add", { driver: "usb-serial", chardev: "ftdi", id: "adapter" });
      await machine.need(WAIT_UP(FTDI));
      const adapter = (await discover(2)).find(({ url }) => url === `serial://${FTDI}`);
      assertEquals([adapter.usb.vendor, adapter.usb.product], ["0403", "6001"]);
      match(await machine.need(`iot exec -d serial://${FTDI} 'print("by FTDI")'`), /^by FTDI$/m);
    });

    await t.step("a device that is pulled out in the middle of a program is gone", async () => {
      const { code, stderr } = await machine.run(
        `(sleep 4; ${PLUG_OUT}) & iot exec -d serial://${ACM} 'while True: pass'`,
      );
      strictEqual(code, 3, stderr);
      match(stderr, /went away/);
    });

    await t.step("plugged in again it has its old name: nobody kept the port open", async () => {
      await machine.need(`${PLUG_IN} && ${WAIT_UP(ACM)}`);
      strictEqual(await machine.need(`iot exec -d serial://${ACM} 'print(1)'`), "1\n");
    });

    await t.step("a notebook goes on when its board comes back", async () => {
      const cell = (source: string) => ({
        cell_type: "code",
        execution_count: null,
        metadata: {},
        outputs: [],
        source,
      });
      const notebook = {
        cells: [
          cell(`%connect -q serial://${ACM}\nprint("first")`),
          cell(`print("pull"); import time; time.sleep(60)`),
          cell(`print("back")`),
        ],
        metadata: {},
        nbformat: 4,
        nbformat_minor: 4,
      };
      const base64 = btoa(JSON.stringify(notebook));
      await machine.need(`echo ${base64} | base64 -d > /tmp/n.ipynb`);
      const { stdout } = await machine.run(
        `touch /tmp/shown; (while ! grep -q '^pull' /tmp/shown; do sleep 0.1; done; ${PLUG_OUT}; sleep 1; ` +
          `${PLUG_IN}) & iot execute --allow-errors --print /tmp/n.ipynb 2>&1 | tee /tmp/shown`,
      );
      match(stdout, /first[^]*went away[^]*Reconnected to[^]*back/);
    });

    await t.step("an adapter that is pulled out is found no more", async () => {
      await machine.qmp("device_del", { id: "adapter" });
      await machine.need(
        `n=0; while [ -e ${FTDI} ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done; [ ! -e ${FTDI} ]`,
      );
      assertEquals((await discover(1)).map(({ url }) => url), [`serial://${ACM}`]);
    });
  },
});
