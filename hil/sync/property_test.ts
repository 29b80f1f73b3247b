/**
 * Any tree of this computer onto any board: afterwards the board has it, and no more. What fast-check
 * tries is random; a failure prints the seed, and `FC_SEED` repeats it.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { openBoardFiles } from "@/device/files/open_board_files.ts";
import { applySync } from "@/sync/apply.ts";
import { localTree } from "@/sync/local.ts";
import { compare } from "@/sync/sync.ts";
import { deviceWith } from "@/sync/testing.ts";
import { Rig } from "./rig_testing.ts";
import { sameBytes } from "./trees_testing.ts";

const SEED = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
const RUNS = { esp32: 120, pico: 60, legacy: 10 };
const DEADLINE_MS = 30_000;

/**
 * Names that both this computer and a board take, with what is awkward in Python and shells. `/lib`
 * stays, even empty: things are installed there, so a file system may be mounted there.
 */
const SHORT_NAME = fc.oneof(
  fc.constantFrom("a", "b", "c", "boot.py", "libs", "x y", "it's", '"', "100%", "\\n", "ä", "🙂"),
  fc.stringMatching(/^[\p{L}\d '"%$&;#()=+,~-]{1,12}$/u),
).filter((name) =>
  !name.startsWith(".") && name !== "lib" && new TextEncoder().encode(name).length <= 244
);

const NAME = fc.oneof({ weight: 2, arbitrary: SHORT_NAME }, fc.constant("n".repeat(240)));
const CONTENT = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 500, maxLength: 1_500 }),
);

/** Trees: contents by path, no file where a folder is. */
const treesOf = (name: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(fc.array(name, { maxLength: 3 }), name, CONTENT), { maxLength: 8 }).map(treeOf);

/** A board with 36 KB of memory has none for several paths of a thousand bytes, and says so. */
const TREES: Readonly<Record<string, fc.Arbitrary<Tree>>> = {
  esp32: treesOf(NAME),
  pico: treesOf(NAME),
  legacy: treesOf(SHORT_NAME),
};

function treeOf(files: [string[], string, Uint8Array][]): Tree {
  const tree = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [folder, name, content] of files) {
    const path = `/${[...folder, name].join("/")}`;
    const isBelow = [...tree.keys()].some((other) =>
      `${path}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${path}/`)
    );
    if (!isBelow) tree.set(path, new Uint8Array(content));
  }
  return tree;
}

type Tree = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** A device whose only resource is all of the folder `home`. */
const DEVICE = deviceWith({ home: { installDir: "/", unpack: true } });

/** Syncs `tree`, from files of this computer, and returns how many steps that took. */
async function sync(rig: Rig, tree: Tree): Promise<number> {
  const libs = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${libs}/home`);
    for (const [path, content] of tree) {
      const place = `${libs}/home${path}`;
      await Deno.mkdir(place.slice(0, place.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(place, content);
    }
    await using device = await rig.connect();
    const files = openBoardFiles(device);
    const local = await localTree(DEVICE, { libs: [libs] });
    const steps = await compare(files, { device: DEVICE, tree: local, updateOnly: false });
    await applySync(files, steps);
    return steps.length;
  } finally {
    await Deno.remove(libs, { recursive: true });
  }
}

function checkSame(rig: Rig, tree: Tree): void {
  assert.deepEqual([...rig.files.keys()].toSorted(), [...tree.keys()].toSorted());
  for (const [path, content] of tree) {
    assert.ok(sameBytes(rig.files.get(path), content), `${path} is another`);
  }
  const folders = new Set<string>();
  for (const path of tree.keys()) {
    const parts = path.split("/");
    for (let count = 2; count < parts.length; count++) {
      folders.add(parts.slice(0, count).join("/"));
    }
  }
  assert.deepEqual(rig.folders.toSorted(), [...folders].toSorted(), "folders");
}

for (const [profile, numRuns] of Object.entries(RUNS)) {
  Deno.test(`any tree becomes that of a board like ${profile}`, async () => {
    // The board keeps what the run before has left: any tree follows any other.
    await using rig = await Rig.start({ profile });
    await fc.assert(
      fc.asyncProperty(TREES[profile], async (tree) => {
        await sync(rig, tree);
        await rig.settled();
        checkSame(rig, tree);
        assert.equal(await sync(rig, tree), 0, "steps that a second sync takes");
      }),
      { seed: SEED, numRuns, interruptAfterTimeLimit: DEADLINE_MS },
    );
  });
}
