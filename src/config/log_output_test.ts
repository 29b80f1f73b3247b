import { deepStrictEqual as assertEquals, ok, throws } from "node:assert/strict";
import { printable } from "@/base/bytes.ts";
import { type LogRecord, resetLevels, setLevel } from "@/base/log.ts";
import { Environment } from "./environment.ts";
import { logOutput } from "./log_output.ts";
import { openRecordFile } from "./record_file.ts";
import { Redactor } from "./redact.ts";
import { makeTree } from "./testing.ts";

function record(level: LogRecord["level"], message: string): LogRecord {
  return { time: new Date(0), level, logger: "repl", message };
}

/** A log whose lines are collected: those of the file, and those of standard error. */
function collecting(redact = (text: string) => text) {
  const lines = { file: [] as string[], stderr: [] as string[] };
  const file = { write: (line: string) => void lines.file.push(line) };
  const output = logOutput({ redact, file, write: (line) => void lines.stderr.push(line) });
  return { lines, output };
}

Deno.test("logOutput() writes time, level, logger and message in one line", () => {
  const { lines, output } = collecting();
  output(record("warning", "first\r\nsecond\n"));
  assertEquals(lines.file, ["1970-01-01T00:00:00.000Z warning repl: first\\nsecond"]);
  assertEquals(lines.stderr, lines.file);
});

Deno.test("logOutput() shows on standard error what was asked for, the file has it all", () => {
  const { lines, output } = collecting();
  output(record("info", "nobody asked"));
  setLevel("info");
  try {
    output(record("info", "somebody asked"));
  } finally {
    resetLevels();
  }
  assertEquals(lines.file.length, 2);
  assertEquals(lines.stderr, ["1970-01-01T00:00:00.000Z info repl: somebody asked"]);
});

Deno.test("logOutput() lets no secret through, however it is spelt", async () => {
  const secret = "p4ss w'örd\\";
  await using tree = await makeTree({ "secrets.py": `wifi = ${JSON.stringify(secret)}\n` });
  const environment = new Environment({ IOT: tree.path, IOT_SECRETS: "secrets.py" });
  const { lines, output } = collecting(new Redactor(environment).redact);
  const bytes = new TextEncoder().encode(secret);
  const spellings = [
    secret,
    JSON.stringify(secret),
    JSON.stringify(JSON.stringify(secret)).replaceAll("ö", "ö"),
    encodeURIComponent(secret),
    new URLSearchParams([["x", secret]]).toString(),
    bytes.toBase64(),
    bytes.toHex(),
    printable(bytes),
  ];
  for (const spelling of spellings) output(record("warning", `it was ${spelling}.`));
  for (const [index, line] of lines.file.entries()) {
    ok(line.includes("***"), `${spellings[index]} → ${line}`);
    ok(!/p4ss|cDRzc|70347373/.test(line), line);
  }
});

Deno.test("openRecordFile() adds to a file that only its user can read", async () => {
  await using tree = await makeTree({ "old.log": "before\n" });
  const options = { setting: "IOT_LOG", complain: () => {} };
  using old = openRecordFile(`${tree.path}/old.log`, options);
  old.write("after");
  assertEquals(await Deno.readTextFile(`${tree.path}/old.log`), "before\nafter\n");
  using _made = openRecordFile(`${tree.path}/new.log`, options);
  if (Deno.build.os === "windows") return;
  assertEquals((await Deno.stat(`${tree.path}/new.log`)).mode! & 0o777, 0o600);
});

Deno.test("openRecordFile() says why a file cannot be had", async () => {
  await using tree = await makeTree({ "folder/.keep": "" });
  const open = (path: string) => () =>
    openRecordFile(`${tree.path}/${path}`, { setting: "IOT_LOG", complain: () => {} });
  const wrong = { name: "UsageError", exitCode: 2 };
  throws(open("no/x.log"), { ...wrong, message: /IOT_LOG names: its directory is not there/ });
  throws(open("folder"), { ...wrong, message: /it is a directory/ });
});

Deno.test("openRecordFile() complains once when the disk is full, and throws nothing", () => {
  const complaints: string[] = [];
  using file = openRecordFile("/dev/full", {
    setting: "IOT_LOG",
    complain: (message) => void complaints.push(message),
  });
  const { write } = file; // as traces use it
  write("a");
  write("b");
  assertEquals(complaints.length, 1);
  ok(/"\/dev\/full" cannot be written any more/.test(complaints[0]), complaints[0]);
});
