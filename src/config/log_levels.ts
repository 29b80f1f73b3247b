/** Reading levels and loggers as people write them: `debug`, `repl=debug,wire=info`. */

import { UsageError } from "@/base/errors.ts";
import { type Level, LEVELS, type LoggerName, LOGGERS, setLevel } from "@/base/log.ts";
import { closest } from "@/base/text.ts";

/** The names of all loggers. */
export const LOGGER_NAMES = Object.keys(LOGGERS) as readonly LoggerName[];

/** Python's words for levels that we call otherwise. */
const ALSO: Readonly<Record<string, Level>> = { warn: "warning", critical: "error" };

/** @throws {UsageError} when there is no such level. */
export function readLevel(text: string): Level {
  const word = text.toLowerCase();
  const level = LEVELS.find((level) => level === word) ?? ALSO[word];
  if (level !== undefined) return level;
  throw unknown("level", text, LEVELS);
}

/** @throws {UsageError} when there is no such logger. */
export function readLogger(text: string): LoggerName {
  const word = text.toLowerCase();
  const name = LOGGER_NAMES.find((name) => name === word);
  if (name !== undefined) return name;
  throw unknown("logger", text, LOGGER_NAMES);
}

/**
 * Sets levels as `IOT_LOGLEVEL` says: one for all, `LOGGER=LEVEL`, or several with commas between.
 *
 * @throws {UsageError} when one cannot be read.
 */
export function setLevels(text: string): void {
  const settings = text.split(/[\s,]+/).filter((part) => part !== "").map((part) => {
    const [first, second] = part.split("=");
    return second === undefined
      ? { level: readLevel(first) }
      : { level: readLevel(second), name: readLogger(first) };
  });
  // Those for more first: they would undo the others.
  const reach = ({ name = "" }: { name?: string }) => name === "" ? 0 : name.split(".").length;
  for (const { level, name } of settings.sort((a, b) => reach(a) - reach(b))) setLevel(level, name);
}

function unknown(what: string, text: string, known: readonly string[]): UsageError {
  const near = closest(text.toLowerCase(), known);
  const hint = near === undefined ? "" : `Did you mean "${near}"? `;
  return new UsageError(`Unknown ${what} "${text}". ${hint}There are: ${known.join(", ")}.`);
}
