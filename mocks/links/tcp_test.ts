import assert from "node:assert/strict";
import { SimulatedBoard } from "../board.ts";
import { bytes, dial, Hand } from "../testing.ts";
import { TcpPort } from "./tcp.ts";

Deno.test("TcpPort serves one client at a time and tells a second one so", async () => {
  await using board = await SimulatedBoard.start({ name: "net" });
  await using port = TcpPort.open(board, 0);
  {
    await using first = new Hand(await dial(port.address));
    await first.raw();
    assert.equal((await first.exec("print(1)")).out, "1\r\n");
    await using second = new Hand(await dial(port.address));
    assert.equal(await second.untilGone(), "The board is in use by another client.\r\n");
    assert.equal((await first.exec("print(2)")).out, "2\r\n");
  }
  // The board goes on; the next client may have to wait until the first one's end was noticed.
  for (;;) {
    const link = await dial(port.address);
    await link.write(bytes("\x02"));
    const chunk = await link.read();
    await link.close();
    if (chunk !== null && !new TextDecoder().decode(chunk).includes("in use")) break;
  }
});

Deno.test("TcpPort.unplug() ends the client's line and takes no other until plugged in", async () => {
  await using board = await SimulatedBoard.start({ name: "net" });
  await using port = TcpPort.open(board, 0);
  await using hand = new Hand(await dial(port.address));
  await hand.raw();
  await port.unplug();
  await hand.untilGone();
  await assert.rejects(dial(port.address), Deno.errors.ConnectionRefused);
  await port.plugIn();
  await using again = new Hand(await dial(port.address));
  await again.raw();
});
