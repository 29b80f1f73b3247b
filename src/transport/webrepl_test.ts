import assert from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { parseAddress } from "./address.ts";
import { against, type FarCodec, type FarConn, openLink } from "./conn_testing.ts";
import { type Transport, TransportError } from "./transport.ts";
import { transportSuite } from "./transport_suite.ts";
import { openWebRepl, type WebReplOptions } from "./webrepl.ts";

const PASSWORD = "s3cr3t!";
const secret = (name: string) => Promise.resolve(name === "webrepl_pwd" ? PASSWORD : undefined);

const open = (port: number, options: WebReplOptions = {}) =>
  openWebRepl(parseAddress(`ws://127.0.0.1:${port}`), { secret, ...options });

/** A board's frames, written from RFC 6455 and no other: never masked, read unmasked. */
class BoardCodec implements FarCodec {
  /** Lengths of the frames that came, and their first bytes. */
  readonly frames: { first: number; length: number }[] = [];
  #held: Uint8Array = new Uint8Array();

  encode(data: Uint8Array): Uint8Array {
    return frame(0x81, data);
  }

  decode(bytes: Uint8Array): Uint8Array {
    this.#held = concat([this.#held, bytes]);
    const payloads: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const held = this.#held.subarray(at);
      const short = (held[1] ?? 0) & 0x7f;
      const head = short === 126 ? 4 : 2;
      const length = short === 126 ? held[2] * 256 + held[3] : short;
      if (held.length < head + 4 || held.length < head + 4 + length) break;
      assert.equal(held[1] & 0x80, 0x80, "a frame that is not masked");
      assert.notEqual(short, 127, "a length of eight bytes, at which a stock WebREPL stops");
      const mask = held.subarray(head, head + 4);
      const payload = held.slice(head + 4, head + 4 + length).map((byte, i) => byte ^ mask[i % 4]);
      this.frames.push({ first: held[0], length });
      payloads.push(payload);
      at += head + 4 + length;
    }
    this.#held = this.#held.slice(at);
    return concat(payloads);
  }
}

function frame(first: number, payload: Uint8Array | string): Uint8Array {
  const data = typeof payload === "string" ? encode(payload) : payload;
  const { length } = data;
  const head = length < 126
    ? [length]
    : length < 65_536
    ? [126, length >> 8, length & 0xff]
    : [127, 0, 0, 0, 0, length >>> 24, length >>> 16, length >>> 8, length];
  return concat([Uint8Array.of(first, ...head), data]);
}

