/** What a person does with a notebook in JupyterLab: types, presses keys, clicks, reads. */

import type { Locator, Page } from "playwright-core";

/** How long a person waits for an output before giving up, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Runs in the page: resolves when it has been painted twice. */
const TWO_FRAMES =
  "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";

/** The launcher's first page, and how to get from there to a notebook. */
export class Launcher {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The card that starts a notebook with our kernel. */
  get card(): Locator {
    return this.#page.locator('.jp-LauncherCard[data-category="Notebook"][title^="IoT"]');
  }

  /** Opens a new notebook and waits until its kernel has answered. */
  async newNotebook(): Promise<NotebookPage> {
    const ready = kernelAnswers(this.#page);
    await this.card.click();
    await ready;
    return await NotebookPage.open(this.#page);
  }
}

/** Resolves when the page's next kernel has told who it is: until then JupyterLab runs nothing. */
function kernelAnswers(page: Page): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new Error(`No kernel_info_reply within ${PATIENCE_MS} ms.`)),
    PATIENCE_MS,
  );
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (!String(payload).includes("kernel_info_reply")) return;
      clearTimeout(timer);
      resolve();
    }));
  return promise;
}

/** An open notebook. */
export class NotebookPage {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(page: Page): Promise<NotebookPage> {
    const notebook = new NotebookPage(page);
    await notebook.#cells.first().waitFor();
    await notebook.idle();
    return notebook;
  }

  get #cells(): Locator {
    return this.#page.locator(".jp-Notebook .jp-CodeCell");
  }

  /** The code cell that holds `text`. */
  cellWith(text: string): CellView {
    return new CellView(this.#cells.filter({ hasText: text }));
  }

  /** Puts the cursor into the last cell, which is empty, and types there. */
  async type(text: string): Promise<void> {
    await this.#cells.last().locator(".cm-content").click();
    await this.#page.keyboard.insertText(text);
    // The editor takes notice of it a frame later.
    await this.#page.evaluate(TWO_FRAMES);
  }

  async press(keys: string): Promise<void> {
    await this.#page.keyboard.press(keys);
  }

  /** Starts a cell with this text at the notebook's end; returns it without waiting for its end. */
  async start(text: string): Promise<CellView> {
    const index = await this.#cells.count() - 1;
    await this.type(text);
    await this.press("Shift+Enter");
    await this.#cells.nth(index + 1).waitFor(); // where the next one will be typed
    return new CellView(this.#cells.nth(index));
  }

  /** Runs a cell with this text to its end. */
  async run(text: string): Promise<CellView> {
    const cell = await this.start(text);
    await cell.done();
    return cell;
  }

  /** Empties the last cell again. */
  async clear(): Promise<void> {
    await this.press("Escape");
    await this.#cells.last().locator(".cm-content").click();
    await this.press("Control+A");
    await this.press("Delete");
  }

  /** Waits until the last cell holds just this text. */
  async typed(text: string): Promise<void> {
    await this.#cells.last().locator(".cm-content").filter({ hasText: new RegExp(`^${text}$`) })
      .waitFor();
  }

  /** The texts that Tab offers. */
  async completions(): Promise<string[]> {
    const items = this.#page.locator(".jp-Completer .jp-Completer-item");
    await items.first().waitFor();
    return (await items.locator(".jp-Completer-match").allTextContents()).map((text) =>
      text.trim()
    );
  }

  /** The text that Shift-Tab shows. */
  async tooltip(): Promise<string> {
    const tip = this.#page.locator(".jp-Tooltip .jp-Tooltip-content");
    await tip.waitFor();
    return await tip.innerText();
  }

  /** Clicks the button with this name, e.g. `interrupt`. */
  async click(button: "interrupt" | "restart"): Promise<void> {
    await this.#page.locator(`.jp-NotebookPanel-toolbar [data-jp-item-name="${button}"]`).click();
  }

  /** Says yes in the dialog that is open. */
  async accept(): Promise<void> {
    await this.#page.locator(".jp-Dialog .jp-mod-accept").click();
  }

  /** Waits until the notebook shows that nothing runs. */
  async idle(): Promise<void> {
    await this.#page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first()
      .waitFor();
  }

  async save(): Promise<void> {
    await this.press("Control+S");
    await this.#page.locator(".jp-NotebookPanel .jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty")
      .waitFor({ state: "detached" });
  }

  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path });
  }
}

/** A cell that was run. */
export class CellView {
  readonly #cell: Locator;

  constructor(cell: Locator) {
    this.#cell = cell;
  }

  /** Waits until it has run: its prompt shows a number. */
  async done(): Promise<void> {
    await this.prompt(/^\[\d+\]:$/);
  }

  /** Waits until the prompt beside its text is like `pattern`, e.g. `[*]:` while it runs. */
  async prompt(pattern: RegExp): Promise<void> {
    await this.#cell.locator(".jp-InputPrompt").filter({ hasText: pattern }).waitFor();
  }

  /** Waits for an output that holds `text`, and returns it whole. */
  async output(text: string | RegExp): Promise<string> {
    const outputs = this.#cell.locator(".jp-OutputArea-output").filter({ hasText: text });
    await outputs.first().waitFor();
    return await outputs.first().innerText();
  }

  /** What is shown of rich outputs with this selector inside, e.g. `svg`. */
  rich(selector: string): Locator {
    return this.#cell.locator(`.jp-OutputArea-output ${selector}`);
  }

  /** Answers the question that the cell asks. */
  async answer(text: string): Promise<void> {
    const box = this.#cell.locator(".jp-Stdin-input");
    await box.waitFor();
    await box.fill(text);
    await box.press("Enter");
  }
}
