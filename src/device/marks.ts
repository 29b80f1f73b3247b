/**
 * Marks: how a program on a board says more than text (docs/rich-output.md). A mark is an operating
 * system command of ECMA-48, which terminals swallow, so that a program that uses marks still looks
 * right at one:
 *
 *     ESC ] 4949 ; display ; MIME ; ENCODING ; SIZE ; SUM ; OPTIONS ; DATA BEL
 *
 * This file finds marks in what a board prints. It is pure, holds back no byte that can be text, and
 * what begins like a mark and is none is handed on as text.
 */

import { concat, encode } from "@/base/bytes.ts";
import type { Display } from "@/base/sink.ts";
import { readMark } from "./mark_fields.ts";

/** What a program asked for. */
export type Mark =
  | { readonly kind: "display"; readonly display: Display }
  | { readonly kind: "clear"; readonly wait: boolean }
  /** A prompt follows, as text, and then `ask`. */
  | { readonly kind: "prompt" }
  /** The program waits for a line; with `echo`, it prints what it is given. */
  | { readonly kind: "ask"; readonly prompt: string; readonly echo: boolean };

/** Why a mark that follows as text cannot be shown. */
export interface Complaint {
  readonly kind: "complaint";
  readonly why: string;
}

/** Text as it came, or a mark, or what is wrong with one. */
export type Piece = Uint8Array | Exclude<Mark, { kind: "prompt" }> | Complaint;

const ESC = 0x1b;
const BEL = 0x07;
const LF = 0x0a;
const BACKSLASH = 0x5c;
/** How a mark begins. 4949 stands for iot49; no terminal is known to use it. */
const OPENING = encode("\x1b]4949;");

/** The most data that one mark can show, in bytes. */
export const MAX_DATA_BYTES = 4 * 1024 * 1024;
/** What it can take on the line at most, each byte escaped as `\xNN`, and the fields before. */
const MAX_MARK_BYTES = 4 * MAX_DATA_BYTES + 512;
/** A longer prompt is text that nobody asked behind. */
const MAX_PROMPT_BYTES = 4_096;

/** Tells text and marks apart, across chunks. */
export class MarkReader {
  /** How much of {@linkcode OPENING} has come. */
  #matched = 0;
  /** What came of a mark behind its opening; undefined outside of one. */
  #body: Uint8Array[] | undefined;
  #bodyBytes = 0;
  /** Whether the byte before was an ESC in a mark. */
  #escape = false;
  /** Whether a mark has just ended: it takes the end of its line with it. */
  #ended = false;
  /** The prompt as far as it came; undefined where none has begun. */
  #prompt: Uint8Array[] | undefined;
  #pieces: Piece[] = [];

  /** The pieces that `chunk` completes. Text is not copied. */
  push(chunk: Uint8Array): Piece[] {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) at = this.#readBody(chunk, at);
      else if (this.#matched > 0) at = this.#readOpening(chunk, at);
      else at = this.#readText(chunk, at);
    }
    return this.#take();
  }

  /** The output has ended: what had only begun is text. */
  end(): Piece[] {
    if (this.#body !== undefined) this.#damaged();
    else this.#text(OPENING.subarray(0, this.#matched));
    this.#matched = 0;
    this.#ended = false;
    this.#endPrompt();
    return this.#take();
  }

  #take(): Piece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #readText(chunk: Uint8Array, start: number): number {
    const from = this.#ended && chunk[start] === LF ? start + 1 : start;
    this.#ended = false;
    const escape = chunk.indexOf(ESC, from);
    this.#text(chunk.subarray(from, escape === -1 ? chunk.length : escape));
    if (escape === -1) return chunk.length;
    this.#matched = 1;
    return escape + 1;
  }

  #readOpening(chunk: Uint8Array, at: number): number {
    if (chunk[at] !== OPENING[this.#matched]) {
      this.#text(OPENING.subarray(0, this.#matched));
      this.#matched = 0;
      return at;
    }
    if (++this.#matched === OPENING.length) {
      this.#matched = 0;
      this.#body = [];
      this.#bodyBytes = 0;
    }
    return at + 1;
  }

  /** A mark ends with BEL or ESC \. It holds no line end, so that a torn one costs its line only. */
  #readBody(chunk: Uint8Array, start: number): number {
    if (this.#escape) {
      this.#escape = false;
      if (chunk[start] === BACKSLASH) {
        this.#finish("\x1b\\");
        return start + 1;
      }
      this.#damaged();
      this.#matched = 1;
      return start;
    }
    let at = start;
    while (at < chunk.length && !isEnd(chunk[at])) at++;
    this.#body!.push(chunk.slice(start, at));
    this.#bodyBytes += at - start;
    if (this.#bodyBytes > MAX_MARK_BYTES || chunk[at] === LF) {
      this.#damaged();
      return at;
    }
    if (chunk[at] === ESC) this.#escape = true;
    if (chunk[at] === BEL) this.#finish("\x07");
    return at + 1;
  }

  #finish(terminator: string): void {
    const body = concat(this.#body!);
    const mark = readMark(body, { maxBytes: MAX_DATA_BYTES });
    if (mark.kind === "damaged") {
      if (mark.why !== undefined) this.#pieces.push({ kind: "complaint", why: mark.why });
      return this.#damaged(terminator);
    }
    this.#body = undefined;
    this.#ended = mark.kind !== "prompt" && mark.kind !== "ask";
    if (mark.kind === "ask") {
      const prompt = new TextDecoder().decode(concat(this.#prompt ?? []));
      this.#prompt = undefined;
      this.#pieces.push({ ...mark, prompt });
      return;
    }
    this.#endPrompt();
    if (mark.kind === "prompt") this.#prompt = [];
    else this.#pieces.push(mark);
  }

  /** Hands a mark that is none on as text that can be seen. */
  #damaged(terminator = this.#escape ? "\x1b" : ""): void {
    const body = this.#body!;
    this.#body = undefined;
    this.#escape = false;
    this.#text(VISIBLE_OPENING);
    for (const part of body) this.#text(part);
    this.#text(encode(visible(terminator)));
  }

  #text(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#prompt === undefined) {
      this.#pieces.push(bytes);
      return;
    }
    this.#prompt.push(bytes);
    const size = this.#prompt.reduce((sum, part) => sum + part.length, 0);
    if (size > MAX_PROMPT_BYTES) this.#endPrompt();
  }

  /** A prompt that nothing was asked behind is text. */
  #endPrompt(): void {
    this.#pieces.push(...this.#prompt ?? []);
    this.#prompt = undefined;
  }
}

function isEnd(byte: number): boolean {
  return byte === ESC || byte === BEL || byte === LF;
}

const VISIBLE_OPENING = encode(visible("\x1b]4949;"));

/** Control characters as the signs for them: a terminal would swallow the mark, damaged or not. */
function visible(text: string): string {
  return text.replaceAll("\x1b", "\u241b").replaceAll("\x07", "\u2407");
}
