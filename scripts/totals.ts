/** How many tests passed, failed and were skipped, from what `deno test` leaves behind. */

/** Counts of tests; a step of a test counts as a test. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the test cases in a JUnit report.
 *
 * @param report what `deno test --junit-path` wrote
 */
export function countReport(report: string): Totals {
  const cases = report.match(/<testcase\b[^]*?(?:\/>|<\/testcase>)/g) ?? [];
  const failed = cases.filter((text) => /<(?:failure|error)\b/.test(text)).length;
  const skipped = cases.filter((text) => /<skipped\b/.test(text)).length;
  return { passed: cases.length - failed - skipped, failed, skipped };
}

/**
 * Counts the test files that failed as a whole, which the report leaves out: `deno test` prints
 * `./x_test.ts (uncaught error)` once where it happens and once in the list at its end.
 */
export function countBrokenFiles(output: string): number {
  // deno-lint-ignore no-control-regex -- colours
  const plain = output.replace(/\x1b\[[\d;]*m/g, "");
  return new Set(plain.match(/^\S+ \(uncaught error\)$/gm)).size;
}

/** The closing line: `12 passed, 0 failed`, and `, 1 skipped` where there are any. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
