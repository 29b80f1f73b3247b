/** Reading a file of a board raw, in one go, and what came wrong once more (docs/transfer.md). */

import { concat } from "@/base/bytes.ts";
import { Interrupted } from "@/base/errors.ts";
import { compact } from "../compact.ts";
import type { Device } from "../device.ts";
import { sealed } from "../sealed.ts";
import { ATTEMPTS, converse, corruptError } from "./ask.ts";
import type { TransferOptions } from "./board_files.ts";
import { SHA256 } from "./content_digest.ts";
import { errnoError } from "./files_error.ts";
import { PieceReader } from "./piece_reader.ts";
import { pythonString } from "./python_text.ts";
import send from "./send.py" with { type: "text" };
import walk from "./walk.py" with { type: "text" };

/** How much is sent with one checksum: at first, and when the line turned out to be bad. */
const STEP_BYTES = 2_048;
const LEAST_STEP_BYTES = 64;

/** How it is done. */
export interface StreamDownload extends TransferOptions {
  /** How long nothing may come, in milliseconds. */
  readonly quietMs: number;
}

/**
 * Reads a file; undefined where a board cannot do it this way.
 *
 * @throws {BoardFilesError} `missing`, `folder`, `corrupt`.
 */
export async function downloadStream(
  device: Device,
  path: string,
  options: StreamDownload,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size: number | undefined;
  let offset = 0;
  let stepBytes = STEP_BYTES;
  for (let failures = 0; failures < ATTEMPTS;) {
    const reader = new PieceReader({ offset, stepBytes });
    const why = await receive(device, path, { ...options, reader, offset, stepBytes });
    if (LACKS.test(why)) return undefined;
    if (reader.errno !== undefined) throw errnoError(path, "read", reader.errno);
    // A size that was said wrong, or a file that grew meanwhile: from the start.
    const isAnother = size !== undefined && reader.size !== undefined && reader.size !== size;
    if (isAnother) {
      parts.length = 0;
      offset = 0;
      size = undefined;
    } else {
      parts.push(reader.content);
      size = reader.size ?? size;
    }
    if (!isAnother && reader.digest !== undefined) {
      const content = concat(parts);
      if (await hasDigest(content, reader.digest)) return content;
      parts.length = 0;
    }
    failures = !isAnother && reader.offset > offset && parts.length > 0 ? 1 : failures + 1;
    offset = parts.reduce((sum, part) => sum + part.length, 0);
    stepBytes = Math.max(LEAST_STEP_BYTES, stepBytes >> 1);
    device.doubt();
    if (failures >= ATTEMPTS) throw corruptError(device, path, why);
  }
  throw corruptError(device, path, "the digest is another");
}

/** What boards say that lack a part of what is used: CircuitPython translates the rest. */
const LACKS = /^(?:ImportError|AttributeError|MemoryError)/;

async function hasDigest(content: Uint8Array, digest: Uint8Array): Promise<boolean> {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(content)));
  return found.every((byte, at) => byte === digest[at]);
}

/** Runs the sender once; returns what went wrong, if anything. */
async function receive(
  device: Device,
  path: string,
  { signal, onProgress, quietMs, reader, offset, stepBytes }: StreamDownload & {
    readonly reader: PieceReader;
    readonly offset: number;
    readonly stepBytes: number;
  },
): Promise<string> {
  signal?.throwIfAborted();
  const program = [walk, SHA256.python, send].map(compact).join("");
  const code = sealed(`${program}send(${pythonString(path)},${offset},${stepBytes})\n`);
  const stop = new AbortController();
  const late = () => stop.abort(new Interrupted());
  let timer = setTimeout(late, quietMs);
  try {
    const { stderr } = await converse(device, code, {
      signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
      onOutput: (chunk) => {
        clearTimeout(timer);
        reader.push(chunk);
        // In the end it reads the file once more.
        timer = setTimeout(late, quietMs + SHA256.msPerByte * (reader.size ?? 0));
        if (reader.damaged) stop.abort(new Interrupted());
        if (reader.size === undefined) return;
        onProgress?.({ path, doneBytes: reader.offset, totalBytes: reader.size });
      },
    });
    signal?.throwIfAborted();
    return stderr.trim().split("\n").at(-1)!;
  } finally {
    clearTimeout(timer);
  }
}
