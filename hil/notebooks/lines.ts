/** Outputs as lines to compare: what differs from run to run is taken out, what matters is kept. */

import type { Output } from "@/jupyter/notebook.ts";
import { withoutControls } from "@/jupyter/printer.ts";

/** A line of an output; headings say what the lines below them are. */
export interface OutputLine {
  readonly text: string;
  /** The same without what differs between two runs that do the same. */
  readonly bare: string;
  readonly isHeading?: true;
}

/** Of these only the presence counts: two runs draw other pixels, and widgets have random names. */
const OPAQUE = /^(?:image|audio|video)\/|^application\/(?:pdf|octet-stream|vnd\.jupyter\.widget-)/;

/** Of these the values count, however they are written. */
const JSON_TYPE = /^application\/(?:json$|.*\+json$)/s;

/**
 * Where an object is in memory: `<Pin at 0x3fce1a30>`, `<Pin object at 20000f40>` and
 * `<bound_method 20000f60 …>`, as MicroPython's `py/obj*.c` print them.
 */
const ADDRESS = /(<[^<>\n]*?\b(?:at|bound_method) )(?:0x)?[0-9a-fA-F]{4,16}\b/g;

/**
 * The lines of a cell's outputs. Text of one stream is in one piece between two other outputs,
 * however it came; colours, spaces at the ends of lines and empty lines at its end are left out.
 */
export function outputLines(outputs: readonly Output[]): OutputLine[] {
  const lines: OutputLine[] = [];
  let streams = new Map<string, string>();
  const endStreams = () => {
    // Which of the two came first depends on who was read first.
    for (const name of [...streams.keys()].sort().reverse()) {
      lines.push(...section(name, streams.get(name)!));
    }
    streams = new Map();
  };
  for (const output of outputs) {
    if (output.output_type === "stream") {
      const name = String(output.name);
      streams.set(name, (streams.get(name) ?? "") + joined(output.text));
      continue;
    }
    const shown = richLines(output);
    if (shown.length === 0) continue;
    endStreams();
    lines.push(...shown);
  }
  endStreams();
  return lines;
}

/** `text` without where objects are in memory. */
export function withoutAddresses(text: string): string {
  return text.replace(ADDRESS, "$10x…");
}

function richLines({ output_type, ename, evalue, data }: Output): OutputLine[] {
  // A traceback shows the same once more, and lines of the board's own files.
  if (output_type === "error") return section("error", `${ename}: ${evalue}`);
  if (typeof data !== "object" || data === null) return [];
  const kind = output_type === "execute_result" ? "result" : "display";
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  // What is left of a progress bar that was taken away.
  if (entries.every(([type, value]) => type === "text/plain" && joined(value) === "")) return [];
  return entries.flatMap(([type, value]) => {
    const heading = `${kind}, ${type}`;
    if (JSON_TYPE.test(type) && !OPAQUE.test(type)) return section(heading, canonicalJson(value));
    return section(heading, OPAQUE.test(type) ? "" : joined(value));
  });
}

function section(heading: string, text: string): OutputLine[] {
  const whole = withoutControls(text).replaceAll("\r\n", "\n").replace(/\s+$/, "");
  const lines = whole === "" ? [] : whole.split("\n").map(toLine);
  const isNothing = lines.length === 0 && (heading === "stdout" || heading === "stderr");
  return isNothing ? [] : [{ ...toLine(`[${heading}]`), isHeading: true }, ...lines];
}

function toLine(line: string): OutputLine {
  const text = line.trimEnd();
  return { text, bare: withoutAddresses(text) };
}

/** A text that the file may hold as a list of lines. */
function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  }, 1);
}
