import assert from "node:assert/strict";
import { startBoards } from "../sim.ts";
import { bytes, dial, Hand, latin, within } from "../testing.ts";
import type { Link } from "./link.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST = "GET / HTTP/1.1\r\nHost: board\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  `Sec-WebSocket-Key: ${KEY}\r\n\r\n`;

/** What a client sends: masked, of up to 65,535 bytes. */
function masked(opcode: number, data: Uint8Array): Uint8Array {
  const mask = [0x11, 0x22, 0x33, 0x44];
  const length = data.length < 126 ? [data.length] : [126, data.length >> 8, data.length & 0xff];
  length[0] |= 0x80;
  return Uint8Array.of(0x80 | opcode, ...length, ...mask, ...data.map((b, i) => b ^ mask[i & 3]));
}

/** A link whose bytes are the payloads of frames, as a client of the tests sees them. */
class Frames implements Link {
  readonly frames: { opcode: number; text: string }[] = [];
  readonly #link: Link;
  #buffer: number[] = [];

  constructor(link: Link) {
    this.#link = link;
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const [first, length, high, low] = this.#buffer;
      const head = length === 126 ? 4 : 2;
      const size = length === 126 ? high << 8 | low : length;
      if (length !== undefined && this.#buffer.length >= head + size) {
        assert.equal(first & 0x80, 0x80, "a final frame");
        assert.ok(length <= 126, "not masked, not of 64 bits");
        const data = Uint8Array.from(this.#buffer.splice(0, head + size).slice(head));
        this.frames.push({ opcode: first & 15, text: latin(data) });
        return data;
      }
      const chunk = await this.#link.read();
      if (chunk === null) return null;
      this.#buffer.push(...chunk);
    }
  }

  write(data: Uint8Array): Promise<void> {
    return this.#link.write(masked(1, data));
  }

  binary(data: Uint8Array): Promise<void> {
    return this.#link.write(masked(2, data));
  }

  raw(data: Uint8Array): Promise<void> {
    return this.#link.write(data);
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

const dialWs = (address: string) => dial(address.replace("ws:", "tcp:"));

/** Sends a request; returns what came up to the empty line, and the connection. */
async function ask(address: string, request = REQUEST): Promise<{ head: string; frames: Frames }> {
  const link = await dialWs(address);
  await link.write(bytes(request));
  let head = "";
  for (;;) {
    const chunk = await within(link.read());
    if (chunk === null) break;
    head += latin(chunk);
    if (head.includes("\r\n\r\n")) break;
  }
  const end = head.indexOf("\r\n\r\n") + 4;
  const rest = bytes(head.slice(end));
  const frames = new Frames({
    ...link,
    read: ((first: Uint8Array | undefined) => () => {
      const chunk = first;
      first = undefined;
      return chunk === undefined ? link.read() : Promise.resolve(chunk);
    })(rest.length > 0 ? rest : undefined),
  });
  return { head: head.slice(0, end), frames };
}

async function logIn(address: string, password = "simulated"): Promise<[Hand, Frames]> {
  const { head, frames } = await ask(address);
  assert.match(head, /^HTTP\/1\.1 101 /);
  const hand = new Hand(frames);
  await hand.until("Password: ");
  await hand.send(`${password}\r`);
  return [hand, frames];
}

const CONNECTED = "\r\nWebREPL connected\r\n>>> ";

Deno.test("WebREPL: handshake, password, and the REPL in text frames", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [address] = sim.boards[0].addresses;
  assert.match(address, /^ws:\/\/127\.0\.0\.1:\d+$/);
  const { head, frames } = await ask(address);
  assert.equal(
    head,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  );
  await using hand = new Hand(frames);
  assert.equal(await hand.until(": "), "Password: ");
  await hand.send("simulated\r");
  assert.equal(await hand.until(">>> "), CONNECTED);
  await hand.raw();
  const { out } = await hand.exec("import sys\nn = sys.stdout.buffer.write(b'\\xff\\xfe')");
  assert.equal(out, "\xff\xfe");
  assert.ok(frames.frames.every(({ opcode }) => opcode === 1));
});

Deno.test("WebREPL: names of headers are compared as they are written", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [address] = sim.boards[0].addresses;
  const page = /^HTTP\/1\.0 200 OK\r\n\r\n$/;
  const wrong = [
    REQUEST.replace("Sec-WebSocket-Key", "sec-websocket-key"),
    REQUEST.replace("Upgrade: websocket", "upgrade: websocket"),
    REQUEST.replace("Upgrade: websocket", "Upgrade: WebSocket"),
    REQUEST.replace("Connection: Upgrade", "Connection: upgrade"),
    "GET / HTTP/1.1\r\n\r\n",
  ];
  for (const request of wrong) {
    const { head, frames } = await ask(address, request);
    assert.match(head, page, request);
    await frames.close();
  }
  const loose = REQUEST.replace("Connection: Upgrade", "Connection:keep-alive, Upgrade");
  const { head, frames } = await ask(address, loose);
  assert.match(head, /^HTTP\/1\.1 101 /);
  await frames.close();
});

