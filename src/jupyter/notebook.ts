/** Notebook files: nbformat 4 (https://nbformat.readthedocs.io), read, changed and written. */

import { UsageError } from "@/base/errors.ts";

/** A JSON dictionary that may be changed. */
export type Fields = { [key: string]: unknown };

/** A cell. Whatever else the file says about it is kept. */
export interface Cell extends Fields {
  cell_type: string;
  metadata: Fields;
  source: string | string[];
}

/** A cell that is run. */
export interface CodeCell extends Cell {
  cell_type: "code";
  execution_count: number | null;
  outputs: Output[];
}

/** One output: a stream, a result, a display or an error. */
export interface Output extends Fields {
  output_type: string;
}

/** A notebook. */
export interface Notebook extends Fields {
  nbformat: number;
  nbformat_minor: number;
  metadata: Fields;
  cells: Cell[];
}

/**
 * Reads the text of a notebook; `source` names it in errors.
 *
 * @throws {UsageError} when it is not a notebook of format 4.
 */
export function parseNotebook(text: string, source: string): Notebook {
  const refuse = (what: string, cause?: unknown) =>
    new UsageError(`Cannot read "${source}" as a notebook: ${what}.`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse("it is not JSON", cause);
  }
  if (!isFields(value)) throw refuse("it is not a JSON dictionary");
  if (value.nbformat !== 4) {
    throw refuse(`its nbformat is ${JSON.stringify(value.nbformat) ?? "missing"}, not 4`);
  }
  if (!isFields(value.metadata)) throw refuse(`its "metadata" is no dictionary`);
  if (!Array.isArray(value.cells)) throw refuse(`its "cells" are no list`);
  value.cells.forEach((cell, index) => {
    if (!isCell(cell)) throw refuse(`cell ${index + 1} lacks its cell_type, metadata or source`);
  });
  return value as Notebook;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCell(cell: unknown): cell is Cell {
  return isFields(cell) && typeof cell.cell_type === "string" && isFields(cell.metadata) &&
    (typeof cell.source === "string" ||
      Array.isArray(cell.source) && cell.source.every((line) => typeof line === "string"));
}

/**
 * Writes a notebook as nbformat does, so that Jupyter's own saving changes nothing but the spelling
 * of numbers (1.0 is 1 here): one space of indentation, sorted keys, texts as lists of lines.
 */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: toLines(cell.source),
    ...(isFields(cell.attachments) && { attachments: mapValues(cell.attachments, splitBundle) }),
    ...(isCode(cell) && { outputs: cell.outputs.map(splitOutput) }),
  }));
  return `${toJson({ ...notebook, cells }, "\n")}\n`;
}

function splitOutput(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: toLines(output.text) };
  return isFields(output.data) ? { ...output, data: splitBundle(output.data) } : output;
}

/** Splits the texts among representations by their MIME types: nbformat's `v4/rwbase.py`. */
function splitBundle(bundle: unknown): unknown {
  if (!isFields(bundle)) return bundle;
  return mapValues(bundle, (value, type) => {
    if (type === "application/json" || /^application\/.*\+json$/s.test(type)) return value;
    const text = joinLines(value);
    const isText = type.startsWith("text/") || type === "application/javascript" ||
      type === "image/svg+xml";
    return isText ? toLines(text) : text;
  });
}

function mapValues(fields: Fields, change: (value: unknown, key: string) => unknown): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, change(value, key)]),
  );
}

/** A text that is stored as a list of lines, as one. */
function joinLines(text: unknown): unknown {
  const isLines = Array.isArray(text) && text.every((line) => typeof line === "string");
  return isLines ? text.join("") : text;
}

/** What Python's `str.splitlines` takes for the end of a line: Python's library reference. */
// deno-lint-ignore no-control-regex -- they are ends of lines
const LINES = /.*?(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|.+$/gs;

/** Lines with their ends, where `text` is one or was split elsewhere. */
function toLines(text: unknown): unknown {
  const whole = joinLines(text);
  return typeof whole === "string" ? whole.match(LINES) ?? [] : whole;
}

/** As `json.dumps(…, indent=1, sort_keys=True)`; keys that are numbers are sorted as text too. */
function toJson(value: unknown, indent: string): string {
  const deeper = `${indent} `;
  const block = (open: string, items: string[], close: string) =>
    items.length === 0 ? open + close : open + deeper + items.join(`,${deeper}`) + indent + close;
  if (Array.isArray(value)) return block("[", value.map((item) => toJson(item, deeper)), "]");
  if (!isFields(value)) return JSON.stringify(value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort(byCodePoint);
  const items = keys.map((key) => `${JSON.stringify(key)}: ${toJson(value[key], deeper)}`);
  return block("{", items, "}");
}

/** Python compares by code point, JavaScript by UTF-16 unit, where 😀 comes before ﬀ. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((char, index) => char !== right[index]);
  if (at < 0) return left.length - right.length;
  return at < right.length ? left[at].codePointAt(0)! - right[at].codePointAt(0)! : 1;
}

/** Whether a cell is to be run. */
export function isCode(cell: Cell): cell is CodeCell {
  return cell.cell_type === "code";
}

/** A cell's text. */
export function sourceOf(cell: Cell): string {
  return typeof cell.source === "string" ? cell.source : cell.source.join("");
}

/** Whether a cell carries a tag, e.g. `raises-exception`. */
export function hasTag(cell: Cell, tag: string): boolean {
  return Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);
}
