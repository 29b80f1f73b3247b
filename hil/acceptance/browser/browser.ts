/** Headless Chromium, Debian's, driven as a person would use it. */

import { type Browser, chromium, type Page } from "playwright-core";

/** No click, key or wait may take longer, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Where Debian's package puts it. */
const CHROMIUM = "/usr/bin/chromium";

/** It runs as root in CI, has no screen, and has nothing to look for outside this machine. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** One page of a browser of its own. */
export interface BrowserPage extends AsyncDisposable {
  readonly page: Page;
}

/** Opens a browser at `url`. */
export async function openBrowser(url: string): Promise<BrowserPage> {
  await using stack = new AsyncDisposableStack();
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: FLAGS,
    headless: true,
    timeout: PATIENCE_MS,
  });
  stack.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url, { timeout: PATIENCE_MS });
  const lifetime = stack.move();
  return { page, [Symbol.asyncDispose]: () => lifetime.disposeAsync() };
}
