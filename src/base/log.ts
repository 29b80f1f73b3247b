/**
 * Loggers: what iot does, for whoever looks for the cause of a problem. A record that nobody wants
 * costs a comparison; where records go is config/log_output.ts, loaded with the first one.
 */

/** From the most to the least said. */
export const LEVELS = ["debug", "info", "warning", "error", "off"] as const;

/** How much is said. `off` is not the level of any record. */
export type Level = typeof LEVELS[number];

/** All loggers with what they tell. One below another, `a.b`, has its level unless it has its own. */
export const LOGGERS = {
  "wire": "sockets and signatures of Jupyter messages",
  "transport": "connections: opened, closed, how long",
  "repl": "getting hold of a board, and what came instead of an answer",
  "device": "who a board is, soft resets",
  "device.files": "transfers, and what was sent again",
  "discovery": "where boards are looked for, and why not elsewhere",
  "discovery.lease": "boards asked for and handed over",
  "sync": "what is sent and removed",
  "host": "programs of this computer that were started",
  "session": "steps of cells, and how they ended",
  "jupyter": "requests of the kernel's clients",
} as const;

/** The name of a logger. */
export type LoggerName = keyof typeof LOGGERS;

/** One line of a log. */
export interface LogRecord {
  readonly time: Date;
  readonly level: Exclude<Level, "off">;
  readonly logger: LoggerName;
  readonly message: string;
}

/** Where records go. */
export type LogOutput = (record: LogRecord) => void;

/** So many records wait while their output is loaded; later ones are lost. */
const MAX_WAITING = 1_000;

/** Levels that were asked for, by logger; `""` is above all. */
const asked = new Map<LoggerName | "", Level>();
/** What is told where nobody has asked for more. */
let usual: Level = "warning";
let loadOutput: (() => Promise<LogOutput>) | undefined;
let output: LogOutput | undefined;
let loading: Promise<void> | undefined;
const waiting: LogRecord[] = [];

/** A part of the program that tells what it does. A message is made only when somebody wants it. */
export class Logger {
  readonly name: LoggerName;
  #threshold: number;

  constructor(name: LoggerName) {
    this.name = name;
    this.#threshold = LEVELS.indexOf(levelOf(name));
  }

  debug(message: () => string): void {
    if (this.#threshold <= 0) write("debug", this.name, message());
  }

  info(message: () => string): void {
    if (this.#threshold <= 1) write("info", this.name, message());
  }

  warning(message: () => string): void {
    if (this.#threshold <= 2) write("warning", this.name, message());
  }

  error(message: () => string): void {
    if (this.#threshold <= 3) write("error", this.name, message());
  }

  /** Looks up anew how much it has to tell. */
  refresh(): void {
    this.#threshold = LEVELS.indexOf(levelOf(this.name));
  }
}

const loggers = new Map<LoggerName, Logger>();

/** The logger of this name; always the same one. */
export function logger(name: LoggerName): Logger {
  let found = loggers.get(name);
  if (found === undefined) loggers.set(name, found = new Logger(name));
  return found;
}

/** The level of a logger: its own, else that of the one above, else that of all. */
export function levelOf(name: LoggerName): Level {
  return askedFor(name) ?? usual;
}

/** The level that somebody asked for; undefined where the usual one applies. */
export function askedFor(name: LoggerName): Level | undefined {
  const above = name.split(".")[0] as LoggerName;
  return asked.get(name) ?? asked.get(above) ?? asked.get("");
}

/** Sets the level of a logger and those below it, or of all where none is named. */
export function setLevel(level: Level, name?: LoggerName): void {
  for (const other of asked.keys()) {
    if (name === undefined || other.startsWith(`${name}.`)) asked.delete(other);
  }
  asked.set(name ?? "", level);
  refresh();
}

/** Sets all levels back to what is usual, and what that is. */
export function resetLevels(level: Level = "warning"): void {
  usual = level;
  asked.clear();
  refresh();
}

function refresh(): void {
  for (const one of loggers.values()) one.refresh();
}

/** Says where records go: `load` is called with the first one. Without it they are thrown away. */
export function setLogOutput(load: (() => Promise<LogOutput>) | undefined): void {
  loadOutput = load;
  output = undefined;
  loading = undefined;
}

/** Resolves when all records so far are with their output. */
export async function flushLog(): Promise<void> {
  await loading;
}

function write(level: LogRecord["level"], name: LoggerName, message: string): void {
  if (loadOutput === undefined) return;
  const record = { time: new Date(), level, logger: name, message };
  if (output !== undefined) return output(record);
  if (waiting.length < MAX_WAITING) waiting.push(record);
  loading ??= loadOutput().then((loaded) => {
    output = loaded;
    for (const record of waiting.splice(0)) loaded(record);
  }).catch(() => {
    // What cannot be told is lost: a log is no reason to fail.
    loadOutput = undefined;
    waiting.length = 0;
  });
}
