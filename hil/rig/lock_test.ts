import assert from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import { temporaryDirectory } from "../acceptance/support/product.ts";
import { BoardLock } from "./lock.ts";
import { RigError } from "./rig_error.ts";

function withLocks(
  test: (take: (key: string) => Promise<BoardLock>, folder: string) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using folder = await temporaryDirectory();
    const environment = new Environment({ XDG_RUNTIME_DIR: folder.path });
    await test((key) => BoardLock.take(key, { board: "pico", environment }), folder.path);
  };
}

Deno.test(
  "BoardLock.take() says which process has the board, and has it once that lets go",
  withLocks(async (take) => {
    const first = await take("fe:ed:01:02");
    await assert.rejects(take("fe:ed:01:02"), (error) => {
      assert.ok(error instanceof RigError);
      assert.equal(error.code, "locked");
      assert.equal(error.board, "pico");
      assert.equal(
        error.message,
        `Another run has the board "pico": process ${Deno.pid}.`,
      );
      return true;
    });
    using other = await take("fe:ed:01:03");
    first[Symbol.dispose]();
    using again = await take("fe:ed:01:02");
    assert.notEqual(other, again);
  }),
);

Deno.test(
  "BoardLock.take() makes a file name of any key",
  withLocks(async (take, folder) => {
    using _plain = await take("feed0102");
    using _odd = await take("/home/me/../bench files/ci.yaml#sim-esp");
    const names: string[] = [];
    for await (const { name } of Deno.readDir(`${folder}/iot`)) names.push(name);
    names.sort();
    assert.match(names[0], /^hil-[0-9a-f]{32}\.lock$/);
    assert.equal(names[1], "hil-feed0102.lock");
  }),
);
