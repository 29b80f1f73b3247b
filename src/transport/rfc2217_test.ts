import assert from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { parseAddress } from "./address.ts";
import { against, type FarConn, openLink } from "./conn_testing.ts";
import { openRfc2217 } from "./rfc2217.ts";
import type { TelnetOptions } from "./telnet.ts";
import {
  ASKED,
  BINARY,
  BinaryCodec,
  COM_PORT,
  DO,
  DONT,
  IAC,
  SB,
  SE,
  SGA,
  WILL,
} from "./telnet_testing.ts";
import type { TransportError } from "./transport.ts";
import { transportSuite } from "./transport_suite.ts";

type Options = TelnetOptions & { query?: string };

const open = (port: number, { query = "", ...options }: Options = {}) =>
  openRfc2217(parseAddress(`rfc2217://127.0.0.1:${port}${query}`), options);

/** What the client asks for: telnet's usual, and the port. */
const ASKED_PORT = ASKED.replace(IAC + DO + BINARY, IAC + WILL + COM_PORT + IAC + DO + BINARY);
const AGREED = IAC + DO + BINARY + IAC + DO + SGA + IAC + WILL + BINARY + IAC + WILL + SGA +
  IAC + DO + COM_PORT;

const command = (text: string) => IAC + SB + COM_PORT + text + IAC + SE;
/** 8N1, all modem lines, purge what was received. */
const SET_UP = ["\x02\x08", "\x03\x01", "\x04\x01", "\x0b\xff\xff", "\x0c\x01"].map(command)
  .join("");
const BAUD_9600 = command("\x01\0\0\x25\x80");
const PURGED = command("\x70\x01");

/** Agrees, and answers the set-up. */
async function serve(far: FarConn): Promise<BinaryCodec> {
  await far.until(ASKED_PORT);
  await far.write(AGREED);
  await far.until(SET_UP);
  await far.write(command("\x66\x08") + command("\x67\x01") + command("\x68\x01") + PURGED);
  return new BinaryCodec();
}

transportSuite(
  "rfc2217",
  (options) => openLink({ open: (port) => open(port, options), serve }),
  {
    refusals: {
      foreign: () =>
        against(async (far) => {
          await far.until(ASKED_PORT);
          await far.write(AGREED.replace(IAC + DO + COM_PORT, IAC + DONT + COM_PORT));
        }, (port) => open(port)),
      refused: () =>
        against(async (far) => {
          await far.until(ASKED_PORT);
          await far.write(AGREED);
          await far.until(SET_UP);
          await far.write(command("\x65\0\x01\xc2\0") + PURGED);
        }, (port) => open(port, { query: "?baud=9600" })),
      busy: () =>
        against(async (far) => {
          await far.until(ASKED_PORT);
          await far.write(`${AGREED}Port already in use\r\n`);
          await far.hangUp();
        }, (port) => open(port)),
    },
  },
);

Deno.test("openRfc2217() says which speed the port has instead", async () => {
  await against(async (far) => {
    await far.until(ASKED_PORT);
    await far.write(AGREED);
    assert.equal(await far.until(SET_UP), BAUD_9600 + SET_UP);
    await far.write(command("\x65\0\x01\xc2\0") + PURGED);
  }, async (port) => {
    await assert.rejects(open(port, { query: "?baud=9600" }), (error: TransportError) => {
      assert.match(error.message, /cannot do 9600 baud: its server keeps it at 115200/);
      return true;
    });
  });
});

Deno.test("openRfc2217() sets the speed of its address, and none when it names none", async () => {
  for (const query of ["", "?baud=9600"]) {
    let heard = "";
    await against(async (far) => {
      await far.until(ASKED_PORT);
      await far.write(AGREED);
      heard = await far.until(SET_UP);
      await far.write(command("\x65\0\0\x25\x80") + PURGED);
    }, async (port) => {
      await (await open(port, { query })).close();
    });
    assert.equal(heard, (query === "" ? "" : BAUD_9600) + SET_UP);
  }
});