Deno.test("WebREPL: a header without a colon gets no answer, and others get theirs", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [address] = sim.boards[0].addresses;
  const link = await dialWs(address);
  await link.write(bytes("GET / HTTP/1.1\r\nnonsense\r\n"));
  const [hand] = await logIn(address);
  await using _ = hand;
  await hand.until(CONNECTED);
  await using silent = new Hand(link);
  assert.equal(await silent.untilQuiet(50), "");
});

Deno.test("WebREPL: a wrong password is denied, and so is a longer one that begins right", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0, password: "secret" });
  const [address] = sim.boards[0].addresses;
  for (const word of ["wrong", "secretx", "secret", "Secret", "", "secret    x", "s".repeat(300)]) {
    const [hand] = await logIn(address, word);
    await using _ = hand;
    if (word === "secret") assert.equal(await hand.until(">>> "), CONNECTED);
    else assert.equal(await hand.untilGone(), "\r\nAccess denied\r\n", word);
  }
});

Deno.test("WebREPL: a second client is refused after its handshake, and the first hears of it", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [address] = sim.boards[0].addresses;
  const [first] = await logIn(address);
  await using _ = first;
  await first.until(CONNECTED);
  const { head, frames } = await ask(address);
  await using second = new Hand(frames);
  assert.match(head, /^HTTP\/1\.1 101 /);
  assert.equal(await second.untilGone(), "");
  assert.match(
    await first.until("rejected\r\n"),
    /^\r\nConcurrent WebREPL connection from \('127\.0\.0\.1', \d+\) rejected\r\n$/,
  );
  await first.raw();
  assert.equal((await first.exec("print(1)")).out, "1\r\n");
});

Deno.test("WebREPL: the cable hears it too, and what came and went", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  await using cable = new Hand(await sim.boards[0].board.connect());
  const [hand] = await logIn(sim.boards[0].addresses[0]);
  {
    await using _ = hand;
    await hand.until(CONNECTED);
    assert.match(
      await cable.until("\r\n"),
      /^\r\n$/,
    );
    await cable.until("WebREPL connection from: ('127.0.0.1', ");
    await hand.send("print('both')\r");
    await hand.until("both\r\n>>> ");
    await cable.until("both\r\n>>> ");
  }
  await cable.until("dupterm: EOF received, deactivating\r\n");
});

Deno.test("WebREPL: what the receive ring cannot take is lost", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [hand] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  await hand.raw();
  await hand.send(
    "import sys, time, select\np = select.poll()\np.register(sys.stdin, 1)\nprint('go')\n" +
      "while not p.poll(0): pass\n\x04",
  );
  await hand.until("go\r\n");
  await hand.send("x".repeat(1000));
  // The loop has ended, or ends with the first of them; the rest lies in the ring of the raw REPL.
  await hand.until("\x04\x04>");
  await hand.send("\x03print(1)\x04");
  await hand.until("OK1\r\n\x04\x04>");
  await hand.send(
    "import time\nprint('go')\ntime.sleep_ms(300)\nprint(len(sys.stdin.buffer.read(259)))\n" +
      "print(p.poll(0))\x04",
  );
  await hand.until("go\r\n");
  await hand.send("y".repeat(1000));
  assert.equal(await hand.until("\x04\x04>"), "259\r\n[]\r\n\x04\x04>");
});

/** `<2sBBQLH64s`: what a file operation begins with. */
function header(type: number, path: string, size = 0): Uint8Array {
  const out = new Uint8Array(82);
  out.set([0x57, 0x41, type]);
  new DataView(out.buffer).setUint32(12, size, true);
  new DataView(out.buffer).setUint16(16, path.length, true);
  out.set(bytes(path), 18);
  return out;
}

const DONE = "WB\x00\x00";

