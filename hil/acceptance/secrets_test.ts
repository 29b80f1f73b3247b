/** The shell names no value of `secrets.py`, whatever it has to complain about. */

import { match, strictEqual } from "node:assert/strict";
import { iot, temporaryDirectory } from "./support/product.ts";

const PASSWORD = "pass word/with?url&letters";

/** Arguments that a message would repeat. */
const COMPLAINTS: readonly (readonly string[])[] = [
  ["fjlkflsad"],
  ["-d", "fjlkflsad://x", "name"],
  ["-d", `tcp://localhost:4000/?${encodeURIComponent(PASSWORD)}`, "name"],
  ["discover", "fjlkflsad"],
];

for (const args of COMPLAINTS) {
  Deno.test(`iot ${args.join(" ")} does not repeat a password`, async () => {
    await using home = await temporaryDirectory();
    await Deno.mkdir(`${home.path}/iot49/libs`, { recursive: true });
    await Deno.writeTextFile(
      `${home.path}/iot49/libs/secrets.py`,
      `webrepl_pwd = 'fjlkflsad'\nwifi_pwd = '${PASSWORD}'\n`,
    );
    const { code, stdout, stderr } = await iot(args, { env: { HOME: home.path } });
    strictEqual(code, 2, stderr);
    strictEqual(stdout, "");
    match(stderr, /\*\*\*/);
    strictEqual(/fjlkflsad|pass(?: |%20|\+)word/.test(stderr), false, stderr);
  });
}
