/**
 * The words of MicroPython's raw REPL.
 *
 * Source: MicroPython docs, reference/repl, "Raw mode and raw-paste mode"; what the firmware does
 * in detail is in its shared/runtime/pyexec.c.
 */

import { encode } from "@/base/bytes.ts";

/** To the board: enter the raw REPL, or, within it, start afresh. */
export const CTRL_A = 0x01;
/** To the board: back to the friendly REPL. */
export const CTRL_B = 0x02;
/** To the board: interrupt the program; at a prompt, forget the line. */
export const CTRL_C = 0x03;
/** To the board: end of code; on an empty line, soft reset. */
export const CTRL_D = 0x04;
/** To the board: what follows is a command to the REPL itself. */
export const CTRL_E = 0x05;

/** From the board: end of standard output, end of the traceback, end of a paste. */
export const EOT = 0x04;
/** From the board: in raw paste, room for one more window. */
export const WINDOW_GRANTED = 0x01;
/** From the board: ready for code. */
export const PROMPT = 0x3e;

/** From the board when it enters the raw REPL, and when Ctrl-A is pressed within it. */
export const RAW_PROMPT = encode("raw REPL; CTRL-B to exit\r\n>");
/** From the board at the end of its friendly REPL's banner, and of each line there. */
export const FRIENDLY_PROMPT = encode(">>> ");
/** From the board when all code has come, before its output. Not in raw paste. */
export const CODE_ACCEPTED = encode("OK");

/** To the board: may I paste? */
export const PASTE_REQUEST = Uint8Array.of(CTRL_E, 0x41, CTRL_A);
/** From the board: yes; the window follows, in bytes, 16 bits, low byte first. */
export const PASTE_ACCEPTED = encode("R\x01");
/** From the board: it knows the question, and says no. */
export const PASTE_REFUSED = encode("R\x00");

/** Bytes that code cannot hold, because a raw REPL takes them as commands. */
export const RESERVED: ReadonlySet<number> = new Set([CTRL_A, CTRL_B, CTRL_C, CTRL_D]);
