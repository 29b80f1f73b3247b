/** How content is cut for one board and the line to it. Pure. */

import type { BoardAbilities } from "./board_abilities.ts";

/** How blocks are made for one board and line. */
export interface StreamShape {
  /** Bytes of a block's payload on the line, at most. */
  readonly blockBytes: number;
  /** Whether no more is under way than fits into a receive ring. */
  readonly inSteps: boolean;
  /** Whether any byte can be sent, or only text. */
  readonly raw: boolean;
  /** The window that the board has memory to inflate with, as a power of two; 0: it cannot. */
  readonly windowBits: number;
}

/** By how much memory is free: blocks, their copies and the window must fit in many times over. */
const BY_FREE_BYTES:
  readonly (Omit<StreamShape, "raw" | "inSteps"> & { readonly freeBytes: number })[] = [
    { freeBytes: 120_000, blockBytes: 8_192, windowBits: 15 },
    { freeBytes: 90_000, blockBytes: 4_096, windowBits: 14 },
    { freeBytes: 50_000, blockBytes: 4_096, windowBits: 12 },
    { freeBytes: 24_000, blockBytes: 1_024, windowBits: 10 },
    { freeBytes: 0, blockBytes: 512, windowBits: 0 },
  ];

/** Text is there three times over, as text, bytes and what it stands for: each in one piece. */
const TEXT_BLOCK_BYTES = 2_048;

/** The shape that a board's abilities allow; undefined where no stream is possible. */
export function streamShape(
  abilities: BoardAbilities,
  { url }: { readonly url: string },
): StreamShape | undefined {
  const { rawInput, textInput, base64, rename, freeBytes } = abilities;
  const canRead = rawInput || textInput && base64;
  // mp:// has no way to speak with a program.
  if (!canRead || !rename || url.startsWith("mp:")) return undefined;
  const row = BY_FREE_BYTES.find((row) => freeBytes >= row.freeBytes)!;
  return {
    raw: rawInput,
    // Nothing slows a sender down by air.
    inSteps: /^wss?:/.test(url),
    blockBytes: rawInput ? row.blockBytes : Math.min(row.blockBytes, TEXT_BLOCK_BYTES),
    windowBits: abilities.deflate || abilities.decompIO ? row.windowBits : 0,
  };
}

/** Whether a receiver can be sent in one go: by air it would overrun the board's receive ring. */
export function canBootstrap(url: string): boolean {
  return !/^(?:wss?|mp):/.test(url);
}