Deno.test("WebREPL: PUT, GET and GET_VER in binary frames", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [hand, frames] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  await frames.binary(header(3, ""));
  assert.equal(await hand.until("\x01\x1b\x00"), "\x01\x1b\x00");
  const content = Uint8Array.from({ length: 1500 }, (_, i) => i * 7);
  await frames.binary(header(1, "/put.bin", content.length));
  assert.equal(await hand.until(DONE), DONE);
  for (let at = 0; at < content.length; at += 1024) {
    await frames.binary(content.subarray(at, at + 1024));
  }
  assert.equal(await hand.until(DONE), DONE);
  await frames.binary(header(2, "/put.bin"));
  assert.equal(await hand.until(DONE), DONE);
  let got = "";
  for (;;) {
    await frames.binary(Uint8Array.of(0));
    frames.frames.length = 0;
    while (frames.frames.length === 0) await hand.more();
    const { opcode, text } = frames.frames[0];
    hand.heard = hand.heard.slice(text.length);
    assert.equal(opcode, 2);
    assert.equal(text.charCodeAt(0) | text.charCodeAt(1) << 8, text.length - 2);
    if (text.length === 2) break;
    assert.ok(text.length <= 258);
    got += text.slice(2);
  }
  assert.equal(got, latin(content));
  assert.equal(await hand.until(DONE), DONE);
  // An empty file is done at once: two answers.
  await frames.binary(header(1, "empty", 0));
  assert.equal(await hand.until(DONE + DONE), DONE + DONE);
  await hand.raw();
  assert.equal(
    (await hand.exec("import os\nprint(os.stat('put.bin')[6], os.stat('empty')[6])")).out,
    "1500 0\r\n",
  );
});

Deno.test("WebREPL: a full flash is not reported", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0, profile: "legacy" });
  const [hand, frames] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  await hand.raw();
  await hand.exec(
    "f = open('fill', 'wb')\ntry:\n  while 1: f.write(bytes(4096))\nexcept OSError: pass\nf.close()",
  );
  await frames.binary(header(1, "lost", 600));
  await hand.until(DONE);
  await frames.binary(new Uint8Array(600));
  await hand.until(DONE);
  assert.equal((await hand.exec("import os\nprint(os.stat('lost')[6])")).out, "0\r\n");
});

Deno.test("WebREPL: a file that is not there ends the connection, and the cable hears why", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  await using cable = new Hand(await sim.boards[0].board.connect());
  const [hand, frames] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  await frames.binary(header(2, "nowhere"));
  assert.equal(await hand.untilGone(), "");
  await cable.until("dupterm: Exception in read() method, deactivating: OSError: [Errno 2]");
});

for (const restart of ["soft reset", "reset button"] as const) {
  Deno.test(`WebREPL: a ${restart} ends the connection, and the next one is served`, async () => {
    await using sim = await startBoards({ names: ["air"], ws: 0 });
    const [{ board, addresses: [address] }] = sim.boards;
    const [hand] = await logIn(address);
    await using _ = hand;
    await hand.until(CONNECTED);
    if (restart === "soft reset") {
      await hand.send("\x04");
      assert.match(await hand.untilGone(), /MPY: soft reboot\r\n/);
    } else {
      await board.reset();
      await hand.untilGone();
    }
    const [again] = await logIn(address);
    await using _again = again;
    await again.until(CONNECTED);
    await again.raw();
    assert.equal((await again.exec("print(2)")).out, "2\r\n");
  });
}

Deno.test("WebREPL: a ping gets no pong, frames need no mask, and a close is answered oddly", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [hand, frames] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  await frames.raw(masked(9, new Uint8Array(0)));
  await frames.raw(Uint8Array.of(0x81, 2, 0x37, 0x0d));
  assert.equal(await hand.until(">>> "), "7\r\n7\r\n>>> ");
  // One with a status is answered, but only the end of the client's TCP connection is an end.
  await frames.raw(masked(8, Uint8Array.of(3, 0xe8)));
  assert.equal(await hand.until("\x88\x00"), "\x88\x00");
  await hand.send("8\r");
  assert.equal(await hand.until(">>> "), "8\r\n8\r\n>>> ");
  await frames.raw(masked(8, new Uint8Array(0)));
  assert.equal(await hand.untilGone(), "\x88\x00");
  assert.deepEqual(frames.frames.at(-1), { opcode: 1, text: "\x88\x00" });
});

Deno.test("WebREPL: frames may come in pieces of any size", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0 });
  const [hand, frames] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  for (const byte of masked(1, bytes("print('a' * 3)\r"))) await frames.raw(Uint8Array.of(byte));
  assert.equal(await hand.until("\r\n>>> "), "print('a' * 3)\r\naaa\r\n>>> ");
});

Deno.test("WebREPL: a cut ends it, and a mute board is not heard inside its frames", async () => {
  await using sim = await startBoards({ names: ["air"], ws: 0, faults: ["mute=6"] });
  const [hand] = await logIn(sim.boards[0].addresses[0]);
  await using _ = hand;
  await hand.until(CONNECTED);
  await hand.send("\r\r\r");
  assert.equal(await hand.until(">>> "), "\r\n>>> ");
  assert.equal(await hand.untilQuiet(50), "");
  await using other = await startBoards({ names: ["air"], ws: 0, faults: ["cut=10"] });
  const [second] = await logIn(other.boards[0].addresses[0]);
  await using _second = second;
  await second.until(CONNECTED);
  await second.send("print('a' * 99)\r");
  assert.equal(await second.untilGone(), "print('a' ");
});
