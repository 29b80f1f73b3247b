/** What a `history_request` asks for, checked, and the SQL that finds it. */

import { UsageError } from "@/base/errors.ts";
import type { Json } from "@/wire/jupyter_message.ts";

/** The most entries in one answer, the newest. A console asks for 1,000. */
const MAX_ENTRIES = 10_000;

/** IPython's default, `HistoryManager.get_tail`. */
const DEFAULT_TAIL = 10;

/** SQLite's GLOB can take time exponential in the stars of its pattern. */
const MAX_PATTERN_UNITS = 1_000;

/** Which entries: Messaging in Jupyter, "History". */
export type HistoryQuery =
  & {
    /** As typed, rather than as it was run. Here they are the same. */
    readonly raw: boolean;
    /** With the results' texts. */
    readonly output: boolean;
  }
  & (
    | { readonly access: "tail"; readonly n: number }
    /** Lines from `start` up to, without, `stop`. Sessions of 0 and less count back from this one. */
    | {
      readonly access: "range";
      readonly session: number;
      readonly start: number;
      readonly stop: number | undefined;
    }
    /** A pattern with `*` and `?`; of those alike only the last where `unique`. */
    | {
      readonly access: "search";
      readonly pattern: string;
      readonly n: number;
      readonly unique: boolean;
    }
  );

/** Reads the content of a `history_request`. @throws {UsageError} for what cannot be meant. */
export function readHistoryQuery(content: Json): HistoryQuery {
  const kind = { raw: content.raw !== false, output: content.output === true };
  const { hist_access_type: access } = content;
  switch (access) {
    case "tail":
      return { ...kind, access, n: count(content.n, DEFAULT_TAIL) };
    case "range": {
      const { session, start, stop } = content;
      return {
        ...kind,
        access,
        session: integer("session", session ?? 0),
        start: integer("start", start ?? 1),
        stop: integer("stop", stop ?? 0) || undefined,
      };
    }
    case "search": {
      const { pattern = "*", n, unique } = content;
      if (typeof pattern !== "string" || pattern.length > MAX_PATTERN_UNITS) {
        throw new UsageError(`A history_request's "pattern" is not a text to search for.`);
      }
      return { ...kind, access, pattern, n: count(n, MAX_ENTRIES), unique: unique === true };
    }
    default:
      throw new UsageError(
        `A history_request's "hist_access_type" is ${JSON.stringify(access) ?? "missing"}, ` +
          "not tail, range or search.",
      );
  }
}

function count(value: unknown, otherwise: number): number {
  const n = integer("n", value ?? otherwise);
  if (n < 0) throw new UsageError(`A history_request's "n" is less than 0.`);
  return Math.min(n, MAX_ENTRIES);
}

function integer(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new UsageError(`A history_request's "${name}" is not a whole number.`);
}

/** What is known of the session that asks. */
export interface CurrentSession {
  readonly session: number;
  /** The number behind its last line's. */
  readonly end: number;
}

/** A statement whose rows are `session`, `line`, `source` and, if asked for, `output`, last first. */
export function historySql(
  query: HistoryQuery,
  current: CurrentSession,
): { sql: string; parameters: (string | number)[] } {
  const source = query.raw ? "source_raw" : "source";
  const columns = ["h.session", "h.line", `h.${source} AS source`];
  if (query.output) columns.push("o.output");
  let rest = "";
  const parameters: (string | number)[] = [];
  if (query.access === "range") {
    const { session, start, stop } = rangeOf(query, current);
    rest = "WHERE h.session = ? AND h.line >= ? AND h.line < ?";
    parameters.push(session, start, stop, MAX_ENTRIES);
  } else if (query.access === "search") {
    rest = "WHERE h.source_raw GLOB ?";
    parameters.push(query.pattern, query.n);
    if (query.unique) {
      rest += " GROUP BY h.source_raw";
      // SQLite takes the other columns from the row that has the maximum (lang_select.html, 2.5).
      columns.push("MAX(h.session * 4294967296 + h.line)");
    }
  } else {
    parameters.push(query.n);
  }
  const join = query.output ? "LEFT JOIN output_history o USING (session, line)" : "";
  const sql = `SELECT ${columns.join(", ")} FROM history h ${join} ${rest} ` +
    "ORDER BY h.session DESC, h.line DESC LIMIT ?";
  return { sql, parameters };
}

/** As IPython: in the session that asks, negative lines count from its end. */
function rangeOf(
  { session, start, stop }: Extract<HistoryQuery, { access: "range" }>,
  current: CurrentSession,
): { session: number; start: number; stop: number } {
  const absolute = session <= 0 ? current.session + session : session;
  const end = absolute === current.session ? current.end : 0;
  const from = (line: number) => line < 0 ? line + end : line;
  return {
    session: absolute,
    start: from(start),
    stop: stop === undefined ? Number.MAX_SAFE_INTEGER : from(stop),
  };
}
