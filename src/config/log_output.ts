/** Where the log goes: standard error, and a file if one is named. No secret gets into either. */

import { askedFor, LEVELS, type LogOutput, type LogRecord } from "@/base/log.ts";
import type { RecordFile } from "./record_file.ts";

/** Where and how records are written. */
export interface LogOutputOptions {
  readonly redact: (text: string) => string;
  readonly file?: Pick<RecordFile, "write"> | undefined;
  /** Takes a line without its end; standard error where not given. */
  readonly write?: (line: string) => void;
}

/** From here on everything is shown on standard error, also where nobody has asked for it. */
const SHOWN = LEVELS.indexOf("warning");

/** Writes each record as a line. */
export function logOutput({ redact, file, write = toStderr }: LogOutputOptions): LogOutput {
  return (record) => {
    const line = redact(lineOf(record));
    file?.write(line);
    const isShown = LEVELS.indexOf(record.level) >= SHOWN || askedFor(record.logger) !== undefined;
    if (isShown) write(line);
  };
}

/** `2026-01-31T12:00:00.000Z warning repl: what happened`, in one line whatever happened. */
function lineOf({ time, level, logger, message }: LogRecord): string {
  const text = message.trimEnd().replaceAll("\r", "").replaceAll("\n", "\\n");
  return `${time.toISOString()} ${level} ${logger}: ${text}`;
}

function toStderr(line: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // Closed, or full and not waited for: a log is no reason to fail.
  }
}
