/** Python of ours, as small as it can be sent: a small board has to keep all of it in memory. */

/** `code` without the lines of its comments and empty ones, its four-space indentation as one space. */
export function compact(code: string): string {
  return code
    .split("\n")
    .filter((line) => !/^\s*(?:#.*)?$/.test(line))
    .map((line) => line.replace(/^(?: {4})+/, (blank) => " ".repeat(blank.length / 4)) + "\n")
    .join("");
}
