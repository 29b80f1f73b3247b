import assert from "node:assert/strict";
import { Errno } from "./errno.ts";
import { type FileChange, type FileNode, FileSystem } from "./file_system.ts";

const LITTLEFS = { kind: "littlefs", blockBytes: 16, blocks: 10 } as const;

function fresh(shape: ConstructorParameters<typeof FileSystem>[0] = LITTLEFS) {
  const changes: FileChange[] = [];
  const files = new FileSystem(shape, {
    now: () => 1000,
    onChange: (change) => changes.push(change),
  });
  return { files, changes };
}

const text = (content: string) => new TextEncoder().encode(content);
const file = (files: FileSystem, path: string) => files.get(path) as FileNode;

Deno.test("FileSystem resolves paths against the current directory, and never leaves the root", () => {
  const { files } = fresh();
  files.mkdir("/d");
  files.chdir("d");
  assert.equal(files.cwd, "/d");
  files.load("x.py", text("hi"));
  assert.equal(files.find("/d/x.py"), files.find("../../../d/./x.py"));
  assert.throws(() => files.get("/x.py/y"), { errno: Errno.ENOENT });
  assert.throws(() => files.get("/d/x.py/y"), { errno: Errno.ENOTDIR });
});

Deno.test("FileSystem counts blocks, and a write that does not fit changes nothing", () => {
  const { files } = fresh();
  assert.equal(files.freeBlocks, 8);
  const node = files.create("/a");
  files.write(node, new Uint8Array(17), 0);
  assert.equal(files.freeBlocks, 6);
  assert.throws(() => files.write(node, new Uint8Array(200), 0), { errno: Errno.ENOSPC });
  assert.equal(node.size, 17);
  files.remove("/a", "file");
  assert.equal(files.freeBlocks, 8);
});

Deno.test("FileSystem.remove() has the manners of the flash it is", () => {
  const { files } = fresh();
  files.mkdir("/d");
  files.load("/d/f", text("x"));
  assert.throws(() => files.remove("/d", "directory"), { errno: Errno.ENOTEMPTY });
  files.remove("/d/f", "file");
  files.remove("/d", "file");
  const fat = fresh({ ...LITTLEFS, kind: "fat" }).files;
  fat.mkdir("/d");
  assert.throws(() => fat.remove("/d", "file"), { errno: Errno.EISDIR });
  fat.load("/d/f", text("x"));
  assert.throws(() => fat.remove("/d", "directory"), { errno: Errno.EACCES });
});

Deno.test("FileSystem.rename() replaces a file, and tells one change after the other", () => {
  const { files, changes } = fresh();
  files.load("/old", text("old"));
  files.load("/new", text("new"));
  files.rename("/new", "/old");
  assert.equal(file(files, "/old").size, 3);
  assert.deepEqual(changes, [
    { kind: "remove", path: "/old" },
    { kind: "rename", from: "/new", to: "/old" },
  ]);
  files.mkdir("/d");
  assert.throws(() => files.rename("/d", "/d/e"), { errno: Errno.EINVAL });
  assert.throws(() => files.rename("/old", "/d"), { errno: Errno.EISDIR });
});

Deno.test("a littlefs file that was not closed is the old one after a power cut", () => {
  const { files, changes } = fresh();
  files.load("/f", text("old content"));
  const node = file(files, "/f");
  files.truncate(node, 0);
  files.write(node, text("torn"), 0);
  assert.deepEqual(changes, []);
  const free = files.freeBlocks;
  files.revert(node);
  assert.equal(new TextDecoder().decode(node.content()), "old content");
  assert.equal(files.freeBlocks, free);
  files.write(node, text("NEW"), 0);
  files.commit("/f", node);
  assert.deepEqual(changes, [{ kind: "write", path: "/f", data: text("NEW content") }]);
});

Deno.test("a file that was removed while open is not written back", () => {
  const { files, changes } = fresh();
  const node = files.create("/f");
  files.write(node, text("x"), 0);
  files.remove("/f", "file");
  files.commit("/f", node);
  assert.deepEqual(changes.map(({ kind }) => kind), ["write", "remove"]);
});
