/**
 * Takes the picture of a notebook that the README shows:
 * `deno run -A hil/acceptance/browser/portrait.ts docs/images/notebook.png`, after `deno task compile`.
 */

import { openBrowser } from "./browser.ts";
import { startLab } from "./lab.ts";
import { Launcher } from "./notebook_page.ts";

const CELLS = [
  "%connect sim://demo\n\nimport machine, sys\nsys.implementation.name, machine.freq() // 1_000_000",
  '%%plot --title "Two waves"\nimport math\n\nprint("angle, sine, cosine")\n' +
  "for angle in range(0, 361, 5):\n    radians = math.radians(angle)\n" +
  "    print(angle, math.sin(radians), math.cos(radians))",
  'readings = {"office": 21.5, "attic": 27.25, "cellar": 0}\n' +
  "for room, value in readings.items():\n    print(room, 100 / value)",
];

const [path] = Deno.args;
await using lab = await startLab();
await using browser = await openBrowser(lab.url);
const notebook = await new Launcher(browser.page).newNotebook();
await browser.page.setViewportSize({ width: 1100, height: 1080 });
await notebook.press("Control+B"); // the file browser away
for (const cell of CELLS) await notebook.run(cell);
await notebook.type("led = machine.P");
await notebook.press("Tab");
await notebook.completions();
await notebook.screenshot(path);
