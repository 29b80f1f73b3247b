import assert from "node:assert/strict";
import { startBoards } from "./sim.ts";
import { Hand } from "./testing.ts";

function withProgram(program: string, test: (hand: Hand) => Promise<void>): () => Promise<void> {
  return async () => {
    await using sim = await startBoards({ names: ["busy"], program });
    await using hand = new Hand(await sim.boards[0].connect());
    await test(hand);
  };
}

Deno.test(
  "aiorepl: its prompt evaluates beside a task, and Ctrl-C only clears the line",
  withProgram("aiorepl", async (hand) => {
    // Whether its first prompt was heard or not: from here on there is one.
    await hand.send("\r");
    await hand.until("--> ");
    await hand.send("x\x03");
    await hand.until("x\r\n--> ");
    await hand.send("6 * 7\r");
    assert.equal(await hand.until("--> "), "6 * 7\r\n42\r\n--> ");
    await hand.send("nix\r");
    assert.equal(await hand.until("--> "), "nix\r\nNameError: name 'nix' isn't defined\r\n--> ");
    await hand.send("half\x03");
    assert.equal(await hand.until("--> "), "half\r\n--> ");
    await hand.send("\x02ticks > 0\r");
    assert.equal(await hand.until("--> "), "ticks > 0\r\nTrue\r\n--> ");
    await hand.send("while True: pass\r");
    await hand.until("\r\n");
    await hand.send("\x03");
    assert.equal(await hand.until("--> "), "--> ");
  }),
);

Deno.test(
  "aiorepl: Ctrl-A is a raw REPL of its own, which does not reset",
  withProgram("aiorepl", async (hand) => {
    await hand.send("\r");
    await hand.until("--> ");
    await hand.send("\r\x03\x03\x01");
    await hand.until("raw REPL; CTRL-B to exit\r\n>");
    assert.deepEqual(await hand.exec("print(ticks > 0)"), { out: "True\r\n", error: "" });
    await hand.send("1/0\x04");
    assert.match(
      await hand.until("\x04>"),
      new RegExp("^OK1/0\r\n\x04Traceback [^]*ZeroDivisionError: divide by zero\r\n\x04>$"),
    );
    await hand.send("\x04");
    assert.equal(
      await hand.until("\x04>"),
      "OKIgnored: soft reboot\r\nraw REPL; CTRL-B to exit\r\n\x04\x04>",
    );
    await hand.send("\x05A\x01");
    assert.equal(await hand.until("\x02\x01"), "R\x01\x00\x02\x01");
    await hand.send("print(5)\x04");
    assert.equal(await hand.until("\x04>"), "\x045\r\n\x04\x04>");
    await hand.send("\x02");
    assert.equal(await hand.until("--> "), "\r\n--> ");
  }),
);

Deno.test(
  "aiorepl: Ctrl-D ends it, and the board's own REPL takes over",
  withProgram("aiorepl", async (hand) => {
    await hand.send("\r");
    await hand.until("--> ");
    await hand.send("\x04");
    await hand.until(">>> ");
    await hand.raw();
    assert.deepEqual(await hand.exec("print(1)"), { out: "1\r\n", error: "" });
  }),
);

Deno.test(
  "ticker and a stubborn main.py end by Ctrl-C",
  async () => {
    await withProgram("ticker", async (hand) => {
      await hand.until("tick 2\r\n");
      await hand.raw();
    })();
    await withProgram("stubborn", async (hand) => {
      for (const answer of ["not yet\r\n", "not yet\r\n", ">>> "]) {
        await hand.until("busy\r\n");
        await hand.send("\x03");
        await hand.until(answer);
      }
    })();
  },
);

Deno.test("a board left half in a raw paste is got hold of by Ctrl-C", async () => {
  for (const profile of ["esp32", "pico", "circuitpython"]) {
    await using sim = await startBoards({ names: ["half"], profile });
    const [station] = sim.boards;
    {
      await using hand = new Hand(await station.connect());
      await hand.send("\r");
      await hand.until(profile === "circuitpython" ? ">>> " : "\r\n");
      await hand.raw();
      await hand.send("\x05A\x01");
      await hand.until("\x01\x80\x00\x01");
      await hand.send("print('never')\n");
    }
    await using next = new Hand(await station.connect());
    await next.send("\r\x03");
    assert.match(await next.until("\x04>"), /KeyboardInterrupt/);
    await next.send("\x03\x01");
    await next.until("raw REPL; CTRL-B to exit\r\n>");
    assert.deepEqual(await next.exec("print(1)"), { out: "1\r\n", error: "" });
  }
});
