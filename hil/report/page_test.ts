/** The page, in a browser. */

import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
import { type BrowserPage, openBrowser } from "../acceptance/browser/browser.ts";
import type { RunResult } from "../run/result.ts";
import { htmlReport } from "./html.ts";
import {
  everything,
  HOSTILE,
  sampleBoard,
  sampleCheck,
  sampleFailure,
  sampleRun,
} from "./sample_testing.ts";

interface OpenPage extends BrowserPage {
  /** What the page asked for, and complained of. */
  readonly requests: string[];
  readonly complaints: string[];
}

/** Opens a run's page from a disk, as a person does. */
async function open(run: RunResult): Promise<OpenPage> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/r.html`, await htmlReport(run));
  const browser = stack.use(await openBrowser("about:blank"));
  const requests: string[] = [];
  const complaints: string[] = [];
  browser.page.on("request", (request) => requests.push(request.url()));
  browser.page.on("console", (message) => complaints.push(message.text()));
  browser.page.on("pageerror", (error) => complaints.push(String(error)));
  await browser.page.goto(`file://${folder}/r.html`);
  const lifetime = stack.move();
  return {
    page: browser.page,
    requests,
    complaints,
    [Symbol.asyncDispose]: () => lifetime.disposeAsync(),
  };
}

Deno.test("the page shows what boards say, and nothing of it acts", async () => {
  await using browser = await open(everything(HOSTILE));
  const { page, requests, complaints } = browser;
  for (const details of await page.locator("details").all()) {
    await details.evaluate((element) => element.setAttribute("open", ""));
  }
  const body = await page.locator("body").innerText();
  assert(body.includes("<img src=x onerror=window.harm=1>"));
  assert(body.includes("\\x1b[2J"), "control characters are spelled out");
  assert(body.includes("\\u202egnp") || body.includes("\\u202e\\u2066gnp"));
  assertEquals(await page.evaluate("window.harm"), undefined);
  assertEquals(await page.locator("img, iframe, object, svg:not(.spark)").count(), 0);
  assertEquals(await page.locator("script").count(), 2);
  assertEquals(requests.map((url) => url.replace(/.*\//, "")), ["r.html"]);
  assertEquals(complaints, []);
});

Deno.test("the page filters by words and by verdict", async () => {
  const run = sampleRun([
    sampleBoard("pico", [
      sampleCheck(),
      sampleFailure("The answer was late", { check: "exec/64k" }),
    ]),
    sampleBoard("micro", [sampleCheck(), sampleCheck({ check: "exec/64k" })]),
  ]);
  await using browser = await open(run);
  const { page, complaints } = browser;
  const lit = page.locator(".matrix td[data-verdict]:not(.dimmed)");
  const rows = page.locator(".matrix tbody tr:not(.group):not([hidden])");
  assertEquals([await lit.count(), await rows.count()], [4, 2]);
  await page.locator("#search").fill("MICRO exec/out");
  assertEquals([await lit.count(), await rows.count()], [1, 1]);
  assertEquals(await page.locator(".problem").isVisible(), false);
  await page.locator("#search").fill("late");
  assertEquals(await lit.count(), 1);
  assertEquals(await page.locator(".problem").isVisible(), true);
  await page.locator("#search").fill("");
  await page.getByRole("button", { name: "fail" }).click();
  assertEquals([await lit.count(), await page.locator(".problem").isVisible()], [3, false]);
  assertEquals(await page.locator("#found").innerText(), "3 of 4");
  assertEquals(complaints, []);
});

Deno.test("a cell of the matrix leads to its failure, with its transcript and how to repeat it", async () => {
  const failures = ["exec/output", "files/it's-#1?"].map((check) =>
    sampleFailure(`${check} is wrong`, { check, seed: 99 })
  );
  await using browser = await open(sampleRun([sampleBoard("my board", failures)]));
  const { page } = browser;
  const second = page.locator(".problem").nth(1);
  assertEquals(await second.getAttribute("open"), null);
  // A filter that hides it does not keep a link from it.
  await page.locator("#search").fill("nothing has these words");
  assertEquals(await second.isVisible(), false);
  await page.locator(".matrix td.fail a").nth(1).dispatchEvent("click");
  await page.locator(".problem:nth-of-type(2)[open]").waitFor();
  const said = await second.innerText();
  assert(said.includes("files/it's-#1? is wrong"));
  const command = `--board 'my board' --check 'files/it'\\''s-#1?' --seed 99`;
  assert(said.includes(command), said);
  await second.locator("details.attempt summary").first().click();
  const wire = await second.locator(".wire").first().innerText();
  assert(/0\.025\s+←.*OK2/s.test(wire), wire);
});

Deno.test("a cell that is no failure tells its reason where it is pressed", async () => {
  const skip = sampleCheck({ verdict: "skip", message: "it has no pins", attempts: [] });
  await using browser = await open(sampleRun([sampleBoard("micro", [skip])]));
  await browser.page.locator(".matrix td button").click();
  const said = await browser.page.locator("#detail").innerText();
  assertEquals(
    said,
    "micro · exec/output · skipped · it has no pins\nWhat a cell prints comes back",
  );
});

Deno.test("the page of a large rig is one that a browser can take", async () => {
  const text = "x".repeat(4_000);
  const boards = Array.from({ length: 20 }, (_, board) =>
    sampleBoard(
      `board-${board}`,
      Array.from({ length: 60 * 100 }, (_, at) => {
        const check = `group-${at % 6}/check-${at % 60}`;
        const round = Math.floor(at / 60) + 1;
        return board === 0
          ? sampleFailure(text, { check, round })
          : sampleCheck({ check, round, measurements: [{ name: "up", value: at, unit: "KB/s" }] });
      }),
    ));
  const run = sampleRun(boards);
  const html = await htmlReport(run);
  assert(html.length < 20_000_000, `${html.length}`);
  await using browser = await open(run);
  assertEquals(await browser.page.locator(".matrix td").count(), 20 * 60);
  assertEquals(await browser.page.locator(".matrix td.fail small").first().innerText(), "100/100");
  await browser.page.locator("#search").fill("board-3 check-7");
  assertEquals(await browser.page.locator(".matrix td:not(.dimmed)").count(), 1);
  // On a phone, the matrix scrolls, not the page.
  await browser.page.setViewportSize({ width: 390, height: 800 });
  assertEquals(await browser.page.evaluate("document.documentElement.scrollWidth"), 390);
  assertEquals(browser.complaints, []);
});
