import assert from "node:assert/strict";
import { SimulatedBoard } from "./board.ts";
import type { FileChange } from "./interpreter/file_system.ts";
import { Hand } from "./testing.ts";

async function run(code: string, options: { profile?: string } = {}): Promise<string> {
  await using board = await SimulatedBoard.start({ name: "files", ...options });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  const { out, error } = await hand.exec(code);
  assert.equal(error, "");
  return out;
}

const ERRNO = "def errno(f, *a):\n  try:\n    f(*a)\n    print('no error', f, a)\n" +
  "  except OSError as e: print(e.errno, e)\n";

Deno.test("files on a board: errors have MicroPython's numbers", async () => {
  const out = await run(
    `import os\n${ERRNO}` +
      "errno(open, 'nix')\nos.mkdir('d')\nerrno(os.mkdir, 'd')\nerrno(open, 'd')\n" +
      "open('d/f', 'w').close()\nerrno(os.listdir, 'd/f')\nerrno(os.rmdir, 'd')\n" +
      "errno(os.remove, 'nix')\nerrno(os.rename, 'nix', 'x')\nerrno(open, 'no/such', 'w')\n" +
      "errno(os.chdir, 'nix')",
  );
  assert.deepEqual(out.trimEnd().split("\r\n"), [
    "2 [Errno 2] ENOENT",
    "17 [Errno 17] EEXIST",
    "21 [Errno 21] EISDIR",
    "20 20",
    "39 39",
    "2 [Errno 2] ENOENT",
    "2 [Errno 2] ENOENT",
    "2 [Errno 2] ENOENT",
    "2 [Errno 2] ENOENT",
  ]);
});

Deno.test("a board's flash is full with ENOSPC, and statvfs() tells the truth", async () => {
  const out = await run(
    "import os\nfree = os.statvfs('/')[3]\nf = open('big', 'wb')\nn = 0\n" +
      "try:\n  while True: n += f.write(b'x' * 4096)\nexcept OSError as e: print(e.errno)\n" +
      "f.close()\nprint(n == free * 4096, os.stat('big')[6] == n, os.statvfs('/')[3])\n" +
      "os.remove('big')\nprint(os.statvfs('/')[3] == free, os.statvfs('/')[:3])",
  );
  assert.equal(out, "28\r\nTrue True 0\r\nTrue (4096, 4096, 512)\r\n");
});

Deno.test("os.ilistdir() gives name, type, inode and size, as boards do", async () => {
  const out = await run(
    "import os\nos.mkdir('d')\nopen('d/f', 'w').write('hello')\nos.mkdir('d/e')\n" +
      "print(sorted(os.ilistdir('d')), sorted(os.ilistdir()), os.listdir('d/e'))\n" +
      "print(os.uname().sysname, os.sync())",
  );
  assert.equal(
    out,
    "[('e', 16384, 0, 0), ('f', 32768, 0, 5)] [('d', 16384, 0, 0)] []\r\nesp32 None\r\n",
  );
});

Deno.test("files are read and written in every mode", async () => {
  const out = await run(
    "with open('f', 'wb') as f: f.write(bytes(range(256)))\n" +
      "with open('f', 'ab') as f: f.write(b'end')\n" +
      "with open('f', 'r+b') as f:\n  f.seek(10); f.write(b'TEN'); f.seek(-3, 2); print(f.read())\n" +
      "with open('f', 'rb') as f: d = f.read()\nprint(len(d), d[9:14], sum(d) % 251)\n" +
      "with open('t', 'w') as f: f.write('a\\nb\\r\\nc')\nwith open('t') as f: print(f.readlines())\n" +
      "import os\nos.rename('t', 'f')\nprint(os.listdir(), open('f').read(1))",
  );
  assert.equal(
    out,
    "b'end'\r\n259 b'\\tTEN\\r' 17\r\n['a\\n', 'b\\r\\n', 'c']\r\n['f'] a\r\n",
  );
});

Deno.test("modules are imported from the flash and from /lib", async () => {
  const out = await run(
    "import os\nos.mkdir('/lib')\nopen('/lib/here.py', 'w').write('X = 1\\n')\n" +
      "os.mkdir('/pkg')\nopen('/pkg/__init__.py', 'w').write('from .sub import Y\\n')\n" +
      "open('/pkg/sub.py', 'w').write('Y = 2\\n')\nimport here, pkg\nprint(here.X, pkg.Y)",
  );
  assert.equal(out, "1 2\r\n");
});

Deno.test("an object larger than a board's memory is a MemoryError; a long loop is not", async () => {
  const out = await run(
    "try:\n  bytearray(300000)\nexcept MemoryError: print('no')\n" +
      "n = 0\nfor i in range(20000): n += len('%08d' % i)\nprint(n)\n" +
      "import gc\nprint(100000 < gc.mem_free() + gc.mem_alloc())",
  );
  assert.equal(out, "no\r\n160000\r\nTrue\r\n");
});

Deno.test("memory that a command used up is there again for the next one", async () => {
  await using board = await SimulatedBoard.start({ name: "heap" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  const greedy = "kept = []\ntry:\n  while True: kept.append(bytearray(9500))\n" +
    "except MemoryError:\n  n = len(kept)\n  kept = None\n  print(10 < n < 20)";
  for (let i = 0; i < 3; i++) assert.equal((await hand.exec(greedy)).out, "True\r\n");
  await hand.send("\x04");
  await hand.until("\r\n>");
  assert.equal((await hand.exec(greedy)).out, "True\r\n");
});

Deno.test("what reaches the flash is told in order, all of it before the board is closed", async () => {
  const changes: FileChange[] = [];
  {
    await using board = await SimulatedBoard.start({
      name: "files",
      onFileChange: (change) => changes.push(change),
    });
    await using hand = new Hand(await board.connect());
    await hand.raw();
    await hand.exec(
      "import os\nos.mkdir('d')\nwith open('d/f', 'w') as f: n = f.write('hi')\n" +
        "os.rename('d/f', 'g')\nos.rmdir('d')",
    );
  }
  assert.deepEqual(
    changes.map((change) => [change.kind, change.kind === "rename" ? change.to : change.path]),
    [["mkdir", "/d"], ["write", "/d/f"], ["write", "/d/f"], ["rename", "/g"], ["remove", "/d"]],
  );
});
