/**
 * Code for boards without raw paste, in lines that their smallest receive ring holds. Pure.
 *
 * Such a board cannot say when it has room, and what comes while its ring is full is lost: measured
 * on an emulated micro:bit whose host is busy, 1 in 8 programs of 1,000 bytes that were typed in
 * parts of 128 bytes, 5 ms apart, and 1 in 30 in parts of 63. It does say when a line of code has
 * run. So longer code is collected on the board by lines that each fit the ring, is compared with
 * what was sent, and only then runs.
 */

import { encode } from "@/base/bytes.ts";

/** How code is collected, checked and run: each is a line of code, its answer awaited. */
export interface Collection {
  /** Print nothing; an exception other than a MemoryError says that something was damaged. */
  readonly lines: readonly Uint8Array[];
  /** Runs what was collected, of which no name is left behind then. */
  readonly run: Uint8Array;
}

/** Forgets what was collected, whether there is any or not. */
export const FORGET = encode("_iot=_iot_put=0;del _iot,_iot_put");

/**
 * The board must have room for the code twice, and for this much besides each time. It is asked first, as one
 * that is filled to the brim cannot even run what would free it.
 */
const SPARE_BYTES = 512;

/** What stands around the bytes that a line adds. */
const FRAME_BYTES = "_iot[4](b'')".length;

/** @param options `lineBytes`: the longest line of code, 62 or more */
export function collect(code: Uint8Array, { lineBytes }: { lineBytes: number }): Collection {
  const first = code.findIndex((byte) => byte !== LF);
  const blank = first === -1 ? code.length : first;
  const room = code.length + SPARE_BYTES;
  const low = lowHash(code);
  const lines = [
    "__import__('gc').collect()",
    // Built-in functions by way of their module, because a program may have a variable called len.
    "_iot=[__import__('builtins'),0]",
    `_iot[0].bytearray(${room}),_iot[0].bytearray(${room})`,
    // The first keeps the place, low in memory, of what will run: the rest is in one piece then.
    `_iot+=[_iot[0].bytearray(${code.length})]`,
    `_iot+=[_iot[0].bytearray(${code.length})]`,
    "def _iot_put(s):\n for c in s:_iot[3][_iot[1]]=c;_iot[1]+=1",
    "_iot+=[_iot_put];del _iot_put",
    ...(blank > 0 ? [`_iot[4](b'\\n'*${blank})`] : []),
    ...pieces(code.subarray(blank), lineBytes - FRAME_BYTES).map((text) => `_iot[4](b'${text}')`),
    "_iot[2]=0;__import__('gc').collect();_iot[2]=b''+_iot[3]",
    `_iot[1]==${code.length} or 1/0`,
    // A hash that is 0 in all its bits, of which there are 8 or 16, becomes 1.
    `_iot[0].hash(_iot[2])&255 in(${low},${low || 1})or 1/0`,
    "_iot.pop(),_iot.pop()",
  ];
  return {
    lines: lines.map(latin1),
    run: encode("_iot[0].exec(_iot[0].globals().pop('_iot')[2])"),
  };
}

const LF = 0x0a;

/** The insides of bytes literals, each of about the same length: a board keeps short ones for ever. */
function pieces(code: Uint8Array, maxLength: number): string[] {
  const found: string[] = [];
  const letters = Array.from(code, literal);
  let left = letters.reduce((sum, { length }) => sum + length, 0);
  // An escape is not divided, so that a piece may get three characters longer.
  const lengthOf = (left: number) => Math.ceil(left / Math.ceil(left / (maxLength - 3)));
  let wanted = lengthOf(left);
  let text = "";
  for (const letter of letters) {
    text += letter;
    left -= letter.length;
    if (text.length < wanted && left > 0) continue;
    found.push(text);
    text = "";
    wanted = lengthOf(left);
  }
  return found;
}

/** A byte within a bytes literal; those of UTF-8 stand for themselves. */
function literal(byte: number): string {
  const letter = String.fromCharCode(byte);
  if (letter === "\n") return "\\n";
  if (letter === "'" || letter === "\\") return `\\${letter}`;
  if (byte < 0x20 || byte === 0x7f) return `\\x${byte.toString(16).padStart(2, "0")}`;
  return letter;
}

/**
 * The lowest 8 bits of MicroPython's hash() of bytes, which one changed byte always changes: djb2
 * with exclusive or (py/qstr.c, qstr_compute_hash()).
 */
function lowHash(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => (hash * 33 ^ byte) & 0xff, 5381);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/**
 * A traceback as it would be had the code been typed in one piece: the board calls what exec() runs
 * `<string>`, in this traceback and in those of functions that it defined.
 *
 * @param options `isCollected`: whether this code was; its caller has a frame then
 */
export function asTyped(stderr: string, { isCollected }: { isCollected: boolean }): string {
  const inner = isCollected ? stderr.replace(CALLER, "") : stderr;
  return inner.replaceAll(/^( {2}File ")<string>(", line )/gm, "$1<stdin>$2");
}

const CALLER = / {2}File "<stdin>", line 1, in <module>\r\n/;

/** What to say of code that a board has no memory to collect. */
export function memoryError(stderr: string): string | undefined {
  return /^MemoryError\b.*[^]*/m.exec(stderr)?.[0];
}
