/**
 * A run as JUnit XML: a test suite for each board, a test case for each check. What CI servers take,
 * after the schema of Jenkins' xUnit plug-in (junit-10.xsd), which GitLab and GitHub Actions read.
 */

import type { BoardResult, CheckResult, RunResult, WireChunk } from "../run/result.ts";

/** Makes the document. */
export function junit(run: RunResult): string {
  const suites = run.boards.map((board) => suite(board, run)).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites}</testsuites>\n`;
}

function suite(result: BoardResult, run: RunResult): string {
  const { board, checks, url, identity, infrastructure } = result;
  const count = (...verdicts: CheckResult["verdict"][]) =>
    checks.filter(({ verdict }) => verdicts.includes(verdict)).length;
  // A board that never answered has no check to say so.
  const lost = checks.length === 0 && infrastructure !== undefined;
  const attributes = {
    name: board,
    tests: checks.length + (lost ? 1 : 0),
    failures: count("fail"),
    errors: count("infrastructure") + (lost ? 1 : 0),
    skipped: count("skip"),
    time: seconds(checks.reduce((sum, check) => sum + durationOf(check), 0)),
    // The schema wants it without a zone.
    timestamp: new Date(run.startedMs).toISOString().slice(0, 19),
  };
  const facts = {
    iot: run.version,
    bench: run.bench,
    ...(url !== undefined && { url }),
    ...identity,
  };
  const properties = Object.entries(facts).filter(([, value]) => value !== "").map((
    [name, value],
  ) => `      <property${attribute({ name, value })}/>\n`).join("");
  const cases = lost
    ? element("testcase", { name: "board", classname: board, time: "0.000" }, [
      element("error", { message: infrastructure, type: "infrastructure" }),
    ])
    : checks.map((check) => testCase(board, check)).join("");
  return `  <testsuite${
    attribute(attributes)
  }>\n    <properties>\n${properties}    </properties>\n` +
    `${cases}  </testsuite>\n`;
}

function testCase(board: string, check: CheckResult): string {
  const { check: name, verdict, message = "", round, seed } = check;
  const attributes = {
    name: round === 1 ? name : `${name} (round ${round})`,
    classname: `${board}.${name.split("/")[0]}`,
    time: seconds(durationOf(check)),
  };
  const details = `${message}\nseed ${seed}\n\n${check.attempts.map(transcriptOf).join("\n")}`;
  const children: string[] = {
    pass: [],
    skip: [element("skipped", { message })],
    fail: [element("failure", { message, type: "CheckFailure" }, [escape(details)])],
    infrastructure: [element("error", { message, type: "infrastructure" }, [escape(details)])],
    flaky: [],
  }[verdict];
  const lines = [
    ...(verdict === "flaky" ? [`flaky: ${message}`] : []),
    ...check.log,
    ...check.measurements.map(({ name, value, unit }) => `${name}: ${value.toFixed(1)} ${unit}`),
  ];
  if (lines.length > 0) children.push(element("system-out", {}, [escape(lines.join("\n"))]));
  return element("testcase", attributes, children);
}

function transcriptOf({ transcript }: CheckResult["attempts"][number]): string {
  return transcript.map(lineOf).join("\n");
}

const ARROWS: Readonly<Record<WireChunk["direction"], string>> = { in: "<", out: ">", note: "#" };

function lineOf({ atMs, direction, text }: WireChunk): string {
  return `${(atMs / 1000).toFixed(3).padStart(8)} ${ARROWS[direction]} ${text}`;
}

function durationOf({ attempts }: CheckResult): number {
  return attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly string[] = [],
): string {
  const start = `    <${name}${attribute(attributes)}`;
  if (children.length === 0) return `${start}/>\n`;
  const isText = !children[0].trimStart().startsWith("<");
  if (isText) return `${start}>${children.join("")}</${name}>\n`;
  return `${start}>\n${children.map((child) => `  ${child}`).join("")}    </${name}>\n`;
}

function attribute(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes).map(([name, value]) => ` ${name}="${escape(String(value))}"`)
    .join("");
}

/** What XML 1.0 does not allow at all, even escaped: "Char" in its section 2.2. */
// deno-lint-ignore no-control-regex -- control characters are what is replaced
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

function escape(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd").replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("\r", "&#13;");
}
