/** What a board has for moving files: asked once for each connection and life of its interpreter. */

import type { Device } from "../device.ts";
import { ask } from "./ask.ts";
import probe from "./probe.py" with { type: "text" };

/** What is looked for, in the order of the answer. */
const NAMES = {
  rawInput: "sys.stdin.buffer",
  textInput: "sys.stdin.read",
  rawOutput: "sys.stdout.buffer",
  base64: "binascii.a2b_base64",
  crc32: "binascii.crc32",
  sha256: "hashlib.sha256",
  deflate: "deflate.DeflateIO",
  decompIO: "zlib.DecompIO",
  rename: "os.rename",
  mkdir: "os.mkdir",
  ilistdir: "os.ilistdir",
  stat: "os.stat",
  statvfs: "os.statvfs",
  size: "os.size",
} as const;

type Ability = keyof typeof NAMES;

/** What there is. */
export type BoardAbilities = Readonly<Record<Ability, boolean>> & {
  /** Bytes of memory that were free; 0 where the board does not say. */
  readonly freeBytes: number;
};

/**
 * Asks the board.
 *
 * @throws what {@linkcode ask} throws.
 */
export async function probeAbilities(
  device: Device,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<BoardAbilities> {
  const abilities = Object.keys(NAMES) as Ability[];
  const names = abilities.map((ability) => NAMES[ability]).join(" ");
  const call = `probe("${names}")`;
  const [flags, free] = await ask(device, { parts: [probe], call }, { ...options, path: "/" });
  const found = Object.fromEntries(abilities.map((ability, i) => [ability, flags[i] === "1"]));
  return { ...found as Record<Ability, boolean>, freeBytes: Number(free) };
}

/** What a board of today has: assumed until it turns out to be otherwise, to save the question. */
export const MODERN: BoardAbilities = {
  rawInput: true,
  textInput: true,
  rawOutput: true,
  base64: true,
  crc32: true,
  sha256: true,
  deflate: true,
  decompIO: false,
  rename: true,
  mkdir: true,
  ilistdir: true,
  stat: true,
  statvfs: true,
  size: false,
  freeBytes: 150_000,
};
