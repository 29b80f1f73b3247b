/** What IPython knows about names, with positions as ours: in UTF-16 units. */

import type { MimeBundle } from "@/base/mime.ts";
import type { HostCompletions } from "./host_python.ts";
import type { IPython } from "./ipython.ts";

/** A place in a cell. */
interface Place {
  readonly code: string;
  /** UTF-16 index. */
  readonly cursor: number;
  readonly signal: AbortSignal;
}

/** What may stand at a place. */
export async function completeIn(
  ipython: IPython,
  { code, cursor, signal }: Place,
): Promise<HostCompletions> {
  const content = { code, cursor_pos: lettersIn(code, cursor) };
  const reply = await ipython.ask("complete_request", content, { signal });
  const matches = Array.isArray(reply.matches) ? reply.matches.map(String) : [];
  const types = typesIn(reply.metadata);
  return {
    matches: matches.map((text) => {
      const type = types.get(text);
      return { text, ...(type !== undefined && { type }) };
    }),
    start: unitsIn(code, Number(reply.cursor_start)),
    end: unitsIn(code, Number(reply.cursor_end)),
  };
}

/** What is known about the name at a place; undefined when nothing is. */
export async function inspectIn(
  ipython: IPython,
  { code, cursor, detail, signal }: Place & { readonly detail: 0 | 1 },
): Promise<MimeBundle | undefined> {
  const content = { code, cursor_pos: lettersIn(code, cursor), detail_level: detail };
  const { found, data } = await ipython.ask("inspect_request", content, { signal });
  return found === true ? data as MimeBundle : undefined;
}

/** What kinds of things matches are, where IPython says. */
function typesIn(metadata: unknown): Map<string, string> {
  const listed = (metadata as Record<string, unknown> | undefined)?._jupyter_types_experimental;
  const known = new Map<string, string>();
  for (const { text, type } of Array.isArray(listed) ? listed : []) {
    if (typeof type === "string" && type !== "<unknown>") known.set(String(text), type);
  }
  return known;
}

/** How many code points, by which Jupyter counts, are before a UTF-16 index. */
function lettersIn(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

function unitsIn(text: string, letters: number): number {
  return Array.from(text).slice(0, letters).join("").length;
}
