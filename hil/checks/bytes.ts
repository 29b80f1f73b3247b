/** Comparing files. */

/** Where two runs of bytes first differ, as words; undefined where they are the same. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array): string | undefined {
  const length = Math.min(actual.length, expected.length);
  for (let at = 0; at < length; at++) {
    if (actual[at] === expected[at]) continue;
    return `byte ${at} of ${expected.length} is ${actual[at]}, not ${expected[at]}`;
  }
  if (actual.length === expected.length) return undefined;
  return `it has ${actual.length} bytes, not ${expected.length}`;
}
