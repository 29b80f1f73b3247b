import assert from "node:assert/strict";
import { SimulatedBoard } from "./board.ts";
import { Hand } from "./testing.ts";

Deno.test("SimulatedBoard runs code in its raw REPL", async () => {
  await using board = await SimulatedBoard.start({ name: "demo" });
  await using hand = new Hand(await board.connect());
  await hand.raw();
  assert.deepEqual(await hand.exec("print(6 * 7)"), { out: "42\r\n", error: "" });
});
