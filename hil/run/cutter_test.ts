/** Connections that are lost after so many bytes. */

import assert from "node:assert/strict";
import type { Transport } from "@/transport/transport.ts";
import { Cutter } from "./cutter.ts";

/** A transport that takes everything, and tells whether it is open. */
function sink() {
  const state = { isOpen: true };
  const transport = {
    address: "sim://test",
    write: () => Promise.resolve(),
    close: () => Promise.resolve(void (state.isOpen = false)),
  } as Partial<Transport> as Transport;
  return { state, transport };
}

Deno.test("Cutter closes the connection with the byte that it is armed for, and only once", async () => {
  const cutter = new Cutter();
  const first = sink();
  const line = cutter.watch(first.transport);
  await line.write(new Uint8Array(100));
  cutter.arm(10);
  await line.write(new Uint8Array(9));
  assert.equal(first.state.isOpen, true);
  await line.write(new Uint8Array(1));
  assert.equal(first.state.isOpen, false);
  const second = sink();
  await cutter.watch(second.transport).write(new Uint8Array(100));
  assert.equal(second.state.isOpen, true);
});
