/** HTML in which everything that comes from a board, a rig or a file is text. */

import { visible } from "./text.ts";

/** Markup that may stand on the page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into {@linkcode markup}. */
export type Piece = Html | string | number | false | undefined | readonly Piece[];

/** A template of markup: what is put into it is text, unless it is markup itself. */
export function markup(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = parts[0];
  for (const [at, piece] of pieces.entries()) text += written(piece) + parts[at + 1];
  return new Html(text);
}

function written(piece: Piece): string {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.text;
  if (typeof piece === "object") return piece.map(written).join("");
  return visible(String(piece)).replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}
