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
 * Writes a notebook as nbformat does, so that Jupyter's own saving changes nothing: one space of
 * indentation, sorted keys, texts as lists of lines.
 */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: toLines(cell.source),
    ...(isCode(cell) && { outputs: cell.outputs.map(splitOutput) }),
  }));
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

function splitOutput(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: toLines(output.text) };
  if (!isFields(output.data)) return output;
  const data = Object.entries(output.data).map(([type, value]) => [type, toLines(value)]);
  return { ...output, data: Object.fromEntries(data) };
}

/** Lines with their ends, where `text` is a string. */
function toLines(text: unknown): unknown {
  return typeof text !== "string" ? text : text === "" ? [] : text.split(/(?<=\n)/);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isFields(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]));
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
