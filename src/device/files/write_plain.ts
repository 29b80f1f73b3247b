/** Writing a file by small pieces of code, for boards that no conversation is possible with. */

import { encode } from "@/base/bytes.ts";
import type { Device } from "../device.ts";
import { ATTEMPTS, converse, QUIET_MS } from "./ask.ts";
import { byteSum } from "./blocks.ts";
import { errnoError } from "./files_error.ts";
import { bytesLiteral, pythonString } from "./python_text.ts";

/** How it is done. */
export interface PlainWrite {
  /** How much of content, as Python writes it, goes into one piece of code. */
  readonly codeBytes: number;
  /** Whether the board reads base64. */
  readonly base64: boolean;
  readonly signal: AbortSignal | undefined;
  /** How long the board may be silent over a piece, in milliseconds. */
  readonly quietMs?: number | undefined;
  /** Told how many bytes were sent. */
  onBytes(count: number): void;
}

/**
 * Writes `content` to the board's file `name`; `path` is what errors call it.
 *
 * @returns what did not arrive as it was sent; undefined when all did
 * @throws {BoardFilesError} `full`, `denied`, …
 */
export async function writeInPlace(
  device: Device,
  { path, name, content }: { path: string; name: string; content: Uint8Array },
  { codeBytes, base64, signal, quietMs, onBytes }: PlainWrite,
): Promise<string | undefined> {
  const run = async (code: string): Promise<string | undefined> => {
    const said = await runStep(device, code, { signal, quietMs });
    if (said?.startsWith(REFUSED)) {
      throw errnoError(path, "write", Number(said.slice(REFUSED.length)));
    }
    return said;
  };
  const file = freshName();
  try {
    let wrong = await run(writer(file)) ??
      await run(`${file}o(${pythonString(name)},${byteSum(encode(name))})`);
    for (let at = 0; at < content.length && wrong === undefined;) {
      const { literal, count: taken } = piece(content.subarray(at), { limit: codeBytes, base64 });
      const sum = byteSum(content.subarray(at, at + taken));
      // What did not arrive as it was sent was not written.
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        wrong = await run(`${file}w(${literal},${sum})`);
        if (wrong === undefined || /NameError/.test(wrong)) break;
      }
      at += taken;
      onBytes(at);
    }
    return wrong ?? await run(`${file}.close()`);
  } finally {
    // However it ended: nothing stays behind in __main__, and the file is closed.
    if (!device.lost) await runStep(device, tidy(file), { quietMs });
  }
}

/** Begins what a piece of code says when the board refuses; behind it, the error number. */
const REFUSED = "\x15!";

/**
 * What is named, and what is written, is only what arrived as it was sent. The names differ each
 * time: a micro:bit may forget a variable for good once longer code has come (MicroPython 1.9.2).
 */
function writer(file: string): string {
  return `def ${file}o(n,s):\n global ${file}\n` +
    ' if sum(bytes(n,"utf8"))!=s:return print("\\x15code")\n' +
    ` try:${file}=open(n,"wb")\n except OSError as e:print("\\x15!%s"%e.args[0])\n` +
    `def ${file}w(d,s):\n` +
    ' if sum(d)!=s:return print("\\x15code")\n' +
    ` try:${file}.write(d)\n except OSError as e:print("\\x15!%s"%e.args[0])\n`;
}

function tidy(file: string): string {
  return `try:${file}.close();del ${file}\nexcept Exception:pass\n` +
    `try:del ${file}o,${file}w\nexcept NameError:pass\n`;
}

let count = 0;

function freshName(): string {
  return `_iot_${(count++ % 1000).toString(36)}`;
}

async function runStep(
  device: Device,
  code: string,
  { signal, quietMs = QUIET_MS }: Partial<Pick<PlainWrite, "signal" | "quietMs">>,
): Promise<string | undefined> {
  let said = "";
  const decoder = new TextDecoder();
  const { stderr, interrupted } = await converse(device, code, {
    ...(signal && { signal }),
    quietMs,
    onOutput: (chunk) => void (said += decoder.decode(chunk)),
  });
  signal?.throwIfAborted();
  if (stderr !== "") return stderr.trim().split("\n").at(-1);
  if (interrupted) return "interrupted";
  const at = said.indexOf("\x15");
  return at === -1 ? undefined : said.slice(at).trim();
}

/** A literal of about `limit` characters, and how much of `content` it stands for. */
export function piece(
  content: Uint8Array,
  { limit, base64 }: { limit: number; base64: boolean },
): { literal: string; count: number } {
  let text = "";
  let count = 0;
  for (const byte of content) {
    const next = bytesLiteral(byte);
    if (text.length + next.length > limit) break;
    text += next;
    count++;
  }
  const inBase64 = Math.min(content.length, Math.floor(limit / 4) * 3);
  if (!base64 || inBase64 <= count) return { literal: `b"${text}"`, count };
  const letters = content.subarray(0, inBase64).toBase64();
  return { literal: `__import__("binascii").a2b_base64(b"${letters}")`, count: inBase64 };
}
