import { deepStrictEqual as assertEquals } from "node:assert/strict";
import {
  flushLog,
  levelOf,
  logger,
  type LogOutput,
  type LogRecord,
  resetLevels,
  setLevel,
  setLogOutput,
} from "./log.ts";

/** What is logged while `work` runs, as `level logger: message`. */
async function logged(work: () => void): Promise<string[]> {
  const records: LogRecord[] = [];
  setLogOutput(() => Promise.resolve((record) => void records.push(record)));
  try {
    work();
    await flushLog();
  } finally {
    setLogOutput(undefined);
    resetLevels();
  }
  return records.map(({ level, logger, message }) => `${level} ${logger}: ${message}`);
}

Deno.test("Logger tells warnings and errors unless more is asked for", async () => {
  const log = logger("repl");
  const lines = await logged(() => {
    log.debug(() => "a");
    log.info(() => "b");
    log.warning(() => "c");
    log.error(() => "d");
  });
  assertEquals(lines, ["warning repl: c", "error repl: d"]);
});

Deno.test("Logger makes no message that nobody wants", async () => {
  let made = 0;
  await logged(() => logger("repl").debug(() => `made ${++made}`));
  assertEquals(made, 0);
});

Deno.test("setLevel() sets a logger and those below it, and undoes what they had", () => {
  try {
    setLevel("error", "device.files");
    assertEquals([levelOf("device"), levelOf("device.files")], ["warning", "error"]);
    setLevel("debug", "device");
    assertEquals([levelOf("device"), levelOf("device.files")], ["debug", "debug"]);
    assertEquals(levelOf("discovery"), "warning");
    setLevel("info");
    assertEquals([levelOf("device"), levelOf("discovery.lease")], ["info", "info"]);
  } finally {
    resetLevels();
  }
});

Deno.test("Logger follows levels that are set after it was made, up to off", async () => {
  const log = logger("discovery.lease");
  const lines = await logged(() => {
    setLevel("debug", "discovery");
    log.debug(() => "told");
    setLevel("off");
    log.error(() => "not told");
  });
  assertEquals(lines, ["debug discovery.lease: told"]);
});

Deno.test("records wait in order until their output is loaded, and it is loaded once", async () => {
  const told: string[] = [];
  let loads = 0;
  const { promise, resolve } = Promise.withResolvers<LogOutput>();
  setLogOutput(() => (loads++, promise));
  try {
    logger("host").warning(() => "1");
    logger("host").warning(() => "2");
    assertEquals(told.length, 0);
    resolve(({ message }) => void told.push(message));
    await flushLog();
    logger("host").warning(() => "3");
  } finally {
    setLogOutput(undefined);
  }
  assertEquals([told, loads], [["1", "2", "3"], 1]);
});

Deno.test("Logger goes on where the log has nowhere to go", async () => {
  setLogOutput(() => Promise.reject(new Error("no such module")));
  try {
    logger("repl").error(() => "lost");
    await flushLog();
    logger("repl").error(() => "lost as well");
    await flushLog();
  } finally {
    setLogOutput(undefined);
  }
});