Deno.test("openRfc2217() sets the modem lines that its address names, and no others", async () => {
  for (
    const [query, lines] of [["?dtr=off&rts=on", "\x05\x09\x05\x0b"], ["?rts=off", "\x05\x0c"]]
  ) {
    await against(async (far) => {
      await serve(far);
      const commands = lines.match(/../g)!.map(command).join("");
      assert.equal(await far.until(commands), commands);
    }, async (port) => await (await open(port, { query })).close());
  }
});

Deno.test("openRfc2217() says that a server speaks no RFC 2217, also when it says nothing", async () => {
  await against(() => {}, async (port) => {
    await assert.rejects(open(port, { negotiationMs: 50 }), (error: TransportError) => {
      assert.equal(error.code, "foreign");
      assert.match(error.message, /does not speak RFC 2217.*telnet\(rfc2217\)/);
      return true;
    });
  });
});

Deno.test("rfc2217 sets DTR and RTS together, and waits for no answer", async () => {
  await against(() => {}, async (port, far) => {
    const [codec, transport] = await Promise.all([far.then(serve), open(port)]);
    const server = await far;
    assert.equal(await transport.modem.set({ dtr: false, rts: true }), true);
    assert.equal(await server.until("\x0b" + IAC + SE), command("\x05\x09") + command("\x05\x0b"));
    assert.equal(await transport.modem.set({}), true);
    await transport.write(encode("."));
    assert.deepEqual(codec.decode(await server.read()), encode("."));
    await transport.close();
  });
});

Deno.test("rfc2217 knows of the modem lines what the server has told", async () => {
  await against(() => {}, async (port, far) => {
    const [, transport] = await Promise.all([far.then(serve), open(port)]);
    const server = await far;
    const asked = transport.modem.state();
    await server.write(command("\x6b\x30"));
    assert.deepEqual(await asked, { cts: true, dsr: true, dcd: false });
    await server.write(command("\x69\x08") + command("\x69\x0c") + command("\x6b\x88") + "!");
    await transport.read();
    assert.deepEqual(await transport.modem.state(), {
      dtr: true,
      rts: false,
      cts: false,
      dsr: false,
      dcd: true,
    });
    await transport.close();
  });
});

Deno.test("rfc2217 sends nothing while the server suspends it, though nobody reads", async () => {
  await against(() => {}, async (port, far) => {
    const [, transport] = await Promise.all([far.then(serve), open(port)]);
    const server = await far;
    await server.write(command("\x6c") + "stop");
    assert.deepEqual(await transport.read(), encode("stop"));
    let written = false;
    const writing = transport.write(encode("late")).then(() => written = true);
    await server.write("more");
    assert.deepEqual(await transport.read(), encode("more"));
    assert.equal(written, false);
    await server.write(`kept${command("\x6d")}`);
    await writing;
    assert.equal(await server.until("late"), "late");
    assert.deepEqual(await transport.read(), encode("kept"));
    await transport.close();
  });
});

Deno.test("rfc2217 gives up when it is suspended for ever", async () => {
  await against(() => {}, async (port, far) => {
    const [, transport] = await Promise.all([far.then(serve), open(port, { writeTimeoutMs: 500 })]);
    await (await far).write(command("\x6c") + "stop");
    assert.deepEqual(await transport.read(), encode("stop"));
    await assert.rejects(transport.write(encode("late")), (error: TransportError) => {
      assert.equal(error.code, "timeout");
      assert.match(error.message, /has told us to wait for 0\.5 s/);
      return true;
    });
    await transport.close();
  });
});

Deno.test("rfc2217 ignores answers that are cut short or unknown", async () => {
  await against(() => {}, async (port, far) => {
    const [, transport] = await Promise.all([far.then(serve), open(port)]);
    const cut = ["", "\x65", "\x65\0", "\x69", "\xc8\x01", "\x00"].map(command);
    await (await far).write(
      concat([...cut, "ok"].map((text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0)))),
    );
    assert.deepEqual(await transport.read(), encode("ok"));
    await transport.close();
  });
});

for (const text of ["rfc2217://host", "rfc2217://host:1?baud=fast"]) {
  Deno.test(`openRfc2217() refuses ${text}`, async () => {
    await assert.rejects(openRfc2217(parseAddress(text)), { name: "UsageError" });
  });
}
