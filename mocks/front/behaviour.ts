/**
 * Where a board differs from MicroPython 1.27's own REPL, it does so by a list of small behaviours.
 *
 * The interpreter's REPL, raw REPL and raw paste are the real ones. A behaviour stands between them
 * and the serial port: it may replace a byte on its way in, or what the REPL itself says on its way
 * out. What programs print does not come by here.
 */

import { type Profile, versionText } from "../profiles.ts";

/** What behaviours know and remember. */
export interface FrontState {
  readonly profile: Profile;
  /** Whether the raw REPL is on. */
  readonly rawRepl: boolean;
  /** Whether the REPL has just started and said nothing yet. */
  readonly greeting: boolean;
  /** The first bytes of the line that the raw REPL collects; at most three. */
  readonly line: readonly number[];
}

/** One way in which a board differs. */
export interface Behaviour {
  readonly name: string;
  /** Bytes for the interpreter in place of `byte`; `undefined` leaves it. */
  input?(byte: number, state: FrontState): readonly number[] | undefined;
  /** Text in place of what the REPL says; `undefined` leaves it. */
  says?(text: string, state: FrontState): string | undefined;
}

const CTRL_A = 0x01;
const CTRL_C = 0x03;
const CTRL_E = 0x05;
const LETTER_A = 0x41;
/** Any letter but A is a command that raw paste does not know: it answers `R\x00`. */
const LETTER_UNKNOWN = 0x42;

const asksForRawPaste = (byte: number, { rawRepl, line }: FrontState) =>
  rawRepl && byte === CTRL_A && line.length === 2 && line[0] === CTRL_E && line[1] === LETTER_A;

/** Before MicroPython 1.14 the raw REPL knew no Ctrl-E: Ctrl-A just started it again. */
const withoutRawPaste: Behaviour = {
  name: "without raw paste",
  input: (byte, state) =>
    state.profile.rawPaste === "absent" && asksForRawPaste(byte, state)
      ? [CTRL_C, CTRL_A]
      : undefined,
};

/** A board that knows raw paste but does not offer it. */
const refusesRawPaste: Behaviour = {
  name: "refuses raw paste",
  input: (byte, state) =>
    state.profile.rawPaste === "refused" && asksForRawPaste(byte, state)
      ? [CTRL_C, CTRL_E, LETTER_UNKNOWN, CTRL_A]
      : undefined,
};

/** The banner names the board and its release, not the build that it is made of. */
const ownBanner: Behaviour = {
  name: "own banner",
  says(text, { profile }) {
    if (text === "; JS with Emscripten") return `; ${profile.machine}`;
    if (text.startsWith("MicroPython v")) return versionText(profile);
    return undefined;
  },
};

/**
 * The interpreter's REPL is event-driven and greets as if Ctrl-B had been typed, with a line of its
 * own first; the REPL of a board does not (shared/runtime/pyexec.c).
 */
const greetsAtOnce: Behaviour = {
  name: "greets at once",
  says: (text, { greeting, profile }) =>
    greeting && text === "\r\n" && profile.circuitPython === undefined ? "" : undefined,
};

/** CircuitPython says no more than what it is; and its greeting does begin with a line. */
const offersNoHelp: Behaviour = {
  name: "offers no help",
  says: (text, { profile }) =>
    profile.circuitPython !== undefined && text.startsWith('Type "help()"') ? "" : undefined,
};

/** The reply that opens a raw paste states the profile's window: u16, little-endian, and a grant. */
const ownPasteWindow: Behaviour = {
  name: "own paste window",
  says: (text, { profile }) =>
    text === "\x80\x00\x01" && typeof profile.rawPaste === "number"
      ? String.fromCharCode(profile.rawPaste & 0xff, profile.rawPaste >> 8, 0x01)
      : undefined,
};

/** All behaviours, in the order in which they are asked. */
export const BEHAVIOURS: readonly Behaviour[] = [
  withoutRawPaste,
  refusesRawPaste,
  greetsAtOnce,
  offersNoHelp,
  ownBanner,
  ownPasteWindow,
];

/** The behaviours at work on one board. */
export class Front {
  readonly #state: { profile: Profile; rawRepl: boolean; greeting: boolean; line: number[] };

  /** Whether what the REPL says is not to be heard. */
  silent = false;

  constructor(profile: Profile) {
    this.#state = { profile, rawRepl: false, greeting: false, line: [] };
  }

  /** To be called when the REPL is about to start. */
  start(): void {
    this.#state.greeting = true;
  }

  /** The bytes to give to the interpreter for a `byte` that came in at the prompt. */
  input(byte: number, rawRepl: boolean): readonly number[] {
    this.#state.rawRepl = rawRepl;
    for (const behaviour of BEHAVIOURS) {
      const bytes = behaviour.input?.(byte, this.#state);
      if (bytes !== undefined) {
        this.#state.line = [];
        return bytes;
      }
    }
    if (byte < CTRL_E) this.#state.line = [];
    // Three bytes are kept so that a longer line never looks like a short one.
    else if (this.#state.line.length < 3) this.#state.line.push(byte);
    return [byte];
  }

  /** What to send for what the REPL says. */
  says(data: Uint8Array): Uint8Array {
    if (this.silent) return new Uint8Array(0);
    // The REPL's own texts are short; anything else is none of them.
    if (data.length > 64) return data;
    const text = String.fromCharCode(...data);
    const state = { ...this.#state };
    this.#state.greeting = false;
    for (const behaviour of BEHAVIOURS) {
      const other = behaviour.says?.(text, state);
      if (other !== undefined) return Uint8Array.from(other, (char) => char.charCodeAt(0));
    }
    return data;
  }
}
