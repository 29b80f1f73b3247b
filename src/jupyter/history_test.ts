/** What is remembered, and what is found again. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

import { eventually } from "@/wire/testing.ts";

import { History, historyPath } from "./history.ts";
import { readHistoryQuery } from "./history_query.ts";

/** A history in `path` that has lines, with their numbers from 1, and its log. */
async function historyOf(path: string | undefined, ...lines: string[]) {
  const log: string[] = [];
  const history = new History({ path, log: (line) => void log.push(line) });
  lines.forEach((line, index) => history.add(index + 1, line));
  await ask(history, { hist_access_type: "tail", n: 0 });
  return { history, log };
}

function ask(history: History, content: Record<string, unknown>) {
  return history.query(readHistoryQuery(content));
}

/** A directory of this test's own, and the history's file in it. */
async function temporary() {
  const directory = await Deno.makeTempDir();
  return {
    path: `${directory}/iot/history.sqlite`,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("history is kept across sessions, of several kernels at once", async () => {
  await using file = await temporary();
  const first = await historyOf(file.path, "a = 1", "print(a)\n");
  const second = await historyOf(file.path, "b = 2");
  first.history.add(3, "c = 3");
  assert.deepEqual(await ask(first.history, { hist_access_type: "tail", n: 3 }), [
    [1, 2, "print(a)"],
    [1, 3, "c = 3"],
    [2, 1, "b = 2"],
  ]);
  await first.history[Symbol.asyncDispose]();
  await second.history[Symbol.asyncDispose]();
  const third = await historyOf(file.path);
  assert.deepEqual(await ask(third.history, { hist_access_type: "tail", n: 1 }), [[2, 1, "b = 2"]]);
  await third.history[Symbol.asyncDispose]();
  assert.deepEqual([...first.log, ...second.log, ...third.log], []);
  assert.equal((await Deno.stat(file.path)).mode! & 0o777, 0o600);
});

Deno.test("history is written without being asked for", async () => {
  await using file = await temporary();
  const { history } = await historyOf(file.path);
  history.add(1, "a");
  using database = new DatabaseSync(file.path, { readOnly: true });
  await eventually(
    () => database.prepare("SELECT * FROM history").get()?.source_raw === "a",
    "the line in the file",
  );
  await history[Symbol.asyncDispose]();
});

Deno.test("the last lines are written at the end, and how many there were", async () => {
  await using file = await temporary();
  const { history } = await historyOf(file.path, "a");
  history.add(2, "b");
  history.addOutput(2, "42");
  await history[Symbol.asyncDispose]();
  using database = new DatabaseSync(file.path, { readOnly: true });
  const rows = database.prepare("SELECT source_raw FROM history ORDER BY line").all();
  assert.deepEqual(rows.map(({ source_raw }) => source_raw), ["a", "b"]);
  const session = database.prepare("SELECT num_cmds, end FROM sessions").get();
  assert.equal(session?.num_cmds, 2);
  assert.match(String(session?.end), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$/);
});

Deno.test("a kernel that runs nothing leaves no session", async () => {
  await using file = await temporary();
  const { history } = await historyOf(file.path);
  await history[Symbol.asyncDispose]();
  using database = new DatabaseSync(file.path, { readOnly: true });
  assert.equal(database.prepare("SELECT COUNT(*) AS count FROM sessions").get()?.count, 0);
});

Deno.test("range counts sessions back, and lines from 1, without the last", async () => {
  await using file = await temporary();
  await (await historyOf(file.path, "old 1", "old 2")).history[Symbol.asyncDispose]();
  const { history } = await historyOf(file.path, "a", "b", "c");
  const range = async (session: number, start: number, stop?: number | null) =>
    await ask(history, { hist_access_type: "range", session, start, stop });
  assert.deepEqual(await range(0, 1, 3), [[0, 1, "a"], [0, 2, "b"]]);
  assert.deepEqual(await range(0, 2), [[0, 2, "b"], [0, 3, "c"]]);
  assert.deepEqual(await range(0, 1, null), [[0, 1, "a"], [0, 2, "b"], [0, 3, "c"]]);
  assert.deepEqual(await range(0, -2, -1), [[0, 2, "b"]]);
  assert.deepEqual(await range(-1, 1), [[1, 1, "old 1"], [1, 2, "old 2"]]);
  assert.deepEqual(await range(1, 2), [[1, 2, "old 2"]]);
  assert.deepEqual(await range(-5, 1), []);
  assert.deepEqual(await range(99, 1), []);
  await history[Symbol.asyncDispose]();
});

Deno.test("search takes patterns, a number, and only the last of those alike", async () => {
  await using file = await temporary();
  await (await historyOf(file.path, "print(1)", "x = 1")).history[Symbol.asyncDispose]();
  const { history } = await historyOf(file.path, "x = 1", "print(1)", "y = 2");
  const search = (content: Record<string, unknown>) =>
    ask(history, { hist_access_type: "search", ...content });
  assert.deepEqual(await search({ pattern: "print*" }), [[1, 1, "print(1)"], [2, 2, "print(1)"]]);
  assert.deepEqual(await search({ pattern: "? = ?", unique: true }), [
    [2, 1, "x = 1"],
    [2, 3, "y = 2"],
  ]);
  assert.deepEqual(await search({ pattern: "*", n: 2, unique: true }), [
    [2, 2, "print(1)"],
    [2, 3, "y = 2"],
  ]);
  assert.deepEqual(await search({ pattern: "nothing" }), []);
  assert.equal((await search({})).length, 5);
  await history[Symbol.asyncDispose]();
});

Deno.test("the texts of results are there when they are asked for", async () => {
  const { history } = await historyOf(undefined, "6 * 7", "x = 1");
  history.addOutput(1, "42");
  const expected = [[1, ["6 * 7", "42"]], [2, ["x = 1", null]]] as const;
  for (const access of ["tail", "search"]) {
    assert.deepEqual(
      await ask(history, { hist_access_type: access, output: true }),
      expected.map((entry) => [1, ...entry]),
    );
  }
  assert.deepEqual(
    await ask(history, { hist_access_type: "range", output: true, raw: false }),
    expected.map((entry) => [0, ...entry]),
  );
  await history[Symbol.asyncDispose]();
});

for (
  const [what, spoil] of [
    ["garbage", (path: string) => Deno.writeTextFile(path, "no database\n".repeat(500))],
    ["a directory", (path: string) => Deno.mkdir(path)],
    ["of other tables", (path: string) => {
      using database = new DatabaseSync(path);
      database.exec("CREATE TABLE history (x INTEGER)");
    }],
  ] as const
) {
  Deno.test(`a history file that is ${what} is said once, and kept in memory instead`, async () => {
    await using file = await temporary();
    await Deno.mkdir(file.path.replace(/\/[^/]*$/, ""));
    await spoil(file.path);
    const { history, log } = await historyOf(file.path, "a");
    history.add(2, "b");
    assert.deepEqual(await ask(history, { hist_access_type: "tail" }), [[1, 1, "a"], [1, 2, "b"]]);
    await history[Symbol.asyncDispose]();
    assert.equal(log.length, 1);
    assert.ok(log[0].includes(file.path), log[0]);
  });
}

Deno.test("a history file whose directory cannot be made is said once", async () => {
  await using file = await temporary();
  await Deno.writeTextFile(file.path.replace(/\/[^/]*$/, ""), "a file");
  const { history, log } = await historyOf(file.path, "a");
  assert.deepEqual(await ask(history, { hist_access_type: "tail" }), [[1, 1, "a"]]);
  await history[Symbol.asyncDispose]();
  assert.equal(log.length, 1);
});

Deno.test("a file that another kernel keeps busy gets its lines later", async () => {
  await using file = await temporary();
  const { history, log } = await historyOf(file.path, "a");
  using other = new DatabaseSync(file.path);
  other.exec("BEGIN IMMEDIATE");
  history.add(2, "b");
  assert.deepEqual(await ask(history, { hist_access_type: "tail" }), [[1, 1, "a"]]);
  other.exec("COMMIT");
  assert.deepEqual(await ask(history, { hist_access_type: "tail" }), [[1, 1, "a"], [1, 2, "b"]]);
  await history[Symbol.asyncDispose]();
  assert.deepEqual(log, []);
});

Deno.test("readHistoryQuery() refuses what cannot be meant", () => {
  for (
    const content of [
      {},
      { hist_access_type: "all" },
      { hist_access_type: "tail", n: -1 },
      { hist_access_type: "tail", n: "5" },
      { hist_access_type: "range", session: 0.5 },
      { hist_access_type: "range", start: [] },
      { hist_access_type: "search", pattern: 5 },
      { hist_access_type: "search", pattern: "*".repeat(2_000) },
    ]
  ) {
    assert.throws(() => readHistoryQuery(content), /history_request/, JSON.stringify(content));
  }
});

Deno.test("historyPath() is in the user's data directory, or nowhere", () => {
  const variables = (name: string) => name === "XDG_DATA_HOME" ? "/data" : undefined;
  if (Deno.build.os !== "windows") {
    assert.equal(historyPath(variables), "/data/iot/history.sqlite");
  }
  assert.equal(historyPath(() => undefined), undefined);
});
