/** Numbers in what a program prints, line by line. Pure. */

/** What a line holds. */
export type Row =
  /** `1 2.5`, `(1, 2.5)`, `1,2.5`. What is no number is NaN: a gap. */
  | { readonly kind: "columns"; readonly values: readonly number[] }
  /** `t=1, y: 2.5`, `{'t': 1}`. */
  | { readonly kind: "named"; readonly values: readonly (readonly [string, number])[] }
  /** `None`. */
  | { readonly kind: "gap" };

/** More columns are data for something else than a chart. */
const MAX_COLUMNS = 33;
/** A longer line is text, in UTF-16 units. */
const MAX_LINE_LENGTH = 2_000;
const MAX_NAME_LENGTH = 60;

const NUMBER = String.raw`[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)`;
/** A word behind digits: `C`, `°C`, `%`, `m/s²`. A unit that stands before `=` or `:` is a name. */
const UNIT = String
  .raw`(?<=[\d.])\s*(?!(?:nan|inf(?:inity)?|none)(?:[\s,;]|$))[\p{L}°%][\p{L}°%/·^*²³⁻¹]{0,11}(?=[\s,;]|$)(?!\s*[=:])`;
const WITH_UNIT = new RegExp(`^(${NUMBER})${UNIT}$`, "iu");
const NUMBER_ONLY = new RegExp(`^${NUMBER}$`, "i");
const NAME = String.raw`[\p{L}_][\p{L}\p{N}_.°%/()-]*`;
const NAMED = new RegExp(
  String
    .raw`\s*(?:(${NAME})|"([^"]+)"|'([^']+)')\s*[=:]\s*(${NUMBER}|None)(?:${UNIT})?\s*(?:[,;]|(?=\s|$))\s*`,
  "iuy",
);
const HEADING = new RegExp(String.raw`^"?${NAME}(?: [^",]*)?"?$`, "u");

/** The numbers of `line`, which comes without its end; undefined where it is text. */
export function readRow(line: string): Row | undefined {
  if (line.length > MAX_LINE_LENGTH || !/\d|nan|inf|None/i.test(line)) return undefined;
  const text = line.trim();
  if (text === "None") return { kind: "gap" };
  const lone = WITH_UNIT.exec(text);
  if (lone !== null) return { kind: "columns", values: [Number(lone[1])] };
  return readColumns(text) ?? readNamed(text);
}

function readColumns(text: string): Row | undefined {
  const inner = unwrap(text, "()") ?? unwrap(text, "[]");
  const isCsv = inner === undefined;
  const list = (inner ?? text).replace(/,\s*$/, "");
  const words = list.split(/[,;\t]/.test(list) ? /\s*[,;\t]\s*/ : /\s+/);
  if (words.length > MAX_COLUMNS) return undefined;
  const values: number[] = [];
  for (const word of words) {
    const isGap = word === "None" || word === "" && isCsv && words.length > 1;
    const value = isGap ? NaN : toNumber(word);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values.some((value) => !Number.isNaN(value)) || /nan/i.test(list)
    ? { kind: "columns", values }
    : undefined;
}

function readNamed(line: string): Row | undefined {
  const text = unwrap(line, "{}") ?? line;
  const values: [string, number][] = [];
  for (NAMED.lastIndex = 0; NAMED.lastIndex < text.length;) {
    const match = NAMED.exec(text);
    if (match === null || values.length === MAX_COLUMNS) return undefined;
    const [, bare, double, single, number] = match;
    const name = bare ?? double ?? single;
    values.push([name.slice(0, MAX_NAME_LENGTH), toNumber(number) ?? NaN]);
  }
  return values.length === 0 ? undefined : { kind: "named", values };
}

/** The names in a line that can head columns of CSV; undefined where it cannot. */
export function readHeading(line: string): string[] | undefined {
  if (line.length > MAX_LINE_LENGTH) return undefined;
  const names = line.trim().split(/\s*[,;\t]\s*/);
  if (names.length < 2 || names.length > MAX_COLUMNS) return undefined;
  if (!names.every((name) => HEADING.test(name) && !NUMBER_ONLY.test(name))) return undefined;
  return names.map((name) => name.replace(/^"|"$/g, "").slice(0, MAX_NAME_LENGTH));
}

/** Whether a line that has not ended may come to hold numbers. */
export function mayBeRow(line: string): boolean {
  return line.length <= MAX_LINE_LENGTH &&
    /^\s*(?:[-+.\d([{]|[^\s=:]{1,60}\s*[=:]\s*[-+.\d])/.test(line);
}

function unwrap(text: string, [open, close]: string): string | undefined {
  return text.startsWith(open) && text.endsWith(close) ? text.slice(1, -1).trim() : undefined;
}

function toNumber(word: string): number | undefined {
  if (!NUMBER_ONLY.test(word)) return undefined;
  if (/nan/i.test(word)) return NaN;
  if (/inf/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  return Number(word);
}
