/** What a session answers besides running cells: completions, and the values of expressions. */

import type { MimeBundle } from "@/base/mime.ts";
import type { Outcome } from "@/base/outcome.ts";

/** What may stand at the cursor. */
export interface Completions {
  /** What may take the place of the text between `start` and `end`, sorted. */
  readonly matches: readonly Completion[];
  /** UTF-16 index in the text. */
  readonly start: number;
  /** UTF-16 index in the text, behind the last character replaced. */
  readonly end: number;
}

/** One text that may stand at the cursor. */
export interface Completion {
  readonly text: string;
  /** What it is, for an icon: `function`, `class`, `module`, `instance`, `magic`, `path`, … */
  readonly type?: string;
}

/** What evaluating an expression came to: its representations, or how it failed. */
export type Evaluation =
  | { readonly status: "ok"; readonly data: MimeBundle }
  | Extract<Outcome, { status: "error" }>;
