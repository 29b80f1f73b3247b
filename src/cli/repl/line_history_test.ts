import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { LineHistory } from "./line_history.ts";

async function withPlace(
  work: (open: () => Promise<LineHistory>, file: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const variables = (name: string) => name === "XDG_DATA_HOME" ? folder : undefined;
    await work(() => LineHistory.open(variables), `${folder}/iot/repl_history`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("LineHistory keeps lines for the next time, for this user only", async () => {
  await withPlace(async (open, file) => {
    const history = await open();
    for (const line of ["a = 1", "    é", "    é", "a"]) await history.add(line);
    assertEquals(history.lines, ["a = 1", "    é", "a"]);
    assertEquals((await open()).lines, history.lines);
    assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  });
});

Deno.test("LineHistory keeps two programs' lines", async () => {
  await withPlace(async (open) => {
    const [one, two] = [await open(), await open()];
    await one.add("1");
    await two.add("2");
    await one.add("3");
    assertEquals((await open()).lines, ["1", "2", "3"]);
  });
});

Deno.test("LineHistory is bounded, in memory and on disk", async () => {
  await withPlace(async (open, file) => {
    const history = await open();
    for (let line = 0; line < 2_100; line++) await history.add(`${line}`);
    await history.add("x".repeat(5_000));
    assertEquals([history.lines.length, history.lines.at(-1)], [1_000, "2099"]);
    assertEquals((await open()).lines, history.lines);
    assertEquals((await Deno.readTextFile(file)).split("\n").length, 1_001);
  });
});

Deno.test("LineHistory goes on in memory where files cannot be kept", async () => {
  const nowhere = await LineHistory.open(() => undefined);
  await nowhere.add("a");
  assertEquals(nowhere.lines, ["a"]);
});
