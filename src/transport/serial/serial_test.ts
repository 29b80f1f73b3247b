import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { parseAddress } from "@/transport/address.ts";
import { TransportError } from "@/transport/transport.ts";
import { transportSuite } from "@/transport/transport_suite.ts";
import { readLines } from "./lines.ts";
import { groupName } from "./owner.ts";
import { openPty } from "./pty_testing.ts";
import { openSerial } from "./serial.ts";

transportSuite("serial", async (options) => {
  const pty = await openPty();
  const address = parseAddress(`serial://${pty.path}`);
  const transport = await openSerial(address, options);
  return {
    transport,
    far: {
      read: () => pty.far.read(),
      write: (data) => pty.far.write(data),
      hangUp: () => pty.far.close(),
    },
    openAgain: () => openSerial(address, options),
    async [Symbol.asyncDispose]() {
      await transport.close();
      await pty.far.close();
    },
  };
});

const open = (text: string) => openSerial(parseAddress(text));

Deno.test("openSerial() names the program that holds the port", async () => {
  await using pty = await openPty();
  await using _held = await open(`serial://${pty.path}`);
  await assert.rejects(open(`serial://${pty.path}`), (error: TransportError) => {
    assert.equal(error.code, "busy");
    assert.ok(error.message.includes(`(process ${Deno.pid})`), error.message);
    return true;
  });
});

Deno.test("openSerial() names a port that another program has locked", async () => {
  await using pty = await openPty();
  const script = 'exec 3<>"$0"; flock -n 3 || exit 1; echo locked; exec cat';
  const other = new Deno.Command("sh", {
    args: ["-c", script, pty.path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = other.stdout.getReader();
  try {
    await reader.read();
    await assert.rejects(open(`serial://${pty.path}`), (error: TransportError) => {
      assert.equal(error.code, "busy");
      assert.ok(error.message.includes(`cat (process ${other.pid})`), error.message);
      return true;
    });
  } finally {
    await other.stdin.close();
    await reader.cancel();
    await other.status;
  }
  await using _free = await open(`serial://${pty.path}`);
});

Deno.test("openSerial() takes any speed, and a pseudo-terminal without modem lines", async () => {
  await using pty = await openPty();
  await using port = await open(`serial://${pty.path}?baud=1234567`);
  assert.equal(await port.modem.state(), undefined);
  assert.equal(await port.modem.set({ dtr: false, rts: false }), false);
  assert.equal(await port.modem.set({}), true);
});

Deno.test("openSerial() passes every byte unchanged, CR, LF and Ctrl-C included", async () => {
  await using pty = await openPty();
  await using port = await open(`serial://${pty.path}`);
  await pty.far.write(encode("a\r\nb\n\x03\x04\x11\x13\x7f"));
  assert.deepEqual(await port.read(), encode("a\r\nb\n\x03\x04\x11\x13\x7f"));
});

Deno.test("many ports wait at once, and each gets its own bytes", async () => {
  await using stack = new AsyncDisposableStack();
  const links = [];
  for (let i = 0; i < 40; i++) {
    const pty = stack.use(await openPty());
    links.push({ pty, port: stack.use(await open(`serial://${pty.path}`)) });
  }
  const reads = links.map(({ port }) => port.read());
  for (const [i, { pty }] of links.entries()) await pty.far.write(encode(`port ${i}`));
  for (const [i, read] of reads.entries()) assert.deepEqual(await read, encode(`port ${i}`));
});

Deno.test("a port that floods does not keep timers from running", async () => {
  await using pty = await openPty();
  await using port = await open(`serial://${pty.path}`);
  let flooding = true;
  const flood = (async () => {
    while (flooding) await pty.far.write(new Uint8Array(4096));
  })();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  while (ticks < 5) await port.read();
  clearInterval(timer);
  flooding = false;
  const drained = new AbortController();
  const drain = (async () => {
    for (;;) await port.read({ signal: drained.signal });
  })();
  await flood;
  drained.abort();
  await drain.catch(() => {});
});

for (
  const [address, code, message] of [
    ["serial:///dev/no-such-port", "missing", /There is no port "\/dev\/no-such-port"/],
    ["serial:///etc/passwd", undefined, /"\/etc\/passwd" is not a serial port/],
    ["serial:///etc/passwd/x", "missing", /There is no port/],
    ["serial:///tmp", undefined, /"\/tmp" is not a serial port/],
    ["serial:///dev/null", undefined, /"\/dev\/null" is not a serial port/],
    ["serial://dev/ttyACM0", undefined, /as in serial:\/\/\/dev\/ttyACM0/],
    ["serial:///", undefined, /names no port/],
    ["serial:///dev/ttyACM0?baud=fast", undefined, /"fast" .* is not a speed/],
    ["serial:///dev/ttyACM0?baud=0", undefined, /"0" .* is not a speed/],
  ] as const
) {
  Deno.test(`openSerial() refuses ${address}`, async () => {
    await assert.rejects(open(address), (error: Error & { code?: string; exitCode?: number }) => {
      assert.equal(error.code, code);
      assert.equal(error.exitCode, code === undefined ? 2 : 3);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("openSerial() says which group to join when access is denied", async () => {
  await using pty = await openPty();
  await Deno.chmod(pty.path, 0);
  // The error is made before openSerial() first waits, so only that moment is somebody else's.
  const opening = asNobody(() => open(`serial://${pty.path}`));
  await assert.rejects(opening, (error: TransportError) => {
    assert.equal(error.code, "denied");
    assert.match(error.message, /permission denied.*usermod -aG \w+ \$USER/);
    return true;
  });
});

/** Root may open anything; so this does `work` as the user 65534 where we are root. */
function asNobody<T>(work: () => T): T {
  if (Deno.uid() !== 0) return work();
  const library = Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } });
  assert.equal(library.symbols.seteuid(65_534), 0);
  try {
    return work();
  } finally {
    assert.equal(library.symbols.seteuid(0), 0);
    library.close();
  }
}

Deno.test("groupName() reads /etc/group", () => {
  const groups = "root:x:0:\ndialout:x:20:alice,bob\n";
  assert.equal(groupName(groups, 20), "dialout");
  assert.equal(groupName(groups, 21), undefined);
});

Deno.test("openSerial() takes the names of /dev/serial/by-id, and is busy by any name", async () => {
  await using pty = await openPty();
  const directory = await Deno.makeTempDir();
  try {
    const link = `${directory}/usb-Some_Board_0123-if00`;
    await Deno.symlink(pty.path, link);
    await using transport = await open(`serial://${link}`);
    await transport.write(encode("x"));
    assert.deepEqual(await pty.far.read(), encode("x"));
    await assert.rejects(open(`serial://${pty.path}`), { code: "busy" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("openSerial() says so when a port has no lines to set, and lets it go", async () => {
  await using pty = await openPty();
  const address = `serial://${pty.path}`;
  await assert.rejects(open(`${address}?dtr=off&rts=off`), /has no lines DTR and RTS to set/);
  await using _again = await open(address);
});

Deno.test("readLines() reads the lines that an address names", () => {
  const read = (query: string) => readLines(parseAddress(`serial:///dev/ttyUSB0${query}`));
  assert.deepEqual(read(""), {});
  assert.deepEqual(read("?dtr=off&rts=on"), { dtr: false, rts: true });
  assert.throws(() => read("?rts=1"), { name: "UsageError", message: /rts is on or off/ });
});
