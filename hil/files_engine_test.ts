/** Files to boards of every kind and back: whole, verified, in few bytes, and never torn. */

import assert from "node:assert/strict";
import { Interrupted } from "@/base/errors.ts";
import { encode } from "@/base/bytes.ts";
import type { SimulationOptions } from "../mocks/sim_options.ts";
import { Microbit } from "./boards/microbit.ts";
import {
  type FilesDesk,
  randomBytes,
  wantedFile,
  withFiles,
  withSimulatedFiles,
} from "./files_testing.ts";

const BOARDS: Record<string, Omit<SimulationOptions, "names">> = {
  "esp32 by pseudo-terminal": { profile: "esp32", pty: true },
  "pico by pseudo-terminal": { profile: "pico", pty: true },
  "legacy by pseudo-terminal": { profile: "legacy", pty: true },
  "esp32 by TCP": { profile: "esp32", tcp: 0 },
  "pico by WebREPL": { profile: "pico", ws: 0 },
  "pico by mp": { profile: "pico", mp: 0 },
};

const SOURCE = encode("# é\n" + "def f(a, b):\n    return a + b * 2\n\n".repeat(200));
const ANYWHERE = { roots: ["/"], isProtected: () => false };

function same(found: Uint8Array, wanted: Uint8Array) {
  assert.ok(found.length === wanted.length && found.every((byte, at) => byte === wanted[at]));
}

async function tree() {
  return await Promise.all([
    wantedFile("/boot.py", SOURCE),
    wantedFile("/empty.txt", new Uint8Array()),
    wantedFile("/lib/deep/er/data.bin", randomBytes(10_000)),
    wantedFile("/lib/deep/every.bin", Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    wantedFile(`/lib/ü 'q' "d" %s.txt`, encode("names")),
    wantedFile(`/lib/${"n".repeat(255)}`, encode("long")),
  ]);
}

for (const [name, options] of Object.entries(BOARDS)) {
  Deno.test(`files of a simulated ${name}`, async (test) => {
    await withSimulatedFiles(options, async ({ files, device }) => {
      const wanted = await tree();
      await test.step("go there, with a report of each", async () => {
        const seen: number[] = [];
        await files.upload(wanted, { onProgress: ({ doneBytes }) => void seen.push(doneBytes) });
        assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
      });
      await test.step("come back", async () => {
        for (const file of wanted) same(await files.download(file.path), await file.read());
      });
      await test.step("are all that is there", async () => {
        const { add, update, surplus } = await files.difference(wanted, ANYWHERE);
        assert.deepEqual([add, update, surplus], [[], [], []]);
        const listed = (await files.list("/", { recursive: true })).map(({ path }) => path);
        assert.ok(!listed.some((path) => path.endsWith(".iot-part")));
      });
      await test.step("differ by content, and by being there", async () => {
        const changed = await wantedFile("/boot.py", encode("x".repeat(SOURCE.length)));
        const added = await wantedFile("/lib/new.py", encode("1"));
        const next = [changed, added, ...wanted.slice(1, 3)];
        const difference = await files.difference(next, ANYWHERE);
        assert.deepEqual(difference.add.map(({ path }) => path), ["/lib/new.py"]);
        assert.deepEqual(difference.update.map(({ path }) => path), ["/boot.py"]);
        assert.equal(difference.surplus.length, 3);
      });
      await test.step("leave nothing in __main__", async () => {
        assert.doesNotMatch(await device.evaluate("print(dir())"), /iot|receive/);
      });
      await test.step("are removed, folders last", async () => {
        const { surplus } = await files.difference([], ANYWHERE);
        await files.remove([...surplus.map(({ path }) => path), "/not/there"]);
        assert.deepEqual(await files.list("/"), []);
      });
      await test.step("that are not there, or are folders, are errors", async () => {
        await files.makeFolders(["/a/b"]);
        await assert.rejects(files.download("/nix"), { code: "missing", path: "/nix" });
        await assert.rejects(files.download("/a"), { code: "folder", path: "/a" });
        await assert.rejects(files.list("/nix"), { code: "missing" });
        const file = await wantedFile("/a", encode("x"));
        await assert.rejects(files.upload([file]), { code: "folder", path: "/a" });
        await assert.rejects(files.remove(["/a"]), { name: "BoardFilesError", path: "/a" });
      });
    });
  });
}

Deno.test("100 KB of random bytes cost at most 1.05 bytes each, either way", async () => {
  await withSimulatedFiles({ profile: "esp32", pty: true }, async ({ files, wireBytes }) => {
    const file = await wantedFile("/r.bin", randomBytes(100_000));
    const start = wireBytes();
    await files.upload([file]);
    const there = wireBytes();
    assert.ok(there - start <= 105_000, `${there - start} bytes up`);
    same(await files.download("/r.bin"), await file.read());
    assert.ok(wireBytes() - there <= 105_000, `${wireBytes() - there} bytes down`);
  });
});

Deno.test("200 files that are unchanged cost at most 12 KB", async () => {
  await withSimulatedFiles({ profile: "esp32", pty: true }, async ({ files, wireBytes }) => {
    const wanted = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        return wantedFile(`/lib/package${i % 8}/module_${i}.py`, encode(`value = ${i}\n`));
      }),
    );
    await files.upload(wanted);
    const start = wireBytes();
    const { add, update, surplus } = await files.difference(wanted, ANYWHERE);
    assert.deepEqual([add, update, surplus], [[], [], []]);
    assert.ok(wireBytes() - start <= 12_288, `${wireBytes() - start} bytes`);
  });
});

