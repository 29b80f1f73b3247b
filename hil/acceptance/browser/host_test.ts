/** JupyterLab in Chromium: what this computer's Python shows in a `%%host` cell, and asks. */

import { match, ok, strictEqual } from "node:assert/strict";
import { openBrowser } from "./browser.ts";
import { startLab } from "./lab.ts";
import { Launcher, NotebookPage } from "./notebook_page.ts";

/** Screenshots to look at are kept where this says, e.g. `docs/images`. */
const SHOTS = Deno.env.get("IOT_SCREENSHOTS");

Deno.test("%%host in JupyterLab", async (t) => {
  await using lab = await startLab();
  await using browser = await openBrowser(lab.url);
  const notebook = await new Launcher(browser.page).newNotebook();
  const shot = async (name: string) => {
    if (SHOTS) await notebook.screenshot(`${SHOTS}/${name}.png`);
  };

  await t.step("a figure of matplotlib's is a picture of what was drawn", async () => {
    const cell = await notebook.run(
      "%%host\n%matplotlib inline\nimport matplotlib.pyplot as plt\n\n" +
        "figure, (left, right) = plt.subplots(1, 2)\n" +
        "left.bar([1, 2, 3], [3, 3, 3], color='#ff0000', width=1)\n" +
        "right.bar([1, 2, 3], [3, 3, 3], color='#0000ff', width=1)\nplt.show()",
    );
    const image = cell.rich("img");
    await image.waitFor();
    const pixels = await image.evaluate(readPixels) as Pixels;
    ok(pixels.width > 200 && pixels.height > 150, `${pixels.width} x ${pixels.height}`);
    strictEqual(pixels.left, "255,0,0");
    strictEqual(pixels.right, "0,0,255");
    await shot("host-figure");
  });

  await t.step("input() asks in the notebook", async () => {
    const cell = await notebook.start("%%host\nname = input('Your name? ')\nprint('Hello,', name)");
    await cell.answer("Zoë");
    match(await cell.output("Hello,"), /Hello, Zoë/);
    await cell.done();
  });

  await t.step("a slider is shown, and moved by its keys", async () => {
    const cell = await notebook.run(
      "%%host\nimport ipywidgets as widgets\nslider = widgets.IntSlider(value=3, max=20)\n" +
        "out = widgets.Output()\n\n@out.capture()\ndef tell(change):\n" +
        "    print('moved to', change.new)\n\nslider.observe(tell, 'value')\ndisplay(slider, out)",
    );
    const handle = cell.rich(".noUi-handle");
    await handle.waitFor();
    for (let value = 4; value <= 6; value++) {
      await handle.press("ArrowRight");
      match(await cell.output(`moved to ${value}`), new RegExp(`moved to ${value}`));
    }
    await shot("host-slider");
    const value = await notebook.run("%%host\nprint('the value is', slider.value)");
    strictEqual(await value.output("the value is"), "the value is 6\n");
  });

  await t.step(
    "a page that is loaded again has the slider where it was, and moves it",
    async () => {
      await notebook.save();
      await browser.page.reload();
      const again = await NotebookPage.open(browser.page);
      const cell = again.cellWith("slider.observe(tell");
      await cell.rich('.noUi-handle[aria-valuetext="6"]').waitFor();
      await cell.rich(".noUi-handle").press("ArrowRight");
      await cell.output("moved to 7");
    },
  );

  await t.step("a slider moves while a cell runs on the board", async () => {
    await notebook.run("%connect -q sim://demo");
    const shown = await notebook.run(
      "%%host\nlevel = widgets.IntSlider(value=1, max=9)\nlabel = widgets.Label('still')\n" +
        "level.observe(lambda change: setattr(label, 'value', f'level {change.new}'), 'value')\n" +
        "display(level, label)",
    );
    const handle = shown.rich(".noUi-handle");
    await handle.waitFor();
    const busy = await notebook.start("while True: pass");
    await busy.prompt(/^\[\*\]:$/);
    await handle.press("ArrowRight");
    await shown.output("level 2");
    await notebook.click("interrupt");
    await busy.output("KeyboardInterrupt");
  });
});

/** What of a picture the test looks at. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  /** The colour, as `R,G,B`, of a place in its left half, and in its right half. */
  readonly left: string;
  readonly right: string;
}

// deno-lint-ignore no-explicit-any -- it runs in the page, and the tests' own types know no browser
async function readPixels(image: any): Promise<Pixels> {
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = image.ownerDocument.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const at = (x: number) => {
    const { data } = context.getImageData(Math.round(width * x), Math.round(height / 2), 1, 1);
    return data.slice(0, 3).join(",");
  };
  return { width, height, left: at(0.25), right: at(0.75) };
}
