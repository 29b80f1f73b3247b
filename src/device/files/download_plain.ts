/** Reading a file of a board that can do little: in base64, or as Python literals. */

import { concat } from "@/base/bytes.ts";
import type { Device } from "../device.ts";
import { ask, type AskOptions, ATTEMPTS, corruptError } from "./ask.ts";
import type { ContentDigest } from "./content_digest.ts";
import { translated } from "./listing.ts";
import { pythonString, readPythonBytes } from "./python_text.ts";
import read from "./read_plain.py" with { type: "text" };
import walk from "./walk.py" with { type: "text" };

/** How it is done. */
export interface PlainDownload extends Omit<AskOptions, "path"> {
  readonly digest: ContentDigest;
  /** Whether the board can say bytes in base64. */
  readonly base64: boolean;
}

/** Reads all of a file. */
export async function downloadPlain(
  device: Device,
  path: string,
  { digest, base64, ...options }: PlainDownload,
): Promise<Uint8Array> {
  const encode = base64 ? '__import__("binascii").b2a_base64' : "None";
  const program = {
    parts: [walk, digest.python, read],
    call: `read(${pythonString(path)},${encode})`,
  };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const rows = await translated(path, "read", () => ask(device, program, { ...options, path }));
    const said = readPythonBytes(rows.pop() ?? "");
    const content = concat(
      rows.flatMap((row) => (base64 ? fromBase64(row) : readPythonBytes(row)) ?? []),
    );
    const expected = await digest.ofContent(content);
    if (said?.every((byte, at) => byte === expected[at])) return content;
  }
  throw corruptError(device, path, "the digest is another");
}

/** Bytes in base64; undefined when it is none. */
function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
