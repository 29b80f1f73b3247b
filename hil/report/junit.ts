/**
 * A run as JUnit XML: a test suite for each board, a test case for each check. It keeps to the schema
 * of Jenkins' xUnit plug-in (junit-10.xsd), the strictest of those in use, and to what GitLab makes
 * of it: there a case is known by its class name and name, so that these are unique in a run.
 */

import type { BoardResult, CheckResult, RunResult } from "../run/result.ts";
import { ARROWS, durationOf, repeatCommand, shorten } from "./text.ts";

/** Servers show an attribute on one line. In UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2_000;

/**
 * A case's text. GitLab takes files of up to 10 MB (docs.gitlab.com, "Maximum file size per type of
 * artifact", `ci_max_artifact_size_junit`), and libxml2 texts of up to 10 MB.
 */
const MAX_TEXT_LENGTH = 64 * 1024;

/** All texts together; then messages alone are left. In UTF-16 units. */
const MAX_ALL_TEXT_LENGTH = 6 * 1024 * 1024;

/** Makes the document. */
export function junit(run: RunResult): string {
  const budget = { left: MAX_ALL_TEXT_LENGTH };
  const suites = run.boards.map((board) => boardSuite(board, { run, budget }));
  if (run.interrupted) suites.push(interruptedSuite(run));
  const sum = (key: "tests" | "failures" | "errors") =>
    suites.reduce((total, { counts }) => total + counts[key], 0);
  const root = element("testsuites", {
    name: "iot hil-test",
    ...{ tests: sum("tests"), failures: sum("failures"), errors: sum("errors") },
    time: seconds(run.durationMs),
  }, suites.map((suite) => suite.xml));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

interface Suite {
  readonly xml: string;
  readonly counts: {
    readonly tests: number;
    readonly failures: number;
    readonly errors: number;
    readonly skipped: number;
  };
}

/** Of a run's texts, what may still be written. */
interface Budget {
  left: number;
}

function boardSuite(
  result: BoardResult,
  { run, budget }: { readonly run: RunResult; readonly budget: Budget },
): Suite {
  const { board, checks, url, identity, infrastructure } = result;
  const count = (verdict: CheckResult["verdict"]) =>
    checks.filter((check) => check.verdict === verdict).length;
  // A board that never answered may have no check to say so.
  const lost = checks.length === 0 && infrastructure !== undefined;
  const counts = {
    tests: checks.length + (lost ? 1 : 0),
    failures: count("fail"),
    errors: count("infrastructure") + (lost ? 1 : 0),
    skipped: count("skip"),
  };
  const facts = {
    iot: run.version,
    bench: run.bench,
    seed: run.seed,
    ...(url !== undefined && { url }),
    ...identity,
  };
  const properties = Object.entries(facts).filter(([, value]) => value !== "")
    .map(([name, value]) => element("property", { name, value }));
  const cases = lost
    ? [
      element("testcase", { name: "board", classname: board, time: "0.000" }, [
        element("error", { message: brief(infrastructure), type: "infrastructure" }),
      ]),
    ]
    : checks.map((check) => testCase(check, { board, run, budget }));
  return suite(board, {
    run,
    counts,
    result,
    children: [element("properties", {}, properties), ...cases],
  });
}

/** What was not run has no case: without this one, a part of a run would look like the whole. */
function interruptedSuite(run: RunResult): Suite {
  const message = "The run was interrupted: not all checks were run.";
  return suite("iot hil-test", {
    run,
    counts: { tests: 1, failures: 0, errors: 1, skipped: 0 },
    children: [
      element("testcase", { name: "complete", classname: "iot hil-test", time: "0.000" }, [
        element("error", { message, type: "interrupted" }),
      ]),
    ],
  });
}

function suite(
  name: string,
  { run, counts, children, result }: {
    readonly run: RunResult;
    readonly counts: Suite["counts"];
    readonly children: readonly string[];
    readonly result?: BoardResult;
  },
): Suite {
  const checks = result?.checks ?? [];
  const began = checks.find(({ attempts }) => attempts.length > 0)?.attempts[0].startedMs;
  const xml = element("testsuite", {
    name,
    ...counts,
    time: seconds(checks.reduce((sum, check) => sum + durationOf(check), 0)),
    // As Ant wrote it: without a zone. It is UTC.
    timestamp: new Date(began ?? run.startedMs).toISOString().slice(0, 19),
  }, children);
  return { xml, counts };
}

function testCase(
  check: CheckResult,
  { board, run, budget }: { board: string; run: RunResult; budget: Budget },
): string {
  const { check: name, verdict, round } = check;
  const message = brief(check.message ?? "");
  const text = verdict === "pass" || verdict === "skip"
    ? ""
    : spend(details(check, { board, run }), budget);
  const result: Readonly<Record<CheckResult["verdict"], readonly string[]>> = {
    pass: [],
    skip: [element("skipped", { message })],
    fail: [element("failure", { message, type: "CheckFailure" }, text)],
    infrastructure: [element("error", { message, type: "infrastructure" }, text)],
    // As Surefire writes it (maven.apache.org, "Rerun Failing Tests"): elsewhere it counts as passed.
    flaky: [
      element("flakyFailure", { message, type: "CheckFailure" }, [element("stackTrace", {}, text)]),
    ],
  };
  const lines = [
    ...(verdict === "flaky" ? [`flaky: ${check.message}`] : []),
    ...check.log,
    ...check.measurements.map(({ name, value, unit }) => `${name}: ${value.toFixed(1)} ${unit}`),
  ];
  return element("testcase", {
    name: round === 1 ? name : `${name} (round ${round})`,
    classname: `${board}.${name.split("/")[0]}`,
    time: seconds(durationOf(check)),
  }, [
    ...result[verdict],
    ...(lines.length > 0 ? [element("system-out", {}, spend(lines.join("\n"), budget))] : []),
  ]);
}

/** What a person needs who reads no other report. */
function details(
  check: CheckResult,
  { board, run }: { readonly board: string; readonly run: RunResult },
): string {
  const { message = "", attempts } = check;
  const again = repeatCommand(run, { board, check: check.check, seed: check.seed });
  const tries = attempts.map(({ transcript, message }, at) => {
    const lines = transcript.map(({ atMs, direction, text }) =>
      `${(atMs / 1000).toFixed(3).padStart(8)} ${ARROWS[direction]} ${text}`
    );
    const head = attempts.length === 1 ? [] : [
      `Attempt ${at + 1}: ${
        message === undefined ? "passed" : shorten(message, MAX_MESSAGE_LENGTH)
      }`,
    ];
    return [...head, ...lines].join("\n");
  });
  const parts = [shorten(message, MAX_TEXT_LENGTH / 2), `To repeat it: ${again}`, ...tries];
  return parts.filter((part) => part !== "").join("\n\n");
}

function brief(message: string): string {
  return shorten(message, MAX_MESSAGE_LENGTH);
}

/** As much of `text` as may be written. */
function spend(text: string, budget: Budget): string {
  const part = shorten(text, Math.min(MAX_TEXT_LENGTH, budget.left));
  budget.left = Math.max(0, budget.left - part.length);
  return part;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** An element with text, or with elements, each on lines of its own. */
function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string | readonly string[] = [],
): string {
  const list = Object.entries(attributes).map(([name, value]) => {
    const text = escape(String(value)).replace(/[\n\t]/g, (space) => SPACES[space]);
    return ` ${name}="${text}"`;
  });
  const start = `<${name}${list.join("")}`;
  if (content.length === 0) return `${start}/>`;
  if (typeof content === "string") return `${start}>${escape(content)}</${name}>`;
  return `${start}>\n${content.join("\n")}\n</${name}>`;
}

/** What XML 1.0 does not allow at all, even escaped: "Char" in its section 2.2. */
// deno-lint-ignore no-control-regex -- control characters are what is replaced
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

/** In an attribute, a parser makes a space of each of these (XML 1.0, 3.3.3). */
const SPACES: Readonly<Record<string, string>> = { "\n": "&#10;", "\t": "&#9;" };

function escape(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd").replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("\r", "&#13;");
}
