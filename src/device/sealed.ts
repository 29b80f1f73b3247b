/**
 * Code that a board runs only if all of it arrived as it was sent. A line may be noisy, and a byte
 * that is wrong must not do something else.
 */

import { encode } from "@/base/bytes.ts";

/** {@linkcode checksum} in Python; MicroPython's bytes have no slices with steps. */
const CHECKSUM = "def _iot_k(s,k=0):\n" +
  ' b=bytes(s,"utf8")\n' +
  ` for i in range(0,len(b)+1,8):k=(k*31+sum(b[i:i+8]))%65521\n` +
  " return k\n";

/** What sealed code prints instead of running when it did not arrive as it was sent. */
export const BROKEN = "\x15code";

/** The names that sealed code has in `__main__` while it runs. */
export const SEAL_NAMES: readonly string[] = ["_iot_k", "_iot_s"];

/**
 * `code` under a seal. Its names are its own, unless `main` says that they are to stay in `__main__`.
 *
 * @param code must not hold three single quotes in a row
 */
export function sealed(code: string, { main = false }: { main?: boolean } = {}): string {
  const text = code.replace(/\n$/, "");
  return `${CHECKSUM}_iot_s=r'''${text}'''\ntry:\n if _iot_k(_iot_s)==${
    checksum([text])
  }:exec(_iot_s${main ? "" : ",{}"})\n else:print("\\x15code")\nfinally:del _iot_s,_iot_k\n`;
}

/**
 * What tells whether lines arrived as they were sent: sums of eight bytes each, by where they are, so
 * that two changes hardly ever make up for each other. It costs a board little, and all have sum().
 */
export function checksum(lines: readonly string[]): number {
  let total = 0;
  for (const line of lines) {
    const bytes = encode(line);
    for (let at = 0; at <= bytes.length; at += 8) {
      const sum = bytes.subarray(at, at + 8).reduce((sum, byte) => sum + byte, 0);
      total = (total * 31 + sum) % 65_521;
    }
  }
  return total;
}
