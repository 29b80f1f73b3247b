/** A recorded session plays back: the same commands print the same, and others are objected to. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { makeTree } from "@/config/testing.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import { SimulatedBoard } from "../mocks/board.ts";
import { record, replay, type Words } from "./trace_testing.ts";

const SECRET = "hush-hush-1";

/** Incompressible, so that it goes in several blocks. */
const DATA = Uint8Array.from({ length: 5_000 }, (_, index) => Math.imul(index, 2654435761) >>> 24);

/** Files of a computer with a secret, and a simulated board. */
async function desk() {
  const tree = await makeTree({
    "data.bin": DATA,
    "secrets.py": `wifi_pwd = "${SECRET}"\nshort = "abc"\n`,
    "boot.py": `import network\nnetwork.connect("${SECRET}")\n`,
  });
  const board = await SimulatedBoard.start({ name: "demo" });
  const simulated = simulatedScheme({ connect: () => board.connect(), running: () => [] });
  return {
    path: tree.path,
    place: { schemes: new Map([["sim", simulated]]), url: "sim://demo", home: tree.path },
    async [Symbol.asyncDispose]() {
      await board[Symbol.asyncDispose]();
      await tree[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a recorded session plays back, and the same commands print the same", async () => {
  await using home = await desk();
  const commands: Words[] = [
    ["exec", "print(6 * 7)"],
    ["exec", "def f():\n    1 / 0\nf()"],
    ["cp", `${home.path}/data.bin`, ":/data.bin"],
    ["rlist"],
    ["cat", ":/data.bin"],
    ["softreset"],
    ["exec", "print('f' in globals())"],
  ];
  const { ran, trace } = await record(commands, home.place);
  assertEquals(ran[0].stdout, "42\n");
  match(ran[1].outcome, /ZeroDivisionError/);
  assertEquals(ran.at(-1)!.stdout, "False\n");
  const played = await replay(commands, { trace, home: home.path });
  assertEquals(played, { ran, difference: undefined });
});

Deno.test("a trace holds no secret, whichever way it went to the board, and plays back", async () => {
  await using home = await desk();
  const commands: Words[] = [
    ["exec", `print(len("${SECRET}"))`],
    ["cp", `${home.path}/secrets.py`, ":/secrets.py"],
    ["cp", `${home.path}/boot.py`, ":/boot.py"],
    ["exec", "print('still there')"],
  ];
  const { ran, trace } = await record(commands, home.place);
  assertEquals(ran.map(({ outcome }) => outcome), ["ok", "ok", "ok", "ok"]);
  for (const part of [SECRET, "hush", "wifi_pwd", btoa(SECRET).slice(0, 8), "68757368"]) {
    ok(!trace.includes(part), `${part} in the trace`);
  }
  match(trace, /print\(len\(\\"\*{11}\\"\)\)/);
  const played = await replay(commands, { trace, home: home.path });
  assertEquals(played, { ran, difference: undefined });
});

Deno.test("a trace holds nothing of secrets.py when it is read from the board", async () => {
  await using home = await desk();
  const { ran, trace } = await record([
    ["cp", `${home.path}/secrets.py`, ":/secrets.py"],
    ["cat", ":/secrets.py"],
  ], home.place);
  ok(ran[1].stdout.includes(SECRET), ran[1].stdout);
  for (const part of [SECRET, "wifi_pwd", "short"]) ok(!trace.includes(part), part);
});

Deno.test("playing back objects to a command that says something else", async () => {
  await using home = await desk();
  const { trace } = await record([["exec", "print(1)"]], home.place);
  const { ran, difference } = await replay([["exec", "print(2)"]], { trace, home: home.path });
  ok(ran[0].outcome !== "ok");
  match(difference!, /^Connection 1 of 1, byte \d+ from the host: line \d+, expected was "1\)/);
});
