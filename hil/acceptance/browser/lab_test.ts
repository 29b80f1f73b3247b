/** JupyterLab in Chromium, with our kernel: what a user sees and does. */

import { match, ok, strictEqual } from "node:assert/strict";
import { startLab } from "./lab.ts";
import { Launcher } from "./notebook_page.ts";
import { openBrowser } from "./browser.ts";

/** Screenshots to look at are kept where this says, e.g. `docs/images`. */
const SHOTS = Deno.env.get("IOT_SCREENSHOTS");

Deno.test("a notebook in JupyterLab", async (t) => {
  await using lab = await startLab();
  await using browser = await openBrowser(lab.url);
  const launcher = new Launcher(browser.page);

  await t.step("the launcher shows the kernel with its logo", async () => {
    const logo = launcher.card.locator("img");
    await logo.waitFor();
    match(await logo.getAttribute("src") ?? "", /kernelspecs\/iot\/logo/);
    const width = await logo.evaluate((image) => (image as unknown as Image).naturalWidth);
    ok(width > 0, "the logo cannot be shown");
    if (SHOTS) await browser.page.screenshot({ path: `${SHOTS}/launcher.png` });
  });

  const notebook = await launcher.newNotebook();
  const shot = async (name: string) => {
    if (SHOTS) await notebook.screenshot(`${SHOTS}/${name}.png`);
  };

  await t.step("cells run on the board; the last expression is the result", async () => {
    const first = await notebook.run("%connect sim://demo\nprint('hello from', 6 * 7)");
    strictEqual(await first.output("hello"), "Connected to demo @ sim://demo\nhello from 42\n");
    const second = await notebook.run("temperature = 21.5\n[temperature, 'C']");
    match(await second.output("21.5"), /^\[21\.5, 'C'\]\s*$/);
  });

  await t.step("an exception is shown as a traceback", async () => {
    const cell = await notebook.run("def halve(x):\n    return 1 / x\n\nhalve(0)");
    match(await cell.output("ZeroDivisionError"), /line 2/);
  });

  await t.step("Tab completes names of the board", async () => {
    await notebook.type("tempe");
    await notebook.press("Tab");
    strictEqual((await notebook.completions()).join(), "temperature");
    await notebook.press("Enter");
    await notebook.typed("temperature");
    await notebook.clear();
    await notebook.run("import sys");
    await notebook.type("sys.ver");
    await notebook.press("Tab");
    const names = await notebook.completions();
    ok(names.includes("version") && names.includes("version_info"), names.join(" "));
    await shot("completion");
    await notebook.press("Escape");
    await notebook.clear();
  });

  await t.step("Shift-Tab explains a function of this notebook", async () => {
    await notebook.type("halve(");
    await notebook.press("Shift+Tab");
    const text = await notebook.tooltip();
    match(text, /Signature: halve\(x\)/);
    await shot("inspection");
    await notebook.press("Escape");
    await notebook.clear();
  });

  await t.step("input() asks in the notebook", async () => {
    const cell = await notebook.start("name = input('Your name? ')\nprint('Hello,', name)");
    await cell.answer("Zoë");
    match(await cell.output("Hello"), /Hello, Zoë/);
    await cell.done();
  });

  await t.step("interrupt stops the board's program", async () => {
    const cell = await notebook.start("while True: pass");
    await cell.prompt(/^\[\*\]:$/);
    await notebook.click("interrupt");
    match(await cell.output("KeyboardInterrupt"), /KeyboardInterrupt/);
    const after = await notebook.run("print(temperature)");
    strictEqual(await after.output("21.5"), "21.5\n");
  });

  await t.step("a plot is drawn", async () => {
    const cell = await notebook.run(
      "%%plot\nimport math\nfor i in range(60):\n    print(i, math.sin(i / 8), math.cos(i / 8))",
    );
    await cell.rich("svg, canvas").first().waitFor();
    await shot("plot");
  });

  await t.step("restart: a new kernel on the same notebook", async () => {
    await notebook.click("restart");
    await notebook.accept();
    await notebook.idle();
    const cell = await notebook.run("%connect -q sim://demo\nprint('again')");
    strictEqual(await cell.output("again"), "again\n");
  });
});

/** What of a page's image the test looks at; the tests' own types know no browser. */
interface Image {
  readonly naturalWidth: number;
}