Deno.test("an upload that is interrupted leaves the old file, and a board that heeds Ctrl-C", async () => {
  const line = { profile: "esp32", pty: true, baud: 115_200 };
  await withSimulatedFiles(line, async ({ files, device }) => {
    const old = await wantedFile("/r.bin", encode("old"));
    await files.upload([old]);
    const stop = new AbortController();
    const next = await wantedFile("/r.bin", randomBytes(40_000));
    const uploading = files.upload([next], {
      signal: stop.signal,
      onProgress: () => stop.abort(new Interrupted()),
    });
    await assert.rejects(uploading, { name: "KeyboardInterrupt" });
    assert.deepEqual((await files.list("/")).map(({ path }) => path), ["/r.bin"]);
    same(await files.download("/r.bin"), encode("old"));
    assert.equal(await device.evaluate("print(6 * 7)"), "42\n");
    const { update, surplus } = await files.difference([next], ANYWHERE);
    assert.deepEqual([update.length, surplus.length], [1, 0]);
    await files.upload(update);
    same(await files.download("/r.bin"), await next.read());
  });
});

Deno.test("a verified part file that was not in its place yet is put there, others are removed", async () => {
  await withSimulatedFiles({ profile: "pico", pty: true }, async ({ files, wireBytes }) => {
    const content = randomBytes(20_000);
    const part = await wantedFile("/lib/a.bin.iot-part", content);
    await files.upload([part, await wantedFile("/b.iot-part", encode("torn"))]);
    const wanted = [await wantedFile("/lib/a.bin", content)];
    const { add, surplus } = await files.difference(wanted, ANYWHERE);
    assert.deepEqual([add.length, surplus.length], [1, 0]);
    const start = wireBytes();
    await files.upload(add);
    assert.ok(wireBytes() - start < content.length, "the content was sent again");
    const listed = (await files.list("/", { recursive: true })).map(({ path }) => path);
    assert.deepEqual(listed, ["/lib", "/lib/a.bin"]);
  });
});

Deno.test("a full board keeps the old file, and says which one did not fit", async () => {
  await withSimulatedFiles(
    { profile: "esp32", pty: true, faults: ["full=20000"] },
    async (desk) => {
      const { files } = desk;
      await files.upload([await wantedFile("/a.bin", encode("old"))]);
      const small = await wantedFile("/small.txt", encode("fits"));
      const large = await wantedFile("/a.bin", randomBytes(30_000));
      await assert.rejects(files.upload([small, large]), { code: "full", path: "/a.bin" });
      // Nothing of it fills the board.
      assert.ok(!(await files.list("/")).some(({ path }) => path.endsWith(".iot-part")));
      same(await files.download("/a.bin"), encode("old"));
      same(await files.download("/small.txt"), encode("fits"));
    },
  );
});

Deno.test("CircuitPython's files are read, and why they are not written is said", async () => {
  await withSimulatedFiles({ profile: "circuitpython", pty: true }, async ({ files }) => {
    assert.ok((await files.download("/boot_out.txt")).length > 0);
    const file = await wantedFile("/code.py", encode("1"));
    await assert.rejects(files.upload([file]), { code: "denied", path: "/code.py" });
    const [root] = await files.volumes();
    assert.equal(root.readOnly, true);
  });
});

Deno.test("files of an emulated micro:bit", async (test) => {
  await using board = await Microbit.start();
  await withFiles(board.url, (desk) => onMicrobit(desk, test));
});

async function onMicrobit({ files, device }: FilesDesk, test: Deno.TestContext) {
  const wanted = await Promise.all([
    wantedFile("/main.py", encode("print('é')\n".repeat(20))),
    wantedFile("/r.bin", randomBytes(2_000)),
  ]);
  await test.step("go there and come back", async () => {
    await files.upload(wanted);
    for (const file of wanted) same(await files.download(file.path), await file.read());
  });
  await test.step("are compared", async () => {
    const { add, update, surplus } = await files.difference(wanted, ANYWHERE);
    assert.deepEqual([add, update, surplus], [[], [], []]);
    const other = await files.difference([await wantedFile("/main.py", encode("1"))], ANYWHERE);
    assert.deepEqual(other.surplus.map(({ path }) => path), ["/r.bin"]);
    assert.equal(other.update.length, 1);
  });
  await test.step("in a folder are a clear error", async () => {
    const file = await wantedFile("/d/x", encode("1"));
    await assert.rejects(files.upload([file]), { code: "folder", path: "/d/x" });
    await assert.rejects(files.makeFolders(["/d"]), { code: "folder", path: "/d" });
  });
  await test.step("are removed, and leave nothing in __main__", async () => {
    await files.remove(["/r.bin", "/nix"]);
    assert.deepEqual((await files.list("/")).map(({ path }) => path), ["/main.py"]);
    assert.doesNotMatch(await device.evaluate("print(dir())"), /_iot/);
  });
}
