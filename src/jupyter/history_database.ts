/** The history's file: SQLite, in the tables that IPython has, so that its tools can read it too. */

import type { DatabaseSync } from "node:sqlite";

import { pause } from "@/base/deadline.ts";
import { makePrivateDirectory } from "@/config/places.ts";
import { type HistoryQuery, historySql } from "./history_query.ts";

/** The path of one that is kept in memory: SQLite, "In-Memory Databases". */
export const IN_MEMORY = ":memory:";

/** How long a write waits for another kernel's, in milliseconds; nothing else runs meanwhile. */
const BUSY_MS = 20;

/** How often, and how many milliseconds apart, a busy file is tried when it is opened. */
const OPEN_TRIES = 50;
const OPEN_AGAIN_MS = 20;

/** IPython's, `core/history.py`. With a log written ahead, a commit waits for no disk. */
const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS sessions (
  session INTEGER PRIMARY KEY AUTOINCREMENT, start TIMESTAMP, end TIMESTAMP,
  num_cmds INTEGER, remark TEXT);
CREATE TABLE IF NOT EXISTS history (
  session INTEGER, line INTEGER, source TEXT, source_raw TEXT, PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (
  session INTEGER, line INTEGER, output TEXT, PRIMARY KEY (session, line));
`;

/** A text to be kept: a cell's, or its result's. */
export interface HistoryLine {
  readonly kind: "source" | "output";
  /** The cell's execution count. */
  readonly line: number;
  readonly text: string;
}

/** One cell, as a `history_reply` lists it; the session that asks by number 0 is 0. */
export type HistoryEntry = [
  session: number,
  line: number,
  source: string | [source: string, output: string | null],
];

/** An open file, and the session of one kernel in it: it gets its number with its first line. */
export class HistoryDatabase implements Disposable {
  readonly #database: DatabaseSync;
  #session: number | undefined;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Opens the file at `path`, which is made where there is none, for this user alone. */
  static async open(path: string): Promise<HistoryDatabase> {
    const { DatabaseSync } = await import("node:sqlite");
    if (path !== IN_MEMORY) {
      await makePrivateDirectory(path.replace(/[/\\][^/\\]*$/, ""));
      (await Deno.open(path, { append: true, create: true, mode: 0o600 })).close();
    }
    for (let tries = 1;; tries++) {
      const database = new DatabaseSync(path, { timeout: BUSY_MS });
      try {
        database.exec(SCHEMA);
        return new HistoryDatabase(database);
      } catch (error) {
        database.close();
        if (!isBusy(error) || tries === OPEN_TRIES) throw error;
        await pause(OPEN_AGAIN_MS);
      }
    }
  }

  /** Writes all of `lines`, or none when it throws. */
  save(lines: readonly HistoryLine[]): void {
    const database = this.#database;
    database.exec("BEGIN IMMEDIATE");
    let session = this.#session;
    try {
      session ??= Number(
        database.prepare("INSERT INTO sessions (start) VALUES (?)").run(timestamp())
          .lastInsertRowid,
      );
      const source = database.prepare("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)");
      const output = database.prepare("INSERT OR REPLACE INTO output_history VALUES (?, ?, ?)");
      for (const { kind, line, text } of lines) {
        if (kind === "source") source.run(session, line, text, text);
        else output.run(session, line, text);
      }
      database.exec("COMMIT");
      this.#session = session;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Entries in the order they were run. */
  query(query: HistoryQuery): HistoryEntry[] {
    const current = this.#current();
    const { sql, parameters } = historySql(query, current);
    const rows = this.#database.prepare(sql).all(...parameters).reverse();
    const isCurrent = query.access === "range" &&
      (query.session === 0 || query.session === current.session);
    return rows.map((row) => [
      isCurrent ? 0 : Number(row.session),
      Number(row.line),
      query.output
        ? [String(row.source), row.output === null ? null : String(row.output)]
        : String(row.source),
    ]);
  }

  /** Notes the session's end and closes the file. */
  [Symbol.dispose](): void {
    try {
      if (this.#session !== undefined) {
        const { end } = this.#current();
        this.#database.prepare("UPDATE sessions SET end = ?, num_cmds = ? WHERE session = ?")
          .run(timestamp(), end - 1, this.#session);
      }
    } catch {
      // Nobody misses the note.
    } finally {
      this.#database.close();
    }
  }

  #current(): { session: number; end: number } {
    if (this.#session === undefined) {
      const last = this.#database.prepare("SELECT MAX(session) AS last FROM sessions").get();
      return { session: Number(last?.last ?? 0) + 1, end: 1 };
    }
    const last = this.#database.prepare("SELECT MAX(line) AS last FROM history WHERE session = ?")
      .get(this.#session);
    return { session: this.#session, end: Number(last?.last ?? 0) + 1 };
  }
}

/** Whether a file could not be used just now because another kernel writes to it. */
export function isBusy(error: unknown): boolean {
  // node:sqlite hands on SQLite's text, and no code of its own.
  return error instanceof Error && /database (?:table )?is locked|busy/.test(error.message);
}

/** As Python's sqlite3 reads and writes its `timestamp`. */
function timestamp(): string {
  return new Date().toISOString().replace("T", " ").replace("Z", "");
}
