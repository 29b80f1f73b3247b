/** Reading a file of a board that can do little: as Python literals. */

import { concat } from "@/base/bytes.ts";
import type { Device } from "../device.ts";
import { ask, ATTEMPTS, corruptError } from "./ask.ts";
import type { ContentDigest } from "./content_digest.ts";
import { translated } from "./listing.ts";
import { pythonString, readPythonBytes } from "./python_text.ts";
import read from "./read_plain.py" with { type: "text" };
import walk from "./walk.py" with { type: "text" };

/** Reads all of a file. */
export async function downloadPlain(
  device: Device,
  path: string,
  { digest, signal }: { readonly digest: ContentDigest; readonly signal: AbortSignal | undefined },
): Promise<Uint8Array> {
  const program = { parts: [walk, digest.python, read], call: `read(${pythonString(path)})` };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const rows = await translated(path, "read", () => ask(device, program, { signal, path }));
    const pieces = rows.flatMap((row) => readPythonBytes(row) ?? []);
    const said = pieces.pop();
    const content = concat(pieces);
    const expected = await digest.ofContent(content);
    if (said?.every((byte, at) => byte === expected[at])) return content;
  }
  throw corruptError(device, path, "the digest is another");
}
