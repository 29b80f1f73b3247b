/**
 * Keyboard and screen of a terminal, connected to a board. All keys but two are the board's: Ctrl-]
 * leaves, and Ctrl-R looks for a line of the history while the board shows a prompt.
 */

import { concat, encode } from "@/base/bytes.ts";
import { pause } from "@/base/deadline.ts";
import type { Transport } from "@/transport/transport.ts";
import { HistorySearch } from "./history_search.ts";
import type { LineHistory } from "./line_history.ts";
import { PromptLine } from "./prompt_line.ts";

/** Ctrl-], as in telnet and mpremote. */
const LEAVE = 0x1d;
const CTRL_R = 0x12;
const ENTER = 0x0d;
/** Enter, Ctrl-C and Ctrl-D: a line editor begins a new line. */
const LINE_ENDS = [ENTER, 0x03, 0x04];

/** Where a block goes on, and lines are indented. */
const BLOCK_PROMPT = "... ";

/** A key that line editors of boards know: MicroPython, shared/readline/readline.c. */
const END_KEY = "\x1b[F";
const BACKSPACE = "\x7f";

/**
 * So much is typed at once, with a pause before the next: the smallest receive ring known has 64
 * bytes (nRF), and nobody types faster than a board reads.
 */
const PART_BYTES = 32;
const PART_INTERVAL_MS = 10;

/** Who typed more without Enter talks to a program, and not to a line editor. */
const MAX_TYPED = 500;

/** To the row's beginning, and nothing behind it (ECMA-48, EL). */
const ERASE_ROW = "\r\x1b[K";

/** A person's terminal, in raw mode. */
export interface Terminal {
  /** The next keys; undefined when the keyboard has gone. */
  read(): Promise<Uint8Array | undefined>;
  write(output: Uint8Array | string): Promise<void>;
  /** How wide it is, in characters. */
  columns(): number;
}

/** What a conversation needs. */
export interface ConversationOptions {
  readonly terminal: Terminal;
  readonly history: LineHistory;
  /** Whether a line may be kept. */
  readonly mayKeep: (line: string) => boolean;
  readonly signal: AbortSignal;
}

/** A terminal that talks to a board. */
export class Conversation {
  readonly #board: Transport;
  readonly #options: ConversationOptions;
  readonly #line = new PromptLine();
  /** How often Enter was typed, and its line has not come back yet. */
  #entered = 0;
  /** At least as many as were typed since the last Enter: what the board has not echoed counts, too. */
  #typed = 0;
  #search: HistorySearch | undefined;
  /** Resolves when the search is over, and nothing of it stands on the screen any more. */
  #over = Promise.withResolvers<void>();

  constructor(board: Transport, options: ConversationOptions) {
    this.#board = board;
    this.#options = options;
  }

  /**
   * Talks until the person leaves.
   *
   * @throws {TransportError} when the board goes away.
   * @throws the signal's reason when it aborts.
   */
  async run(): Promise<void> {
    await Promise.race([this.#takeKeys(), this.#showOutput()]);
  }

  async #showOutput(): Promise<never> {
    const { terminal, signal } = this.#options;
    for (;;) {
      const output = await this.#board.read({ signal });
      // What is ours stands there for as long as somebody looks for a line.
      while (this.#search !== undefined) await this.#over.promise;
      const ended = this.#line.push(output);
      await terminal.write(output);
      for (const { prompt, text } of ended) {
        if (this.#entered === 0) continue;
        this.#entered--;
        await this.#keep(prompt, text.trimEnd());
      }
    }
  }

  async #keep(prompt: string, text: string): Promise<void> {
    const { history, mayKeep } = this.#options;
    // As in shells: what begins with a blank is not to be kept. In a block it is indentation.
    const isPrivate = prompt !== BLOCK_PROMPT && text.startsWith(" ");
    if (text === "" || isPrivate || !mayKeep(text)) return;
    await history.add(text);
  }

  async #takeKeys(): Promise<void> {
    const { terminal } = this.#options;
    for (;;) {
      let keys = await terminal.read();
      if (keys === undefined) return;
      const leave = keys.indexOf(LEAVE);
      const leaves = leave !== -1;
      if (leaves) keys = keys.subarray(0, leave);
      while (keys.length > 0) keys = await this.#take(keys);
      if (leaves) return await this.#putAway();
    }
  }

  /** Takes some keys; returns the rest. */
  async #take(keys: Uint8Array): Promise<Uint8Array> {
    if (this.#search !== undefined) return await this.#find(this.#search, keys);
    const at = keys.indexOf(CTRL_R);
    if (at === 0 && this.#line.current !== undefined) {
      await this.#openSearch();
      return keys.subarray(1);
    }
    const end = at > 0 ? at : at === 0 ? 1 : keys.length;
    await this.#type(keys.subarray(0, end));
    return keys.subarray(end);
  }

  async #type(keys: Uint8Array): Promise<void> {
    this.#entered += keys.filter((key) => key === ENTER).length;
    const end = keys.findLastIndex((key) => LINE_ENDS.includes(key));
    const typed = end === -1 ? this.#typed + keys.length : keys.length - 1 - end;
    this.#typed = Math.min(typed, MAX_TYPED);
    await this.#board.write(keys.slice(), { signal: this.#options.signal });
  }

  async #openSearch(): Promise<void> {
    const { terminal, history } = this.#options;
    this.#search = new HistorySearch(history.lines);
    const { prompt, text } = this.#line.current!;
    // A line of several rows is left where it is.
    if (prompt.length + text.length >= terminal.columns()) await terminal.write("\r\n");
    await this.#draw(this.#search);
  }

  async #find(search: HistorySearch, keys: Uint8Array): Promise<Uint8Array> {
    const end = search.push(keys);
    if (end === undefined) {
      await this.#draw(search);
      return new Uint8Array();
    }
    const { prompt, text } = this.#line.current!;
    await this.#putAway();
    if (end.line !== undefined) {
      // The board leaves a Backspace too many alone. One takes up to four blanks of an indentation.
      const erase = END_KEY + BACKSPACE.repeat(text.length + this.#typed);
      const line = encode(prompt === BLOCK_PROMPT ? end.line : end.line.trimStart());
      for (const part of parts(concat([encode(erase), line]))) await this.#typeSlowly(part);
      this.#typed = line.length;
    }
    if (end.runs) await this.#type(Uint8Array.of(ENTER));
    return end.rest;
  }

  async #typeSlowly(part: Uint8Array): Promise<void> {
    const { signal } = this.#options;
    await this.#board.write(part, { signal });
    await pause(PART_INTERVAL_MS, signal);
  }

  async #draw(search: HistorySearch): Promise<void> {
    const { terminal } = this.#options;
    await terminal.write(ERASE_ROW + search.row({ columns: terminal.columns() }));
  }

  /** Takes what is ours from the screen, and puts the board's line back. */
  async #putAway(): Promise<void> {
    if (this.#search === undefined) return;
    const { prompt, text, cursor } = this.#line.current!;
    const back = [...text].length - cursor;
    const move = back > 0 ? `\x1b[${back}D` : "";
    await this.#options.terminal.write(`${ERASE_ROW}${prompt}${text}${move}`);
    this.#search = undefined;
    this.#over.resolve();
    this.#over = Promise.withResolvers();
  }
}

/** `keys` in pieces that a board can take at once. */
function* parts(keys: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < keys.length; at += PART_BYTES) {
    yield keys.slice(at, at + PART_BYTES);
  }
}
