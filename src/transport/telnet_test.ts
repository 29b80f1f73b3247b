import assert from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { parseAddress } from "./address.ts";
import { against, type FarConn, openLink } from "./conn_testing.ts";
import { openTelnet, type TelnetOptions } from "./telnet.ts";
import {
  ASKED,
  BINARY,
  DO,
  DONT,
  ECHO,
  IAC,
  SB,
  SE,
  serveBinary,
  serveText,
  SGA,
  WILL,
  WONT,
} from "./telnet_testing.ts";
import { type Transport, TransportError } from "./transport.ts";
import { transportSuite } from "./transport_suite.ts";

const open = (port: number, options: TelnetOptions = {}) =>
  openTelnet(parseAddress(`telnet://127.0.0.1:${port}`), options);

for (const [name, serve] of Object.entries({ binary: serveBinary, text: serveText })) {
  transportSuite(
    `telnet, ${name}`,
    (options) => openLink({ open: (port) => open(port, options), serve }),
    {
      refusals: {
        busy: () => against((far) => turnAway(far), (port) => open(port)),
        gone: () => against((far) => far.hangUp(), (port) => open(port)),
      },
    },
  );
}

/** As ser2net does when its port is taken. */
async function turnAway(far: FarConn) {
  await far.until(ASKED);
  await far.write(`${IAC}${DO}${BINARY}${IAC}${WILL}${BINARY}Port already in use\r\n`);
  await far.hangUp();
}

/** Reads so many bytes, as text of one byte a character. */
async function readText(transport: Transport, count: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let have = 0; have < count; have += parts.at(-1)!.length) parts.push(await transport.read());
  return String.fromCharCode(...concat(parts));
}

Deno.test("openTelnet() tells what a server said that turned it away", async () => {
  await against(turnAway, async (port) => {
    await assert.rejects(open(port), (error: TransportError) => {
      assert.match(error.message, /turned us away, saying "Port already in use\\r\\n"/);
      return true;
    });
  });
});

Deno.test("openTelnet() goes on with a server that says nothing", async () => {
  await against(() => {}, async (port, far) => {
    await using transport = await open(port, { negotiationMs: 50 });
    await (await far).until(ASKED);
    await transport.write(encode("a\rb\r\n"));
    assert.equal(await (await far).until("\n"), "a\r\0b\r\0\n");
  });
});

Deno.test("openTelnet() can be interrupted while it negotiates", async () => {
  await against(() => {}, async (port, far) => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const opening = assert.rejects(open(port, { signal: stop.signal }), reason);
    await (await far).until(ASKED);
    stop.abort(reason);
    await opening;
    assert.ok(await (await far).hungUp());
  });
});

Deno.test("telnet answers once for what it does not do, and never for what is settled", async () => {
  const [TERMINAL, NAWS] = ["\x18", "\x1f"];
  await against(() => {}, async (port, far) => {
    const opening = open(port);
    const server = await far;
    await server.until(ASKED);
    await server.write(
      IAC + WILL + ECHO + IAC + DO + TERMINAL + IAC + DO + TERMINAL + IAC + WILL + NAWS +
        IAC + DO + BINARY + IAC + DO + BINARY + IAC + WILL + BINARY + IAC + DO + SGA +
        IAC + WILL + SGA + IAC + WONT + NAWS + IAC + WONT + ECHO + IAC + DONT + TERMINAL,
    );
    await using transport = await opening;
    await transport.write(encode("."));
    assert.equal(
      await server.until("."),
      IAC + DO + ECHO + IAC + WONT + TERMINAL + IAC + DONT + NAWS + IAC + DONT + ECHO + ".",
    );
  });
});

Deno.test("telnet leaves out commands and subnegotiations, however they are cut up", async () => {
  const wire = "a" + IAC + "\xf1" + "b" + IAC + SB + "\x18\x01" + IAC + IAC + "x" + IAC + SE + "c" +
    IAC + IAC + "d" + IAC + "\xf6" + IAC + SB + IAC + SE + "\r\0e";
  await against(() => {}, async (port, far) => {
    const opening = open(port);
    const server = await far;
    await serveBinary(server);
    await using transport = await opening;
    for (let cut = 0; cut <= wire.length; cut++) {
      await server.write(wire.slice(0, cut));
      await server.write(wire.slice(cut));
      // In a binary stream, CR NUL is two bytes of the board's.
      assert.equal(await readText(transport, 8), "abc\xffd\r\0e", `cut at ${cut}`);
    }
  });
});

Deno.test("telnet takes NUL after CR for padding while the other side sends text", async () => {
  await against(() => {}, async (port, far) => {
    const opening = open(port);
    const server = await far;
    await serveText(server);
    await using transport = await opening;
    await server.write("a\r");
    await server.write("\0b\r\nc\0d\r\r\0e");
    assert.equal(await readText(transport, 11), "a\rb\r\nc\0d\r\re");
  });
});

Deno.test("telnet keeps no more of an endless subnegotiation than it needs", async () => {
  await against(() => {}, async (port, far) => {
    const opening = open(port);
    const server = await far;
    await serveBinary(server);
    await using transport = await opening;
    await server.write(IAC + SB + "\x18" + "x".repeat(1_000_000) + IAC + SE + "end");
    assert.equal(await readText(transport, 3), "end");
  });
});

Deno.test("openTelnet() refuses an address without a host", async () => {
  await assert.rejects(openTelnet(parseAddress("telnet://")), {
    name: "UsageError",
    message: /needs a host, as in telnet:/,
  });
});
