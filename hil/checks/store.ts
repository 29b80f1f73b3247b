/** Variables cross over and come back as they were. */

import { type Check, defineCheck } from "./check.ts";
import { expectOk, expectSame } from "./expect.ts";

/** Values that every board has, as Python writes them: the smallest has no float of 64 bits. */
const VALUES: readonly string[] = [
  "0",
  "-1234567890123456789012345678901234567890",
  "True",
  "None",
  "0.5",
  "'h\\u00e9 \\u4f60'",
  "b'\\x00\\x03\\x04\\xff'",
  "(1, 'a', (2.5, None))",
  "[1, [2, [3]]]",
  "{'a': 1, 2: [b'x'], (3, 4): {'b': ()}}",
];

/** Storing. */
export const STORE_CHECKS: readonly Check[] = [
  defineCheck({
    name: "store/round-trip",
    summary: "Values of all kinds go to the host and come back with their types",
    after: ["exec/state"],
    timeoutMs: 120_000,
    async run(bench) {
      for (const value of VALUES) {
        expectOk(await bench.cell(`hil_value = ${value}\n%store hil_value`), `Storing ${value}`);
        expectOk(await bench.cell("del hil_value\n%store -r hil_value"), `Restoring ${value}`);
        const check = `print(type(hil_value) is type(${value}) and hil_value == ${value})`;
        const result = await bench.cell(`${check}\ndel hil_value`);
        expectOk(result, `Comparing ${value}`);
        expectSame(result.stdout, "True\n", `Whether ${value} came back equal, of the same type`);
      }
      expectOk(await bench.cell("%store -d hil_value"), "%store -d hil_value");
    },
  }),
];
