import assert from "node:assert/strict";
import { SimulatedBoard } from "../board.ts";
import { bytes, Hand } from "../testing.ts";
import {
  acquireLibc,
  cString,
  libc,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  POLLIN,
  releaseLibc,
} from "./libc.ts";
import type { Link } from "./link.ts";
import { Poller } from "./poller.ts";
import { PtyPort } from "./pty.ts";

/** Opens a serial port as a program would, without setting it up. */
function open(path: string): Link {
  acquireLibc();
  const fd = libc().open(cString(path), O_RDWR | O_NOCTTY | O_NONBLOCK);
  assert.ok(fd >= 0, `cannot open ${path}`);
  const buffer = new Uint8Array(65_536);
  let closed = false;
  return {
    async read() {
      for (;;) {
        if (closed) return null;
        const { promise, resolve } = Promise.withResolvers<number>();
        const watch = Poller.shared.watch(fd, POLLIN, resolve);
        const revents = await promise;
        await watch.close();
        const count = Number(libc().read(fd, buffer, BigInt(buffer.length)));
        if (count > 0) return buffer.slice(0, count);
        if (revents & ~POLLIN) return null;
      }
    },
    async write(data) {
      for (let at = 0; at < data.length;) {
        const rest = data.slice(at);
        const count = Number(libc().write(fd, rest, BigInt(rest.length)));
        if (count > 0) at += count;
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    close() {
      if (!closed) {
        libc().close(fd);
        releaseLibc();
      }
      closed = true;
      return Promise.resolve();
    },
  };
}

/** A hand on the port; what it waits for comes before it is closed, so that no read is left over. */
async function atPort<T>(path: string, work: (hand: Hand) => Promise<T>): Promise<T> {
  const link = open(path);
  try {
    return await work(new Hand(link));
  } finally {
    await link.close();
  }
}

function refusal(link: string, reason: RegExp) {
  return (error: Error) => {
    assert.equal(error.name, "RangeError");
    assert.ok(error.message.startsWith(`Cannot make the link "${link}": `), error.message);
    assert.match(error.message, reason);
    return true;
  };
}

Deno.test("PtyPort is a serial port that can be closed and opened again; the board goes on", async () => {
  await using board = await SimulatedBoard.start({ name: "tty" });
  await using port = await PtyPort.open(board);
  assert.match(port.address, /^serial:\/\/\/dev\/pts\/\d+$/);
  await atPort(port.path, async (hand) => {
    await hand.raw();
    assert.deepEqual(await hand.exec("x = 42\nprint('up')"), { out: "up\r\n", error: "" });
  });
  for (let i = 0; i < 5; i++) {
    await atPort(port.path, async (hand) => {
      await hand.raw();
      assert.equal((await hand.exec("print(x)")).out, "42\r\n");
    });
  }
});

Deno.test("PtyPort passes all bytes both ways, as they are", async () => {
  await using board = await SimulatedBoard.start({ name: "tty", profile: "pico" });
  await using port = await PtyPort.open(board);
  await atPort(port.path, async (hand) => {
    await hand.raw();
    await hand.send(
      "import sys, micropython\nmicropython.kbd_intr(-1)\nprint('go')\n" +
        "for i in range(40):\n  n = sys.stdout.buffer.write(sys.stdin.buffer.read(256))\x04",
    );
    await hand.until("go\r\n");
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    const sending = hand.send(all.repeat(40));
    const end = "\x04\x04>";
    assert.equal(await hand.until(all.slice(0, 1)), all.slice(0, 1));
    let heard = all.slice(0, 1);
    while (heard.length < 256 * 40) heard += await hand.until(all.slice(255));
    await sending;
    assert.equal(heard, all.repeat(40));
    assert.equal(await hand.until(end), end);
  });
});

Deno.test("PtyPort drops what a board says while nobody has the port open", async () => {
  const done = Promise.withResolvers<void>();
  await using board = await SimulatedBoard.start({
    name: "tty",
    onFileChange: () => done.resolve(),
  });
  await using port = await PtyPort.open(board);
  await atPort(port.path, async (hand) => {
    await hand.raw();
    await hand.send("for i in range(20000): print(i)\ndone = 1\nopen('done', 'w').close()\x04");
    await hand.until("OK");
  });
  // It would never get there if it waited for somebody to take its output.
  await done.promise;
  await atPort(port.path, async (hand) => {
    await hand.raw();
    assert.equal((await hand.exec("print(done)")).out, "1\r\n");
  });
});

Deno.test("PtyPort.unplug() hangs up whoever has it open, and it can be plugged in again", async () => {
  await using board = await SimulatedBoard.start({ name: "tty" });
  await using port = await PtyPort.open(board);
  const link = open(port.path);
  const hand = new Hand(link);
  await hand.raw();
  await port.unplug();
  await hand.untilGone();
  await link.close();
  await port.plugIn();
  await atPort(port.path, (hand) => hand.raw());
});

Deno.test("PtyPort keeps a symbolic link to its device; it replaces a stale one, and nothing else", async () => {
  const directory = await Deno.makeTempDir();
  const link = `${directory}/ttyBOARD`;
  try {
    await Deno.symlink("/dev/pts/99999", link);
    await using board = await SimulatedBoard.start({ name: "tty" });
    {
      await using port = await PtyPort.open(board, { link });
      assert.equal(port.address, `serial://${link}`);
      assert.equal(await Deno.readLink(link), port.path);
      await atPort(link, (hand) => hand.raw());
    }
    await assert.rejects(Deno.lstat(link), Deno.errors.NotFound);
    {
      await using first = await PtyPort.open(board, { link });
      await assert.rejects(PtyPort.open(board, { link }), refusal(link, /which is in use/));
      assert.equal(await Deno.readLink(link), first.path);
    }
    await Deno.writeFile(link, bytes("a file of somebody"));
    await assert.rejects(PtyPort.open(board, { link }), refusal(link, /something else/));
    assert.equal(await Deno.readTextFile(link), "a file of somebody");
    await Deno.remove(link);
    await Deno.symlink("/dev/ttyUSB0", link);
    await assert.rejects(PtyPort.open(board, { link }), refusal(link, /leads to "\/dev\/ttyUSB0"/));
    assert.equal(await Deno.readLink(link), "/dev/ttyUSB0");
    const nowhere = `${directory}/nowhere/ttyBOARD`;
    await assert.rejects(PtyPort.open(board, { link: nowhere }), refusal(nowhere, /no such file/));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("PtyPort leaves what somebody else has put in place of its link", async () => {
  const directory = await Deno.makeTempDir();
  const link = `${directory}/ttyBOARD`;
  try {
    await using board = await SimulatedBoard.start({ name: "tty" });
    {
      await using _port = await PtyPort.open(board, { link });
      await Deno.remove(link);
      {
        await using first = await PtyPort.open(board, { link });
        await assert.rejects(PtyPort.open(board, { link }), refusal(link, /which is in use/));
        assert.equal(await Deno.readLink(link), first.path);
      }
      await Deno.writeFile(link, bytes("a file of somebody"));
    }
    assert.equal(await Deno.readTextFile(link), "a file of somebody");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("PtyPort takes over the link of a program that was killed", async () => {
  const directory = await Deno.makeTempDir();
  const link = `${directory}/ttyBOARD`;
  const killed = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", new URL("../testdata/linked.ts", import.meta.url).pathname, link],
    stdout: "piped",
  }).spawn();
  try {
    const output = killed.stdout.getReader();
    await output.read();
    killed.kill("SIGKILL");
    await killed.status;
    await output.cancel();
    assert.match(await Deno.readLink(link), /^\/dev\/pts\/\d+$/);
    await using board = await SimulatedBoard.start({ name: "tty" });
    await using port = await PtyPort.open(board, { link });
    assert.equal(await Deno.readLink(link), port.path);
    await atPort(link, (hand) => hand.raw());
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("PtyPort goes when its board loses power", async () => {
  const board = await SimulatedBoard.start({ name: "tty" });
  await using port = await PtyPort.open(board);
  const link = open(port.path);
  const hand = new Hand(link);
  await hand.raw();
  await board.close();
  await hand.untilGone();
  await link.close();
});
