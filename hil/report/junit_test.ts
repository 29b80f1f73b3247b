import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
import type { RunResult } from "../run/result.ts";
import { junit } from "./junit.ts";
import {
  everything,
  HOSTILE,
  sampleBoard,
  sampleCheck,
  sampleFailure,
  sampleRun,
} from "./sample_testing.ts";

const SCHEMA = new URL("testdata/junit.xsd", import.meta.url).pathname;
const XMLLINT_MS = 60_000;

/** What xmllint says of `xml`: an empty text when all is well. */
async function xmllint(xml: string, args: readonly string[]): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    await Deno.writeTextFile(file, xml);
    const { code, stdout, stderr } = await new Deno.Command("xmllint", {
      args: ["--nonet", ...args, file],
      signal: AbortSignal.timeout(XMLLINT_MS),
    }).output();
    const said = new TextDecoder().decode(code === 0 ? stdout : stderr);
    return code === 0 ? said.replace(/\n$/, "") : `exit code ${code}: ${said}`;
  } finally {
    await Deno.remove(file);
  }
}

async function assertValid(run: RunResult): Promise<string> {
  const xml = junit(run);
  assertEquals(await xmllint(xml, ["--noout", "--schema", SCHEMA]), "");
  return xml;
}

async function query(xml: string, path: string): Promise<string> {
  return await xmllint(xml, ["--xpath", path]);
}

Deno.test("junit() keeps to the schema, whatever boards say", async () => {
  for (const text of ["plain", HOSTILE, "]]>", "x".repeat(1_000_000), "\n\n"]) {
    await assertValid(everything(text));
  }
  await assertValid(sampleRun([]));
  await assertValid(sampleRun([sampleBoard("idle", [])]));
});

Deno.test("the schema notices what is wrong with a document", async () => {
  const xml = junit(everything("plain"));
  const wrong = [
    xml.replace("<failure ", "<failed ").replace("</failure>", "</failed>"),
    xml.replace(' classname="', ' class="'),
    xml.replace(/ time="[^"]*"/, ' time="soon"'),
    junit(sampleRun([sampleBoard("twice", [sampleCheck(), sampleCheck()])])),
  ];
  for (const [at, document] of wrong.entries()) {
    const said = await xmllint(document, ["--noout", "--schema", SCHEMA]);
    assert(said.startsWith("exit code"), `document ${at} is taken as valid`);
  }
});

Deno.test("junit() counts each verdict as CI servers do", async () => {
  const xml = await assertValid(everything("plain"));
  const of = (name: string) => query(xml, `string(/testsuites/testsuite[1]/@${name})`);
  assertEquals(await of("tests"), "5");
  assertEquals(await of("failures"), "1");
  assertEquals(await of("errors"), "1");
  assertEquals(await of("skipped"), "1");
  // The lost board and the interrupt are errors too: neither is a run without fault.
  assertEquals(await query(xml, "string(/testsuites/@errors)"), "3");
  assertEquals(await query(xml, "string(/testsuites/@tests)"), "7");
  for (const name of ["testcase", "failure", "error", "skipped", "flakyFailure"]) {
    const count = await query(xml, `count(//${name})`);
    const wanted = { testcase: "7", failure: "1", error: "3", skipped: "1", flakyFailure: "1" };
    assertEquals(count, wanted[name as keyof typeof wanted], name);
  }
});

Deno.test("junit() keeps a message's text and lines, and the rounds of a check apart", async () => {
  const message = 'Expected "1 < 2 & 3"\n  got ]]>\tµ 日本語';
  const rounds = [1, 2].map((round) => sampleFailure(message, { round }));
  const xml = await assertValid(sampleRun([sampleBoard("a", rounds)]));
  assertEquals(await query(xml, "string((//failure)[1]/@message)"), message);
  const text = await query(xml, "string((//failure)[1])");
  assert(text.startsWith(message), text);
  const command = "iot hil-test --bench bench.yaml --board a --check exec/output --seed 7";
  assert(text.includes(command), text);
  assert(text.includes("0.025 < OK2"), text);
  assertEquals(await query(xml, "string((//testcase)[2]/@name)"), "exec/output (round 2)");
});

Deno.test("junit() stays below what GitLab takes, and says what it leaves out", async () => {
  const long = "y".repeat(1_000_000);
  const checks = Array.from(
    { length: 200 },
    (_, at) => sampleFailure(long, { check: `exec/${at}` }),
  );
  const xml = await assertValid(sampleRun([sampleBoard("loud", checks)]));
  assert(xml.length < 10_000_000, `${xml.length}`);
  assert(xml.includes("more characters)"));
});
