/**
 * telnet:// and rfc2217:// against Debian's ser2net, which exports pseudo-terminals: the shared
 * suite where the test holds the other end, and whole sessions on the emulated micro:bit and on
 * simulated boards.
 */

import assert from "node:assert/strict";
import { parseAddress } from "@/transport/address.ts";
import { openRfc2217 } from "@/transport/rfc2217.ts";
import { openTcp } from "@/transport/tcp.ts";
import { openTelnet } from "@/transport/telnet.ts";
import { openPty } from "@/transport/serial/pty_testing.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import type { TransportError } from "@/transport/transport.ts";
import { transportSuite } from "@/transport/transport_suite.ts";
import { Device } from "@/device/device.ts";
import { startBoards } from "../../mocks/sim.ts";
import { Microbit } from "../boards/microbit.ts";
import { type Accepter, Ser2net } from "../rig/ser2net.ts";

const OPENERS = { tcp: openTcp, telnet: openTelnet, rfc2217: openRfc2217 };
const ACCEPTERS: Record<keyof typeof OPENERS, Accepter> = {
  tcp: "tcp",
  telnet: "telnet",
  rfc2217: "telnet(rfc2217)",
};
const SCHEMES = Object.entries(ACCEPTERS) as [keyof typeof OPENERS, Accepter][];
for (const [scheme, accepter] of SCHEMES) {
  transportSuite(`${scheme} through ser2net`, async (options) => {
    const pty = await openPty();
    const server = await Ser2net.start(pty.path, accepter);
    const transport = await OPENERS[scheme](
      parseAddress(`${scheme}://127.0.0.1:${server.port}`),
      options,
    );
    // ser2net opens the port once it has a client, and drops what came before that.
    await transport.write(Uint8Array.of(0x21));
    await pty.far.read();
    return {
      transport,
      far: {
        read: () => pty.far.read(),
        write: (data) => pty.far.write(data),
        hangUp: () => pty.far.close(),
      },
      async [Symbol.asyncDispose]() {
        await transport.close();
        await server[Symbol.asyncDispose]();
        await pty.far.close();
      },
    };
  }, { keepsUndelivered: true });
}

/** A whole session: on a board's serial port, through ser2net. */
async function session(
  path: string,
  [scheme, accepter]: [keyof typeof OPENERS, Accepter],
  { query = "" }: { query?: string } = {},
) {
  await using server = await Ser2net.start(path, accepter);
  const url = `${scheme}://127.0.0.1:${server.port}${query}`;
  await using device = await Device.attach(await openTransport(url, BUILT_IN_SCHEMES));

  assert.equal(await device.evaluate("print(6 * 7)"), "42\n");
  const long = "abcdefghijklmnopqrstuvwxyz".repeat(30);
  assert.equal(await device.evaluate(`print('${long}')`), `${long}\n`);
  const failed = await device.exec("1/0");
  assert.equal(failed.status === "error" && failed.ename, "ZeroDivisionError");

  await device.exec("kept = 5");
  const stop = new AbortController();
  const interrupted = await device.exec("print('on')\nwhile True: pass", {
    signal: stop.signal,
    onOutput: () => stop.abort(),
  });
  assert.equal(interrupted.status === "error" && interrupted.ename, "KeyboardInterrupt");
  assert.equal(await device.evaluate("print(kept)"), "5\n");
  await device.softReset();
  const forgotten = await device.exec("kept");
  assert.equal(forgotten.status === "error" && forgotten.ename, "NameError");
}

for (const scheme of SCHEMES) {
  Deno.test(`a session on the emulated micro:bit by ${scheme[0]}, through ser2net`, async () => {
    await using board = await Microbit.start();
    await session(board.path, scheme);
  });

  for (
    const [about, line] of [
      ["at 115200 baud and 5 ms", { baud: 115_200, latencyMs: 5 }],
      ["at 9600 baud", { baud: 9_600 }],
    ] as const
  ) {
    Deno.test(`a session on a board ${about} by ${scheme[0]}, through ser2net`, async () => {
      await using simulation = await startBoards({ names: ["far"], pty: true, ...line });
      const [address] = simulation.boards[0].addresses;
      const query = scheme[0] === "rfc2217" ? `?baud=${line.baud}` : "";
      await session(address.replace("serial://", ""), scheme, { query });
    });
  }

  Deno.test(`${scheme[0]}: ser2net has one client, and then another`, async () => {
    await using pty = await openPty();
    await using server = await Ser2net.start(pty.path, scheme[1]);
    const open = () => openTransport(`${scheme[0]}://127.0.0.1:${server.port}`, BUILT_IN_SCHEMES);
    const first = await open();
    await first.write(Uint8Array.of(0x21));
    await pty.far.read();
    if (scheme[0] === "tcp") {
      // A plain connection cannot tell what the server says from what a board would.
      await using second = await open();
      assert.match(new TextDecoder().decode(await second.read()), /^Port already in use/);
    } else {
      await assert.rejects(open(), { code: "busy", message: /"Port already in use/ });
    }
    await first.close();
    await until(async () => {
      const again = await open().catch((error: TransportError) => {
        if (error.code !== "busy") throw error;
      });
      await again?.close();
      return again !== undefined;
    });
  });
}

/** Tries until it is so; ser2net takes a moment to close a port. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!await isSo()) {
    assert.ok(performance.now() < end, "it did not come to be so");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("rfc2217: a pseudo-terminal's modem lines are set in vain, and nobody waits", async () => {
  await using pty = await openPty();
  await using server = await Ser2net.start(pty.path, "telnet(rfc2217)");
  const address = parseAddress(`rfc2217://127.0.0.1:${server.port}?baud=57600`);
  await using transport = await openRfc2217(address);
  assert.equal(await transport.modem.set({ dtr: true, rts: false }), true);
  await transport.write(Uint8Array.of(0x21));
  assert.deepEqual(await pty.far.read(), Uint8Array.of(0x21));
});
