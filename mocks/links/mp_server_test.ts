import assert from "node:assert/strict";
import { startBoards } from "../sim.ts";
import { dial, Hand } from "../testing.ts";

async function greet(address: string): Promise<Hand> {
  const hand = new Hand(await dial(address.replace("mp:", "tcp:")));
  assert.equal(await hand.until("\n"), "ns-V1\n");
  return hand;
}

async function logIn(address: string, password = "simulated"): Promise<Hand> {
  const hand = await greet(address);
  await hand.send(`${password}\n`);
  assert.equal(await hand.until("\n"), "OK\n");
  return hand;
}

Deno.test("mp: evex answers with output and error, and keeps what was assigned", async () => {
  await using sim = await startBoards({ names: ["net"], mp: 0 });
  const [address] = sim.boards[0].addresses;
  assert.match(address, /^mp:\/\/127\.0\.0\.1:\d+$/);
  await using hand = await logIn(address);
  const evex = async (code: string) => {
    await hand.send(`evex\n${code.length}\n${code}`);
    const answer = await hand.until("\x04") + await hand.until("\x04");
    assert.equal(hand.heard, "");
    return answer;
  };
  assert.equal(await evex("x = 6\nprint(x)"), "OK\n6\r\n\x04\x04");
  assert.equal(await evex("print(7 * x)"), "OK\n42\r\n\x04\x04");
  assert.equal(await evex("print(len('\x03\x04'))"), "OK\n2\r\n\x04\x04");
  const [out, error] = (await evex("print(1)\nnix")).split("\x04");
  assert.equal(out, "OK\n1\r\n");
  assert.match(error, /^Traceback [^]*NameError/);
  const long = `x = '''${"y".repeat(3000)}'''\nprint(len(x))`;
  assert.equal(await evex(long), "OK\n3000\r\n\x04\x04");
  assert.equal(await evex(""), "OK\n\x04\x04");
  await hand.send("bye\n");
  assert.equal(await hand.untilGone(), "");
});

Deno.test("mp: fput and fget move bytes, and say when they cannot", async () => {
  await using sim = await startBoards({ names: ["net"], mp: 0 });
  await using hand = await logIn(sim.boards[0].addresses[0]);
  const content = Array.from({ length: 1300 }, (_, i) => String.fromCharCode(i & 255)).join("");
  await hand.send(`fput\n/data\n${content.length}\n${content}`);
  assert.equal(await hand.until("\n"), "OK\n");
  await hand.send("fget\n/data\n");
  assert.equal(await hand.until("OK\n1300\n"), "OK\n1300\n");
  while (hand.heard.length < content.length) await hand.more();
  assert.equal(hand.heard, content);
  hand.heard = "";
  await hand.send("fget\n/nowhere\n");
  assert.equal(await hand.until("\n"), "OSError: 2\n");
  await hand.send("fput\n/no/dir\n3\nabcfget\n/data\n");
  assert.equal(await hand.until("OK\n"), "OSError: 2\nOK\n");
});

Deno.test("mp: a wrong password, an unknown command and a number that is none end it", async () => {
  await using sim = await startBoards({ names: ["net"], mp: 0, password: "a longer password" });
  const [address] = sim.boards[0].addresses;
  for (
    const [said, answer] of [
      ["simulated\n", "Wrong password\n"],
      ["a longer password\nls\n", "OK\nUnknown command ls\n"],
      ["a longer password\nevex\nx\n", "OK\nNot a number: x\n"],
      ["a longer password\nbye\n", "OK\n"],
    ]
  ) {
    await using hand = await greet(address);
    await hand.send(said);
    assert.equal(await hand.untilGone(), answer);
  }
});

Deno.test("mp: a board that resets ends the connection", async () => {
  await using sim = await startBoards({ names: ["net"], mp: 0 });
  const [{ board, addresses: [address] }] = sim.boards;
  await using hand = await logIn(address);
  await board.reset();
  await hand.untilGone();
});
