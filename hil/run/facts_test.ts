/** What is found out about a board before its checks. */

import assert from "node:assert/strict";
import { FEATURES } from "../checks/check.ts";
import { RigError } from "../rig/rig_error.ts";
import { readFacts } from "./facts.ts";
import { optionsFor, specOf, TestBoard } from "./run_testing.ts";

Deno.test("readFacts() tells who a board is and what it has", async () => {
  await using board = await TestBoard.start();
  const facts = await readFacts(board, optionsFor([board]));
  assert.equal(facts.identity.platform, "esp32");
  assert.match(facts.identity.uid, /^[0-9a-f]{2}(:[0-9a-f]{2})+$/);
  assert.equal(facts.url, board.url);
  assert.equal(facts.readOnly, false);
  assert.ok(facts.freeFlashBytes! > 0);
  for (const feature of ["rawOutput", "memory", "rename", "folders", "sha256"] as const) {
    assert.ok(facts.features.has(feature), FEATURES[feature].title);
  }
});

Deno.test("readFacts() claims the board by its UID", async () => {
  await using board = await TestBoard.start();
  const claimed: string[] = [];
  const mount = {
    ...{ spec: board.spec, url: board.url },
    claim: (uid: string) => Promise.resolve(void claimed.push(uid)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { identity } = await readFacts(mount, optionsFor([board]));
  assert.deepEqual(claimed, [identity.uid]);
});

Deno.test("readFacts() refuses another board than the one that the bench names", async () => {
  const spec = specOf("board", { source: { kind: "uid", uid: "00:11:22" } });
  await using board = await TestBoard.start(spec);
  await assert.rejects(readFacts(board, optionsFor([board])), (error) => {
    assert.ok(error instanceof RigError);
    assert.equal(error.code, "other");
    assert.match(error.message, /is the board [0-9a-f:]+, not 00:11:22\.$/);
    return true;
  });
});

Deno.test("readFacts() says that a board is not there", async () => {
  await using board = await TestBoard.start(specOf("board"), { canGo: true });
  await board.unplug();
  await assert.rejects(readFacts(board, optionsFor([board])), (error) => {
    assert.ok(error instanceof RigError);
    assert.equal(error.code, "missing");
    assert.match(error.message, /^The board does not answer: Cannot open tcp:/);
    return true;
  });
});
