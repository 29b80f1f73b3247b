/** Logs, traces and `iot sim --replay` as whole programs, run from their sources. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { makeTree } from "@/config/testing.ts";
import { capture, type RunResult } from "../scripts/run.ts";
import { LineProcess } from "./acceptance/support/lines.ts";
import { isolated } from "./acceptance/support/product.ts";

const IOT = ["run", "-A", "-q", "--no-check", `${import.meta.dirname}/../main.ts`];

/** No command in the tests may take longer, in milliseconds. */
const DEADLINE_MS = 60_000;

const SECRET = "hush-hush-1";

async function iot(args: string[], env: Record<string, string>): Promise<RunResult> {
  const options = { args: [...IOT, ...args], env, timeoutMs: DEADLINE_MS };
  return await capture(Deno.execPath(), options);
}

/** A home with a secret, and settings that make iot look there and nowhere else. */
async function home(files: Record<string, string> = {}) {
  const tree = await makeTree({ "secrets.py": `wifi = "${SECRET}"\n`, ...files });
  const env = { ...isolated(tree.path), IOT: tree.path, IOT_SECRETS: "secrets.py" };
  return { ...tree, env };
}

Deno.test("IOT_LOG and IOT_TRACE tell what happened, privately, and no secret", async () => {
  await using place = await home();
  const [log, trace] = [`${place.path}/iot.log`, `${place.path}/trace.jsonl`];
  const env = { ...place.env, IOT_LOG: log, IOT_LOGLEVEL: "debug", IOT_TRACE: trace };
  const code = `raise ValueError("${SECRET}")`;
  const ran = await iot(["exec", "-d", "sim://demo", code], env);
  assertEquals([ran.code, ran.stdout], [1, ""]);
  const texts = { log: await Deno.readTextFile(log), trace: await Deno.readTextFile(trace) };
  match(texts.log, /^\d{4}-\d\d-\d\dT[\d:.]+Z info transport: sim:\/\/demo opened in \d+ ms$/m);
  match(texts.log, /^\S+ debug session: exec: ValueError: \*\*\*$/m);
  match(
    texts.trace,
    /^\{"event":"start","format":"iot-trace 1",.*raise ValueError\(\\"\*\*\*\\"\)/,
  );
  match(texts.trace, /\{"event":"host",.*ValueError\(\\"\*{11}\\"\)/);
  for (const [name, text] of Object.entries(texts)) ok(!text.includes(SECRET), name);
  for (const line of texts.log.trimEnd().split("\n")) ok(ran.stderr.includes(line), line);
  for (const path of [log, trace]) assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("iot says nothing of itself where no log is asked for", async () => {
  await using place = await home();
  const ran = await iot(["exec", "-d", "sim://demo", "print(1)"], place.env);
  assertEquals([ran.code, ran.stdout, ran.stderr], [0, "1\n", ""]);
});

const WRONG: [env: Record<string, string>, message: RegExp][] = [
  [
    { IOT_LOG: "$IOT/no/iot.log" },
    /Cannot write "\S+\/no\/iot\.log", which IOT_LOG names: its dir/,
  ],
  [{ IOT_TRACE: "$IOT/no/t.jsonl" }, /Cannot write "\S+\/no\/t\.jsonl", which IOT_TRACE names/],
  [{ IOT_LOGLEVEL: "rpel=debug" }, /Unknown logger "rpel"/],
  [{ IOT_SEED: "-1" }, /IOT_SEED must be a whole number below 2\^32, not "-1"/],
];

for (const [wrong, message] of WRONG) {
  Deno.test(`iot refuses ${JSON.stringify(wrong)}`, async () => {
    await using place = await home();
    const { code, stderr } = await iot(["--version"], { ...place.env, ...wrong });
    assertEquals(code, 2);
    match(stderr, message);
  });
}

const TRACE = [
  { event: "start", format: "iot-trace 1", seed: 5, command: "iot exec 1" },
  { event: "open", id: "1.1", ms: 0, address: "serial:///dev/ttyACM0" },
  { event: "host", id: "1.1", ms: 1, text: "\r\u0003" },
  { event: "board", id: "1.1", ms: 1, text: "\u00ff>>> " },
  { event: "host", id: "1.1", ms: 2, text: "***!", blank: [[0, 3]] },
  { event: "close", id: "1.1", ms: 3 },
].map((line) => JSON.stringify(line)).join("\n");

/** Plays {@linkcode TRACE} at a port to a host that says `first`, hears the answer, says `second`. */
async function converse(first: string, second: string) {
  await using place = await home({ "trace.jsonl": TRACE });
  const args = [...IOT, "sim", "--replay", `${place.path}/trace.jsonl`, "--tcp", "0"];
  await using replay = new LineProcess(Deno.execPath(), args, place.env);
  const [, hostname, port] = /^replay tcp:\/\/([\d.]+):(\d+)$/.exec(await replay.line())!;
  const heard = new Uint8Array(5);
  {
    using host = await Deno.connect({ hostname, port: Number(port) });
    await host.write(new TextEncoder().encode(first));
    let count = 0;
    while (count < heard.length) {
      const more = await host.read(heard.subarray(count)).catch(() => null);
      if (more === null) break;
      count += more;
    }
    await host.write(new TextEncoder().encode(second)).catch(() => 0); // it may have hung up
  }
  return { heard: String.fromCharCode(...heard), code: await replay.ended() };
}

Deno.test("iot sim --replay answers as recorded, takes anything for blanks, and ends with 0", async () => {
  assertEquals(await converse("\r\u0003", "abc!"), { heard: "\u00ff>>> ", code: 0 });
});

Deno.test("iot sim --replay hangs up on a host that says something else, and ends with 1", async () => {
  assertEquals(await converse("\r\u0004", ""), { heard: "\0\0\0\0\0", code: 1 });
  assertEquals(await converse("\r\u0003", "abc?"), { heard: "\u00ff>>> ", code: 1 });
});

Deno.test("iot sim --replay refuses traces that were tampered with, and options without meaning", async () => {
  await using place = await home({ "cut.jsonl": TRACE.slice(0, 120), "other.txt": "hello\n" });
  const cases: [args: string[], message: RegExp][] = [
    [["cut.jsonl"], /"\S*cut\.jsonl", line 2: it is no JSON: the file was cut off or edited/],
    [["other.txt"], /"\S*other\.txt", line 1: it is no JSON/],
    [["missing.jsonl"], /Cannot read the trace "\S*missing\.jsonl"/],
    [["cut.jsonl", "--profile", "pico"], /--profile has no meaning/],
    [["cut.jsonl", "--tcp", "0", "--pty"], /give --pty or --tcp, not both/],
  ];
  for (const [[file, ...rest], message] of cases) {
    const { code, stderr } = await iot(
      ["sim", "--replay", `${place.path}/${file}`, ...rest],
      place.env,
    );
    assertEquals(code, 2, stderr);
    match(stderr, message);
  }
});
