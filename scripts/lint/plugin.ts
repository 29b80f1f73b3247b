/** The project's own lint rules, for `lint.plugins` in deno.json. */

import { noNodeOnHotPath, noSkippedTests, noSleepInTests } from "./habits.ts";
import { layers } from "./layers.ts";

/** The checkout's folder, which paths in rules are relative to. */
const ROOT = import.meta.dirname!.replace(/\/scripts\/lint$/, "");

const plugin: Deno.lint.Plugin = {
  name: "iot",
  rules: {
    "layers": layers(ROOT),
    "no-sleep-in-tests": noSleepInTests,
    "no-skipped-tests": noSkippedTests,
    "no-node-on-hot-path": noNodeOnHotPath(ROOT),
  },
};

export default plugin;
