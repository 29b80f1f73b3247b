/** Discovery and the ports it must not, or need not, speak to. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Environment } from "@/config/environment.ts";
import { Devices } from "@/discovery/devices.ts";
import type { UsbPort } from "@/discovery/usb.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { startBoards } from "../mocks/sim.ts";

/** Boards whose pseudo-terminals pass for USB ports. */
async function desk(names: string[], usb: Partial<UsbPort>[]) {
  const stack = new AsyncDisposableStack();
  const home = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(home, { recursive: true }));
  const boards = stack.use(await startBoards({ names, pty: true }));
  const urls = boards.boards.map(({ addresses: [url] }) => url);
  const listUsbPorts = () =>
    Promise.resolve(urls.map((url, index): UsbPort => ({
      path: url.slice("serial://".length),
      vendor: "2e8a",
      product: "0005",
      ...usb[index],
    })));
  const environment = new Environment({ HOME: home, XDG_RUNTIME_DIR: home });
  const open = () =>
    stack.use(new Devices({ schemes: BUILT_IN_SCHEMES, environment, listUsbPorts }));
  const uids = boards.boards.map(({ board }) => board.uid);
  return { urls, uids, open, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Starts a loop on the board, which a Ctrl-C would end, and lets go of the port. */
async function leaveBusy(url: string): Promise<void> {
  await using transport = await openTransport(url, BUILT_IN_SCHEMES);
  await transport.write(new TextEncoder().encode("\r\x03\x03\x01"));
  await hears(transport, "CTRL-B to exit\r\n>");
  await transport.write(new TextEncoder().encode("while True: print('busy')\x04"));
  await hears(transport, "busy");
}

async function isBusy(url: string): Promise<boolean> {
  await using transport = await openTransport(url, BUILT_IN_SCHEMES);
  const controller = new AbortController();
  const heard = hears(transport, "busy", controller.signal).catch(() => {});
  const inTime = await within(2_000, heard);
  controller.abort();
  await heard;
  return inTime;
}

async function hears(
  transport: { read(options?: { signal?: AbortSignal }): Promise<Uint8Array> },
  text: string,
  signal = AbortSignal.timeout(20_000),
): Promise<void> {
  let said = "";
  while (!said.includes(text)) said += new TextDecoder().decode(await transport.read({ signal }));
}

Deno.test("discover() asks a board with a USB serial number once, also when asked by a later program", async () => {
  await using boards = await desk(["a"], [{ serialNumber: "E6614C" }]);
  const [url] = boards.urls;
  const first = await boards.open().discover();
  assertEquals(first.found.map(({ uid }) => uid), boards.uids);
  await leaveBusy(url);
  const again = boards.open();
  const { found } = await again.discover();
  assertEquals(found.map(({ uid, url }) => [uid, url]), [[boards.uids[0], url]]);
  ok(await isBusy(url), "its program was stopped");
  // Who wants it gets it: by its UID, and with -f it is asked.
  assertEquals((await again.discover({ probeAll: true })).found.length, 1);
  ok(!await isBusy(url));
  const device = await again.connect(boards.uids[0]);
  assertEquals(await device.evaluate("print(6 * 7)"), "42\n");
});

Deno.test("discover() does not speak to ports that are no board's, unless they are named", async () => {
  await using boards = await desk(["a", "modem"], [{}, { vendor: "12d1", description: "Modem" }]);
  const [, modem] = boards.urls;
  await leaveBusy(modem);
  const devices = boards.open();
  const { found, unusable, ignored } = await devices.discover();
  assertEquals(found.map(({ uid }) => uid), [boards.uids[0]]);
  assertEquals(unusable, []);
  assertEquals(ignored.map(({ url, usb }) => [url, usb?.description]), [[modem, "Modem"]]);
  ok(await isBusy(modem), "the modem was spoken to");
  await devices.register(modem);
  assertEquals((await devices.discover()).found.length, 2);
});

Deno.test("connect() to a UID that nobody has runs nothing anywhere", async () => {
  await using boards = await desk(["a", "b"], [{ serialNumber: "ONE" }, { serialNumber: "TWO" }]);
  const devices = boards.open();
  await devices.discover();
  const wrong = `0${boards.uids[0].slice(1)}`;
  const error = await devices.connect(wrong).then(() => undefined, (error) => error);
  match(String(error), /No device ".*" found/);
});

/** One port, whose USB device and whose board can be exchanged. */
async function exchangeablePort(vendor: string) {
  const home = await Deno.makeTempDir();
  const link = `${home}/port`;
  const usb = { path: link, vendor, product: "6001", serialNumber: "A10K5XYZ" };
  let simulation: Awaited<ReturnType<typeof startBoards>> | undefined;
  const environment = new Environment({ HOME: home, XDG_RUNTIME_DIR: home });
  return {
    url: `serial://${link}`,
    /** Plugs a board in, and whatever was there out; returns its UID. */
    async plug(name: string, serialNumber = usb.serialNumber): Promise<string> {
      await simulation?.[Symbol.asyncDispose]();
      usb.serialNumber = serialNumber;
      simulation = await startBoards({ names: [name], pty: link });
      return simulation.boards[0].board.uid;
    },
    open: (surface: "notebook" | "shell" = "shell") =>
      new Devices({
        schemes: BUILT_IN_SCHEMES,
        environment,
        surface,
        listUsbPorts: () => Promise.resolve([{ ...usb }]),
      }),
    async [Symbol.asyncDispose]() {
      await simulation?.[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}

Deno.test("connect() finds a board on an adapter where another one is known, and then knows better", async () => {
  await using port = await exchangeablePort("0403"); // FTDI
  await port.plug("a");
  {
    await using devices = port.open();
    await devices.discover();
  }
  const uid = await port.plug("b");
  {
    await using devices = port.open();
    assertEquals(await (await devices.connect(uid)).evaluate("print(6 * 7)"), "42\n");
  }
  await using devices = port.open();
  assertEquals((await devices.discover()).found.map((found) => found.uid), [uid]);
});

Deno.test("connect() to a board that is not where it was known notes who is there", async () => {
  await using port = await exchangeablePort("0403");
  const gone = await port.plug("a");
  {
    await using devices = port.open();
    await devices.discover();
  }
  const uid = await port.plug("b");
  {
    await using devices = port.open();
    match(String(await devices.connect(gone).catch((error) => error)), /No device/);
  }
  await using devices = port.open();
  assertEquals((await devices.discover()).found.map((found) => found.uid), [uid]);
});

Deno.test("connect() does not ask a known board with USB of its own for another, and says so", async () => {
  await using port = await exchangeablePort("2e8a");
  await port.plug("a");
  await using devices = port.open();
  await devices.discover();
  await leaveBusy(port.url);
  const error = await devices.connect("ab:cd:ef:01").catch((error) => error);
  match(String(error), /No device.*%discover -f/);
  ok(await isBusy(port.url), "its program was stopped");
});

Deno.test("a board that is waited for is not looked for where another one is known to be", async () => {
  await using port = await exchangeablePort("2e8a");
  await port.plug("b", "BBB222");
  {
    await using devices = port.open();
    await devices.discover();
  }
  const uid = await port.plug("a", "AAA111");
  await using devices = port.open("notebook");
  await devices.connect(uid);
  await port.plug("b", "BBB222");
  await leaveBusy(port.url);
  const error = await devices.current({ returnMs: 1_000 }).catch((error) => error);
  match(String(error), /has not come back for 1 s/);
  ok(await isBusy(port.url), "its program was stopped");
});
