/**
 * Putting files on a board that can do little: no standard input, or hardly any memory. The content
 * goes out in Python literals, a small piece of code each.
 */

import type { Device } from "../device.ts";
import { ask, ATTEMPTS, converse, corruptError, sealed } from "./ask.ts";
import type { BoardAbilities } from "./board_abilities.ts";
import { makeFolders } from "./changes.ts";
import type { ContentDigest } from "./content_digest.ts";
import { foldersOf } from "./difference.ts";
import { BoardFilesError, errnoError } from "./files_error.ts";
import { translated } from "./listing.ts";
import { partOf } from "./part_name.ts";
import move from "./move.py" with { type: "text" };
import place from "./place.py" with { type: "text" };
import { bytesLiteral, pythonBytes, pythonString } from "./python_text.ts";
import walk from "./walk.py" with { type: "text" };

/** How it is done. */
export interface PlainUpload {
  readonly abilities: BoardAbilities;
  readonly digest: ContentDigest;
  readonly signal: AbortSignal | undefined;
  /** Told how many bytes of the file are on the board. */
  onBytes(count: number): void;
}

/** So much code goes out at once; 1 KB is typed without asking whether there is room for it. */
const CODE_BYTES = { small: 900, large: 2_400 } as const;
/** Boards with less free memory are small. */
const LARGE_FREE_BYTES = 30_000;

/**
 * Puts one file on the board.
 *
 * @throws {BoardFilesError} `torn` when the board replaces files in place and this one is not whole.
 */
export async function uploadPlain(
  device: Device,
  file: { readonly path: string; readonly content: Uint8Array },
  options: PlainUpload,
): Promise<void> {
  const { abilities } = options;
  if (!abilities.mkdir && file.path.lastIndexOf("/") > 0) {
    throw new BoardFilesError(
      "folder",
      file.path,
      `Cannot write "${file.path}": the board at ${device.url} has no folders.`,
    );
  }
  if (abilities.mkdir) await makeFolders(device, foldersOf(file.path).slice(0, 1), options);
  const target = abilities.mkdir ? file.path : file.path.slice(1);
  const part = abilities.rename ? partOf(target) : target;
  const digest = await options.digest.ofContent(file.content);
  let last = "";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    options.signal?.throwIfAborted();
    try {
      last = await write(device, { ...file, part }, options) ?? "";
      if (
        last === "" && await isPlaced(device, { path: file.path, part, target, digest }, options)
      ) {
        return;
      }
    } catch (error) {
      if (abilities.rename) throw error;
      throw tornError(file.path, error);
    }
  }
  const error = corruptError(device, file.path, last);
  throw abilities.rename ? error : tornError(file.path, error);
}

/** Writes all of the content to the part file; returns what was wrong, if anything. */
async function write(
  device: Device,
  { path, part, content }: { path: string; part: string; content: Uint8Array },
  { abilities, signal, onBytes }: PlainUpload,
): Promise<string | undefined> {
  const limit = abilities.freeBytes < LARGE_FREE_BYTES ? CODE_BYTES.small : CODE_BYTES.large;
  const run = async (code: string): Promise<string | undefined> => {
    const said = await runStep(device, code, signal);
    // deno-lint-ignore no-control-regex -- the sign that a refusal begins with
    const refusal = /^\x15!(\d+)/.exec(said ?? "");
    if (refusal !== null) throw errnoError(path, "write", Number(refusal[1]));
    return said === "" ? undefined : said;
  };
  try {
    let wrong = await run(guarded(`_iot=open(${pythonString(part)},"wb")`));
    for (let at = 0; at < content.length && wrong === undefined;) {
      const { literal, count } = piece(content.subarray(at), { limit, base64: abilities.base64 });
      const sum = content.subarray(at, at + count).reduce((total, byte) => total + byte, 0);
      wrong = await run(
        `def _iot_w(d):\n try:\n  _iot.write(d)if sum(d)==${sum} else print("\\x15code")\n` +
          ` except OSError as e:print("\\x15!%d"%e.args[0])\n_iot_w(${literal})`,
      );
      at += count;
      onBytes(at);
    }
    return wrong ?? await run(guarded("_iot.close()"));
  } finally {
    // However it ended: nothing stays behind in __main__, and the file is closed.
    if (!signal?.aborted && !device.lost) {
      await runStep(
        device,
        'for _iot_n in"_iot","_iot_w":\n' +
          " try:globals()[_iot_n].close()\n except Exception:pass\n" +
          " globals().pop(_iot_n,0)\ndel _iot_n",
        signal,
      );
    }
  }
}

function guarded(code: string): string {
  return sealed(`try:\n ${code}\nexcept OSError as e:print("\\x15!%d"%e.args[0])\n`, {
    main: true,
  });
}

async function runStep(device: Device, code: string, signal: AbortSignal | undefined) {
  let said = "";
  const decoder = new TextDecoder();
  const { stderr } = await converse(device, code, {
    ...(signal && { signal }),
    onOutput: (chunk) => void (said += decoder.decode(chunk)),
  });
  signal?.throwIfAborted();
  const at = said.indexOf("\x15");
  return stderr !== "" ? stderr.trim().split("\n").at(-1) : at === -1 ? "" : said.slice(at);
}

/** A literal of at most `limit` characters, and how much of `content` it stands for. */
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
  const letters = btoa(String.fromCharCode(...content.subarray(0, inBase64)));
  return { literal: `__import__("binascii").a2b_base64(b"${letters}")`, count: inBase64 };
}

/** Whether the part file holds what it should; it is the file then. */
async function isPlaced(
  device: Device,
  { path, part, target, digest }: {
    path: string;
    part: string;
    target: string;
    digest: Uint8Array;
  },
  { digest: { python }, signal }: PlainUpload,
): Promise<boolean> {
  const call = `place(${pythonString(part)},${pythonString(target)},${pythonBytes(digest)})`;
  const [answer] = await translated(
    path,
    "write",
    () =>
      ask(device, { parts: [walk, python, ...(part === target ? [] : [move]), place], call }, {
        signal,
        path,
      }),
  );
  return answer === "placed";
}

function tornError(path: string, cause: unknown): unknown {
  if (cause instanceof BoardFilesError && cause.code === "corrupt") {
    const message = `${cause.message} The board has no rename(), so that "${path}" is torn now.`;
    return new BoardFilesError("torn", path, message, { cause });
  }
  if (cause instanceof BoardFilesError && cause.code === "full") {
    const message = `${cause.message} What was there of that name is gone, as the board has to ` +
      "replace files in place.";
    return new BoardFilesError("full", path, message, { cause, errno: 28 });
  }
  return cause;
}
