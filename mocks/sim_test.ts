import assert from "node:assert/strict";
import { faultChoices, profileChoices, startBoards } from "./sim.ts";
import { bytes, dial, Hand } from "./testing.ts";

Deno.test("startBoards() gives each board its addresses", async () => {
  await using simulation = await startBoards({ names: ["a", "b"], pty: true, tcp: 0 });
  const addresses = simulation.boards.map((board) => board.addresses);
  for (const [serial, tcp] of addresses) {
    assert.match(serial, /^serial:\/\/\/dev\/pts\/\d+$/);
    assert.match(tcp, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  }
  assert.equal(new Set(addresses.flat()).size, 4);
  assert.notEqual(simulation.boards[0].board.uid, simulation.boards[1].board.uid);
});

Deno.test("startBoards() says what is wrong before anything starts", async () => {
  await assert.rejects(startBoards({ names: ["a"], faults: ["melt"] }), /no fault "melt"/);
  await assert.rejects(startBoards({ names: ["a"], profile: "avr" }), /no profile "avr"/);
  await assert.rejects(startBoards({ names: ["a"], baud: 0 }), /0 baud is no speed/);
});

Deno.test("startBoards() puts all away when one of them cannot be started", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await assert.rejects(
    startBoards({ names: ["a"], pty: true, tcp: port }),
    Deno.errors.AddrInUse,
  );
  listener.close();
});

Deno.test("a directory keeps a board's files from one run to the next", async () => {
  const directory = await Deno.makeTempDir();
  const outside = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${outside}/secret`, bytes("secret"));
    await Deno.symlink(outside, `${directory}/way_out`);
    const options = { names: ["keeper"], fsDir: directory };
    for (const expected of ["[]", "['d', 'f', 'way_out']"]) {
      await using simulation = await startBoards(options);
      await using hand = new Hand(await simulation.boards[0].board.connect());
      await hand.raw();
      const { out, error } = await hand.exec(
        "import os\nprint(sorted(os.listdir()))\nfor d in ('d', 'way_out'):\n" +
          "  try: os.mkdir(d)\n  except OSError: pass\n" +
          "  with open(d + '/x', 'wb') as f: n = f.write(bytes(range(256)))\n" +
          "with open('t', 'w') as f: n = f.write('hi')\nos.rename('t', 'f')",
      );
      assert.equal(error, "");
      assert.equal(out, `${expected}\r\n`);
    }
    assert.deepEqual([...await Deno.readFile(`${directory}/d/x`)], [...Array(256).keys()]);
    assert.equal(await Deno.readTextFile(`${directory}/f`), "hi");
    // The link was replaced by a directory of the board's own; what it led to is untouched.
    const left = await Array.fromAsync(Deno.readDir(outside), ({ name }) => name);
    assert.deepEqual(left, ["secret"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
    await Deno.remove(outside, { recursive: true });
  }
});

Deno.test("startBoards() says why a directory cannot keep a board's files", async () => {
  const directory = await Deno.makeTempDir();
  const file = `${directory}/file`;
  await Deno.writeFile(file, bytes("a file of somebody"));
  const start = (fsDir: string) => startBoards({ names: ["keeper"], fsDir });
  const refusal = (path: string, reason: RegExp) => (error: Error) => {
    assert.equal(error.name, "RangeError");
    assert.ok(error.message.includes(`"${path}"`), error.message);
    assert.match(error.message, reason);
    return true;
  };
  try {
    await assert.rejects(start(file), refusal(file, /exists|not a directory/));
    await assert.rejects(start(`${file}/below`), refusal(`${file}/below`, /not a directory/));
    assert.equal(await Deno.readTextFile(file), "a file of somebody");
    await Deno.remove(file);
    await Deno.chmod(directory, 0o755);
    await Deno.mkdir(`${directory}/closed`, { mode: 0 });
    const closed = refusal(`${directory}/closed`, /permission denied/);
    await asNobody(() => assert.rejects(start(directory), closed));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Root may read anything; so this does `work` as the user 65534 where we are root. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (Deno.uid() !== 0) return await work();
  // The C library's seteuid() changes all threads of a process.
  const library = Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } });
  assert.equal(library.symbols.seteuid(65_534), 0);
  try {
    await work();
  } finally {
    assert.equal(library.symbols.seteuid(0), 0);
    library.close();
  }
}

Deno.test("a fault works on the ports: cut unplugs behind byte N", async () => {
  await using simulation = await startBoards({ names: ["a"], tcp: 0, faults: ["cut=20"] });
  const [{ addresses: [address] }] = simulation.boards;
  const port = Number(address.split(":").at(-1));
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(bytes("\r\x03\x03\x01\x02"));
  let heard = 0;
  const buffer = new Uint8Array(100);
  for (;;) {
    const count = await conn.read(buffer).catch(() => null);
    if (count === null) break;
    heard += count;
  }
  conn.close();
  assert.equal(heard, 20);
});

Deno.test("latency delays an answer by twice as much", async () => {
  await using simulation = await startBoards({ names: ["a"], tcp: 0, latencyMs: 40 });
  const [{ addresses: [address] }] = simulation.boards;
  const port = Number(address.split(":").at(-1));
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const start = performance.now();
  await conn.write(bytes("\r"));
  await conn.read(new Uint8Array(100));
  const tookMs = performance.now() - start;
  conn.close();
  assert.ok(tookMs >= 79, `${tookMs} ms`);
});

for (const baud of [9_600, 115_200]) {
  Deno.test(`a board at ${baud} baud is not far ahead of its line when interrupted`, async () => {
    await using simulation = await startBoards({ names: ["uart"], tcp: 0, baud });
    await using hand = new Hand(await dial(simulation.boards[0].addresses[0]));
    await hand.raw();
    await hand.send("while True: print('x' * 48)\x04");
    // By now it would be far ahead, had it been let.
    for (let lines = 0; lines < 20; lines++) await hand.until("\r\n");
    hand.heard = "";
    await hand.send("\x03");
    const after = (await hand.until("\x04")).length;
    await hand.until("KeyboardInterrupt: \r\n\x04>");
    // 128 bytes in its FIFO, up to twice that under way, and the rest of the line it was at.
    assert.ok(after < 500, `${after} bytes after Ctrl-C`);
  });
}

Deno.test("profiles and faults are listed with summaries", () => {
  for (const { name, summary } of [...profileChoices(), ...faultChoices()]) {
    assert.match(name, /^[a-z0-9-]+$/);
    assert.ok(summary.length > 20, name);
  }
});
