/** UIDs of boards as people write them, in one spelling. */

/** The shortest and longest that boards have, in bytes; an STM32 has 12, a CircuitPython nRF 8. */
const BYTES = { least: 2, most: 32 };

/**
 * A UID as boards say it: lower-case hex, bytes joined by `:`. Capital letters, and `-`, `.`, `_`,
 * spaces or nothing between the bytes, make no difference. `undefined` for what is no UID.
 */
export function normalizeUid(text: string): string | undefined {
  const groups = text.trim().toLowerCase().split(/[:\-._\s]/);
  // Without its leading zero nobody can tell which byte a digit belongs to.
  if (!groups.every((group) => /^(?:[0-9a-f]{2})+$/.test(group))) return undefined;
  const bytes = groups.join("").match(/../g)!;
  if (bytes.length < BYTES.least || bytes.length > BYTES.most) return undefined;
  return bytes.join(":");
}
