/** Board code cannot reach the host: not its files, not its network, not JavaScript. */

import assert from "node:assert/strict";
import { SimulatedBoard } from "./board.ts";
import { Hand } from "./testing.ts";

/** Runs `code` on a board and returns what it printed; a traceback fails the test. */
async function run(code: string): Promise<string> {
  await using board = await SimulatedBoard.start({ name: "cage" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  const { out, error } = await hand.exec(code);
  assert.equal(error, "");
  return out;
}

Deno.test("board code cannot import a way to JavaScript, to the network or to threads", async () => {
  const modules = [
    "js",
    "jsffi",
    "socket",
    "usocket",
    "ssl",
    "ffi",
    "_thread",
    "network",
    "webrepl",
  ];
  const out = await run(
    `for name in ${JSON.stringify(modules)}:\n` +
      "  try:\n    __import__(name)\n    print('imported', name)\n" +
      "  except ImportError:\n    pass\nprint('done')",
  );
  assert.equal(out, "done\r\n");
  const list = await run("help('modules')");
  assert.ok(list.includes("micropython"), list);
  assert.ok(!/\bjs/.test(list.replaceAll("json", "")), list);
});

Deno.test("no object that Python can reach is a JavaScript one", async () => {
  // Walks the graph of everything reachable from all modules by attributes, items and keys.
  const out = await run(`
import sys, gc
seen = set()
bad = []
todo = [__import__(n) for n in (
  "asyncio array binascii builtins collections deflate errno framebuf gc hashlib heapq io json "
  "machine math micropython os platform random re select struct sys time uctypes vfs").split()]
todo += list(sys.modules.values()) + [globals()]
count = 0
while todo and count < 4000:
  o = todo.pop()
  if id(o) in seen: continue
  seen.add(id(o))
  count += 1
  name = repr(type(o))
  if "Js" in name or "Proxy" in name: bad.append(name)
  if isinstance(o, dict):
    todo.extend(o.values())
    continue
  if isinstance(o, (int, float, str, bytes, bytearray)): continue
  for a in dir(o):
    try: v = getattr(o, a)
    except Exception: continue
    if not isinstance(v, (int, str, float)) and id(v) not in seen: todo.append(v)
print(count > 200, bad)
`);
  assert.equal(out, "True []\r\n");
});

Deno.test("board code sees no file of the host, whatever the path", async () => {
  const paths = [
    ...["/dev", "/proc", "/tmp", "/home", "/etc/passwd", "/sys", "/dev/stdin", "/proc/self/fd/0"],
    ...[
      "../etc/passwd",
      "/../../etc/passwd",
      "//etc/passwd",
      "file:///etc/passwd",
      ".frozen/../etc",
    ],
    ...["start.py", "machine.py", "board_facts.py"],
    Deno.execPath(),
    new URL(import.meta.url).pathname,
  ];
  const out = await run(
    `import os\nfor path in ${JSON.stringify(paths)}:\n` +
      "  for look in (os.stat, os.listdir, open):\n" +
      "    try:\n      look(path)\n      print('saw', path)\n" +
      "    except OSError as e:\n      if e.errno not in (2, 20): print(path, e)\n" +
      "print(os.listdir('/'))",
  );
  assert.equal(out, "[]\r\n");
});

Deno.test("mounting a file system of the interpreter's own leads into the board's flash only", async () => {
  const out = await run(
    "import vfs, os\nopen('/mine', 'w').close()\n" +
      "for root in ('/', '/etc', '/..'):\n" +
      "  try:\n    vfs.mount(vfs.VfsPosix(root), '/m')\n" +
      "    print(os.listdir('/m'))\n" +
      "  except OSError as e:\n    print(e.errno)\n" +
      "  try: vfs.umount('/m')\n  except OSError: pass",
  );
  assert.equal(out, "['mine']\r\n2\r\n['mine']\r\n");
});

Deno.test("descriptors opened by number are the serial port and nothing else", async () => {
  const out = await run(
    "worked = []\n" +
      "for fd in range(3, 300):\n" +
      "  if fd in (3, 4, 5): continue\n" +
      "  for mode in ('rb', 'r+b'):\n" +
      "    f = open(fd, mode)\n" +
      "    try:\n      f.read(1)\n      worked.append((fd, 'read'))\n    except OSError: pass\n" +
      "    try:\n      f.write(b'x')\n      worked.append((fd, 'write'))\n    except OSError: pass\n" +
      "print(worked)",
  );
  assert.equal(out, "[]\r\n");
});

Deno.test("after the start, the control descriptor changes no table of the interpreter", async () => {
  const out = await run(
    "import sys\nf = open(6, 'wb')\n" +
      "for line in ('remove 1 2', 'text-platform %d' % id(sys.platform), 'descriptor-0 4'):\n" +
      "  try:\n    f.write(line)\n    print('took', line)\n  except OSError as e: print(e.errno)\n" +
      "print(sys.platform)",
  );
  assert.equal(out, "22\r\n22\r\n22\r\nesp32\r\n");
});

Deno.test("code that wrecks the interpreter's memory restarts the board, no more", async () => {
  await using board = await SimulatedBoard.start({ name: "wreck" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  await hand.exec("open('kept', 'w').close()");
  await hand.send("import uctypes\nb = uctypes.bytearray_at(65536, 120000)\n");
  await hand.send("for i in range(len(b)): b[i] = 0\x04");
  await hand.until("Rebooting...\r\n");
  await hand.until(">>> ");
  await hand.raw();
  assert.equal((await hand.exec("import os\nprint(os.listdir())")).out, "['kept']\r\n");
});