/** Reads the request as a stock webrepl.py does, and answers. */
async function shakeHands(far: FarConn): Promise<void> {
  const [, ...lines] = (await far.until("\r\n\r\n")).trimEnd().split("\r\n");
  const headers = new Map(lines.map((line) => line.split(/: */, 2) as [string, string]));
  assert.equal(headers.get("Upgrade"), "websocket");
  assert.match(headers.get("Connection")!, /Upgrade/);
  const key = headers.get("Sec-WebSocket-Key")! + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = new Uint8Array(await crypto.subtle.digest("SHA-1", encode(key))).toBase64();
  await far.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

/** Asks for the password; returns the codec once it has come, whatever it is. */
async function askPassword(far: FarConn): Promise<{ codec: BoardCodec; password: string }> {
  await shakeHands(far);
  await far.write(frame(0x81, "Password: "));
  const codec = new BoardCodec();
  let password = "";
  while (!password.endsWith("\r")) {
    password += new TextDecoder().decode(codec.decode(await far.read()));
  }
  return { codec, password };
}

/** A WebREPL up to its first prompt, which the client may read. */
async function serve(far: FarConn): Promise<BoardCodec> {
  const { codec, password } = await askPassword(far);
  assert.equal(password, `${PASSWORD}\r`);
  await far.write(frame(0x81, "\r\nWebREPL connected\r\n"));
  return codec;
}

const unhurried = { frameBytes: 255, burstBytes: Infinity, pauseMs: 0 };

transportSuite(
  "ws",
  (options) => openLink({ open: (port) => open(port, { ...options, pacing: unhurried }), serve }),
  {
    refusals: {
      "no-password": () =>
        against(
          askPasswordOnly,
          (port) => open(port, { secret: () => Promise.resolve(undefined) }),
        ),
      "wrong-password": () => against(deny, (port) => open(port)),
      busy: () =>
        against(async (far) => {
          await shakeHands(far);
          await far.hangUp();
        }, (port) => open(port)),
      timeout: () => against(() => {}, (port) => open(port, { loginMs: 50 })),
      foreign: () => against((far) => far.write("SSH-2.0-OpenSSH_9.2\r\n"), (port) => open(port)),
    },
  },
);

async function askPasswordOnly(far: FarConn) {
  await shakeHands(far);
  await far.write(frame(0x81, "Password: "));
}

/** As a stock WebREPL does, but for a hateful one that says back what it was sent. */
async function deny(far: FarConn) {
  const { password } = await askPassword(far);
  await far.write(frame(0x81, `\r\nYou said ${password}\r\nAccess denied\r\n`));
}

/** Asserts how opening fails against `server`, and that the message gives no password away. */
async function refuses(
  server: (far: FarConn) => void | Promise<void>,
  expected: { code: string; message: RegExp; options?: WebReplOptions },
) {
  await against(server, async (port) => {
    await assert.rejects(open(port, expected.options), (error: TransportError) => {
      assert.ok(error instanceof TransportError, `${error}`);
      assert.equal(error.code, expected.code);
      assert.match(error.message, expected.message);
      assert.ok(!Deno.inspect(error).includes(PASSWORD), "the password is in the error");
      return true;
    });
  });
}

Deno.test("openWebRepl() says what to do without a password, with a wrong one, a long one", async () => {
  await refuses(deny, { code: "wrong-password", message: /does not accept.*webrepl_cfg\.py/ });
  await refuses(askPasswordOnly, {
    code: "no-password",
    message: /Put it into secrets\.py as webrepl_pwd/,
    options: { secret: () => Promise.resolve("") },
  });
  for (const long of ["0123456789", "ééééé", "a\rb"]) {
    await refuses(askPasswordOnly, {
      code: "wrong-password",
      message: /at most 9 characters/,
      options: { secret: () => Promise.resolve(long) },
    });
  }
});

Deno.test("openWebRepl() tells a password that ends the connection for a wrong one", async () => {
  await refuses(async (far) => {
    await askPassword(far);
    await far.hangUp();
  }, { code: "wrong-password", message: /does not accept/ });
});

Deno.test("openWebRepl() says that a board has a client, whenever it hangs up", async () => {
  const message = /hangs up at once: a WebREPL takes one client/;
  await refuses(async (far) => {
    await far.until("\r\n\r\n");
    await far.hangUp();
  }, { code: "busy", message });
});

Deno.test("openWebRepl() says what answers instead of a WebREPL", async () => {
  const html = 'HTTP/1.0 200 OK\r\n\r\n<base href="https://micropython.org/webrepl/"></base>\r\n';
  await refuses(async (far) => {
    await far.until("\r\n\r\n");
    await far.write(html);
  }, { code: "foreign", message: /is a web server, but no WebREPL: it said "HTTP\/1\.0 200 OK"/ });
  await refuses((far) => far.write("x".repeat(100_000)), {
    code: "foreign",
    message: /is no WebREPL: it said "…?x+"/,
  });
  await refuses(async (far) => {
    await far.until("\r\n\r\n");
    await far.write(`HTTP/1.1 101 OK\r\n${"X-Filler: y\r\n".repeat(5_000)}`);
  }, { code: "foreign", message: /is no WebREPL/ });
  await refuses(async (far) => {
    await shakeHands(far);
    await far.write(frame(0x81, "Hello! ".repeat(1_000)));
  }, { code: "foreign", message: /is a WebSocket, but no WebREPL.*it said "… Hello! / });
});

Deno.test("openWebRepl() checks that the answer is to its own request", async () => {
  await refuses(async (far) => {
    await far.until("\r\n\r\n");
    await far.write(
      "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    );
  }, { code: "foreign", message: /Sec-WebSocket-Accept is wrong/ });
});

Deno.test("openWebRepl() can be interrupted at any point", async () => {
  const points: ((far: FarConn) => Promise<unknown>)[] = [
    (far) => far.until("\r\n\r\n"),
    (far) => shakeHands(far),
    (far) => askPassword(far),
  ];
  for (const reach of points) {
    await against(() => {}, async (port, far) => {
      const stop = new AbortController();
      const reason = new Error("enough");
      const opening = assert.rejects(open(port, { signal: stop.signal }), reason);
      await reach(await far);
      stop.abort(reason);
      await opening;
      assert.ok(await (await far).hungUp());
    });
  }
});

/** A transport and the board at its other end. */
async function connected(
  work: (ends: { transport: Transport; far: FarConn; codec: BoardCodec }) => Promise<void>,
  options: WebReplOptions = {},
) {
  await against(() => {}, async (port, accepted) => {
    const far = await Promise.all([accepted.then(serve), open(port, options)]);
    const [codec, transport] = far;
    await using _closed = transport;
    await work({ transport, far: await accepted, codec });
  });
}

Deno.test("ws: what follows the welcome, in whatever frames, is the first to be read", async () => {
  await against(async (far) => {
    await askPassword(far);
    const said = encode("\r\nWebREPL connected\r\n>>> ");
    await far.write(concat([...said].map((byte) => frame(0x81, Uint8Array.of(byte)))));
  }, async (port) => {
    await using transport = await open(port);
    let heard = "";
    while (heard.length < 4) heard += new TextDecoder().decode(await transport.read());
    assert.equal(heard, ">>> ");
  });
});

Deno.test("ws: a board that says nothing gets no more than its ring holds between pauses", async () => {
  const pauses: number[] = [];
  let release = () => {};
  const sleep = (ms: number) => {
    pauses.push(ms);
    return new Promise<void>((resolve) => release = resolve);
  };
  await connected(async ({ transport, far, codec }) => {
    const sent = Uint8Array.from({ length: 600 }, (_, i) => i);
    const writing = transport.write(sent);
    codec.frames.length = 0;
    let heard: Uint8Array = new Uint8Array();
    for (const upTo of [256, 512, 600]) {
      while (heard.length < upTo) heard = concat([heard, codec.decode(await far.read())]);
      assert.equal(heard.length, upTo);
      release();
    }
    await writing;
    assert.deepEqual(heard, sent);
    assert.deepEqual(codec.frames.map(({ length }) => length), [255, 1, 255, 1, 88]);
    assert.ok(codec.frames.every(({ first }) => first === 0x81));
    assert.deepEqual(pauses, [10, 10]);
  }, { sleep });
});

Deno.test("ws: a board that answers is not waited for", async () => {
  const sleep = () => Promise.reject(new Error("it waited"));
  await connected(async ({ transport, far, codec }) => {
    for (let i = 0; i < 20; i++) {
      await transport.write(new Uint8Array(128));
      for (let have = 0; have < 128;) have += codec.decode(await far.read()).length;
      await far.write(frame(0x81, "\x01"));
      await transport.read();
    }
  }, { sleep });
});

Deno.test("ws: fragments, binary frames and text that is no UTF-8 are bytes like others", async () => {
  await connected(async ({ transport, far }) => {
    await far.write(concat([
      frame(0x01, "a"),
      frame(0x89, ""),
      frame(0x00, Uint8Array.of(0xff, 0xc3)),
      frame(0x80, Uint8Array.of(0x28)),
      frame(0x82, "b"),
      frame(0x8a, "late pong"),
      frame(0x81, ""),
    ]));
    let heard: Uint8Array = new Uint8Array();
    while (heard.length < 5) heard = concat([heard, await transport.read()]);
    assert.deepEqual(heard, Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0x62));
  });
});

Deno.test("ws: a frame of a megabyte is read as it comes", async () => {
  await connected(async ({ transport, far }) => {
    const big = new Uint8Array(1_048_576).fill(0x78);
    const writing = far.write(frame(0x82, big));
    for (let have = 0; have < big.length;) have += (await transport.read()).length;
    await writing;
  });
});

Deno.test("ws: a ping is answered with what it holds, between frames", async () => {
  await connected(async ({ transport, far, codec }) => {
    await far.write(concat([frame(0x89, "are you there"), frame(0x81, "x")]));
    await transport.read();
    let heard = "";
    codec.frames.length = 0;
    while (heard === "") heard = new TextDecoder().decode(codec.decode(await far.read()));
    assert.equal(heard, "are you there");
    assert.deepEqual(codec.frames, [{ first: 0x8a, length: 13 }]);
  });
});

Deno.test("ws: data before a close frame is read, then the reason told", async () => {
  await connected(async ({ transport, far }) => {
    const reason = concat([Uint8Array.of(0x03, 0xe9), encode("rebooting")]);
    await far.write(concat([frame(0x81, "last"), frame(0x88, reason)]));
    assert.deepEqual(await transport.read(), encode("last"));
    await assert.rejects(transport.read(), (error: TransportError) => {
      assert.equal(error.code, "gone");
      assert.match(error.message, /it closed the connection \(rebooting\)/);
      return true;
    });
  });
});

Deno.test("ws: bytes that are no frame end it", async () => {
  await connected(async ({ transport, far }) => {
    await far.write(concat([frame(0x81, "ok"), encode("garbage")]));
    assert.deepEqual(await transport.read(), encode("ok"));
    await assert.rejects(transport.read(), {
      code: "gone",
      message: /it sent a frame that begins/,
    });
  });
});

Deno.test("ws: close() says so, in a frame without a payload", async () => {
  await connected(async ({ transport, far, codec }) => {
    await transport.close();
    codec.frames.length = 0;
    codec.decode(await far.read());
    assert.deepEqual(codec.frames, [{ first: 0x88, length: 0 }]);
  });
});

Deno.test("openWebRepl() refuses an address without a host", async () => {
  await assert.rejects(openWebRepl(parseAddress("ws://")), { name: "UsageError" });
});
