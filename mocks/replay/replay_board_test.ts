import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import type { Listener } from "../links/link.ts";
import { ReplayBoard } from "./replay_board.ts";
import { parseTrace } from "./trace_file.ts";

/** A trace: a connection for each list; what begins with `>` is the host's. `#` stands for a blank. */
function board(...connections: string[][]): ReplayBoard {
  const lines: object[] = [{ event: "start", format: "iot-trace 1", seed: 1, command: "iot" }];
  for (const [index, sayings] of connections.entries()) {
    const id = `${index}`;
    lines.push({ event: "open", id, address: "serial:///dev/x" });
    for (const saying of sayings) {
      if (saying === "cut") {
        lines.push({ event: "error", id, code: "gone" });
        continue;
      }
      const text = saying.replace(/^>/, "");
      const blank = [...text.matchAll(/#/g)].map(({ index }) => [index, 1]);
      lines.push({ event: saying.startsWith(">") ? "host" : "board", id, text, blank });
    }
  }
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  return new ReplayBoard(parseTrace(text, "t").connections);
}

/** A host that hears. */
class Ear implements Listener {
  heard = "";

  hear(data: Uint8Array): Promise<void> {
    this.heard += String.fromCharCode(...data);
    return Promise.resolve();
  }

  hangUp(): void {}
}

/** Lets what was begun go on; it takes no time but turns. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

Deno.test("ReplayBoard answers when it has heard all before, however it comes", async () => {
  using replay = board(["hi ", ">abc", "one ", "two ", ">d", "three"]);
  const ear = new Ear();
  replay.plugIn(ear);
  await turns();
  assertEquals(ear.heard, "hi ");
  await replay.receive(bytes("ab"));
  await turns();
  assertEquals(ear.heard, "hi ");
  await replay.receive(bytes("cd"));
  await turns();
  assertEquals(ear.heard, "hi one two three");
  replay.unplug(ear);
  assertEquals([await replay.ended, replay.played], [undefined, 1]);
});

Deno.test("ReplayBoard takes anything for a byte that was blanked", async () => {
  using replay = board([">pw=####!", "ok"]);
  const ear = new Ear();
  replay.plugIn(ear);
  await replay.receive(bytes("pw=abcd!"));
  await turns();
  assertEquals(ear.heard, "ok");
});

Deno.test("ReplayBoard says where the host began to differ, and what was expected", async () => {
  using replay = board([">same"], [">print(1)\u0004", "1"]);
  const [first, second] = [new Ear(), new Ear()];
  replay.plugIn(first);
  await replay.receive(bytes("same"));
  replay.unplug(first);
  replay.plugIn(second);
  await replay.receive(bytes("print(2)\u0004"));
  await turns();
  assertEquals(second.heard, "");
  assertEquals(
    await replay.ended,
    "Connection 2 of 2, byte 6 from the host: line 5, expected was " +
      '"1)\\u0004"; there came "2)\\u0004"',
  );
});

Deno.test("ReplayBoard minds a host that goes on where it hung up", async () => {
  using replay = board([">a", "b"]);
  replay.plugIn(new Ear());
  await replay.receive(bytes("ax"));
  match((await replay.ended)!, /behind line 4, the host was to hang up; there came "x"/);
});

Deno.test("ReplayBoard minds a host that hangs up where it went on", async () => {
  using replay = board([">ab"]);
  const ear = new Ear();
  replay.plugIn(ear);
  await replay.receive(bytes("a"));
  replay.unplug(ear);
  match((await replay.ended)!, /line 3, expected was "b"; the host hung up instead/);
});

Deno.test("ReplayBoard still takes the last bytes of a host that has hung up", async () => {
  using replay = board([">ab"], [">c", "d"]);
  const [first, second] = [new Ear(), new Ear()];
  replay.plugIn(first);
  await replay.receive(bytes("a"));
  replay.unplug(first);
  replay.plugIn(second);
  await replay.receive(bytes("bc"));
  await turns();
  assertEquals([first.heard, second.heard], ["", "d"]);
  replay.unplug(second);
  assertEquals([await replay.ended, replay.played], [undefined, 2]);
});

Deno.test("ReplayBoard does not count who only looked whether the port is there", async () => {
  using replay = board([">a", "b"]);
  const [first, second] = [new Ear(), new Ear()];
  replay.plugIn(first);
  replay.unplug(first);
  assertEquals(replay.played, 0);
  replay.plugIn(second);
  await replay.receive(bytes("a"));
  await turns();
  assertEquals(second.heard, "b");
});

Deno.test("ReplayBoard goes away where the recorded board did", async () => {
  using replay = board([">a", "b", "cut"]);
  const ear = new Ear();
  const cuts: boolean[] = [];
  replay.onCut = (isLast) => {
    cuts.push(isLast);
    replay.unplug(ear);
  };
  replay.plugIn(ear);
  await replay.receive(bytes("a"));
  await turns();
  assertEquals([ear.heard, cuts, await replay.ended], ["b", [true], undefined]);
});
