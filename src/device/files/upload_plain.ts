/**
 * Putting files on a board that no conversation is possible with, as over mp://. The content goes
 * out in Python literals, a small piece of code each.
 */

import type { Device } from "../device.ts";
import { ATTEMPTS, corruptError } from "./ask.ts";
import type { BoardAbilities } from "./board_abilities.ts";
import { makeFolders } from "./changes.ts";
import type { ContentDigest } from "./content_digest.ts";
import { foldersOf } from "./difference.ts";
import { partOf } from "./part_name.ts";
import { placePart } from "./place_part.ts";
import { writeInPlace } from "./write_plain.ts";

/** How it is done. */
export interface PlainUpload {
  readonly abilities: BoardAbilities;
  readonly digest: ContentDigest;
  readonly signal: AbortSignal | undefined;
  /** How long the board may be silent, in milliseconds. */
  readonly quietMs?: number | undefined;
  /** Told how many bytes of the file are on the board. */
  onBytes(count: number): void;
}

/** So much of content goes out at once; 1 KB is typed without asking whether there is room for it. */
const CODE_BYTES = { small: 900, large: 2_400 } as const;
/** Boards with less free memory are small. */
const LARGE_FREE_BYTES = 30_000;

/** Puts one file on the board. */
export async function uploadPlain(
  device: Device,
  { path, content }: { readonly path: string; readonly content: Uint8Array },
  options: PlainUpload,
): Promise<void> {
  const { abilities, signal, quietMs, onBytes } = options;
  const name = partOf(path);
  await makeFolders(device, foldersOf(path).slice(0, 1), { signal, quietMs });
  const digest = await options.digest.ofContent(content);
  const codeBytes = abilities.freeBytes < LARGE_FREE_BYTES ? CODE_BYTES.small : CODE_BYTES.large;
  let why = "";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    const { base64 } = abilities;
    const how = { codeBytes, base64, signal, quietMs, onBytes };
    const wrong = await writeInPlace(device, { path, name, content }, how);
    if (wrong === undefined) {
      const place = { part: name, path, digest };
      if (await placePart(device, place, { abilities, signal, quietMs })) return;
    }
    why = wrong ?? "the content is another";
  }
  throw corruptError(device, path, why);
}
