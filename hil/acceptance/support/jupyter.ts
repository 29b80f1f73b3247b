/** A kernel as PyPI's jupyter_client sees it. */

import { LineProcess } from "./lines.ts";
import { isolated, ROOT, venv } from "./product.ts";

/** A message that belongs to one execute request. */
export interface Message {
  readonly event: "iopub" | "shell";
  readonly type: string;
  // deno-lint-ignore no-explicit-any -- whatever the protocol says for the type
  readonly content: any;
}

/** All that came back from one cell. */
export interface Executed {
  /** In the order of arrival. */
  readonly messages: readonly Message[];
  /** Content of the reply. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly reply: any;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether something came after idle, which must not be. */
  readonly late: boolean;
}

/** One kernel, started from its kernelspec. */
export class JupyterKernel {
  readonly #driver: LineProcess;

  private constructor(driver: LineProcess) {
    this.#driver = driver;
  }

  /**
   * Starts a kernel and waits until it is ready.
   *
   * @param prefix where `iot install --prefix` put it
   */
  static async start(
    prefix: string,
    { env = {} }: { env?: Record<string, string> } = {},
  ): Promise<JupyterKernel> {
    const script = `${ROOT}hil/acceptance/support/jupyter_driver.py`;
    const kernel = new JupyterKernel(
      new LineProcess(await venv("python"), [script, "iot"], {
        ...isolated(prefix),
        // No board that a notebook of another test used, in the same directory, is remembered.
        XDG_DATA_HOME: `${prefix}/data`,
        ...env,
        JUPYTER_PATH: `${prefix}/share/jupyter`,
      }),
    );
    await kernel.#expect("ready");
    return kernel;
  }

  /**
   * Runs a cell.
   *
   * @param onOutput called with all output so far whenever more has come; what it does is awaited
   */
  async execute(
    code: string,
    onOutput?: (stdout: string) => void | Promise<void>,
  ): Promise<Executed> {
    await this.#send({ op: "execute", code });
    const messages: Message[] = [];
    const streams: Record<string, string> = { stdout: "", stderr: "" };
    let late: boolean;
    while (true) {
      const event = JSON.parse(await this.#driver.line());
      if (event.event === "done") {
        late = event.late;
        break;
      }
      if (event.event !== "iopub" && event.event !== "shell") continue;
      messages.push(event);
      if (event.type !== "stream") continue;
      streams[event.content.name] += event.content.text;
      await onOutput?.(streams.stdout);
    }
    const reply = messages.find(({ event }) => event === "shell")!.content;
    return { messages, reply, stdout: streams.stdout, stderr: streams.stderr, late };
  }

  /** Asks the kernel to interrupt what runs, from within {@linkcode execute}'s `onOutput`. */
  async interrupt(): Promise<void> {
    await this.#send({ op: "interrupt" });
  }

  /** Shuts the kernel down; returns whether it ended by itself. */
  async end(): Promise<boolean> {
    await this.#driver.closeInput();
    const { exit } = await this.#expect("ended");
    return exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]();
  }

  async #send(request: Record<string, unknown>): Promise<void> {
    await this.#driver.send(JSON.stringify(request));
  }

  // deno-lint-ignore no-explicit-any -- as above
  async #expect(event: string): Promise<any> {
    while (true) {
      const answer = JSON.parse(await this.#driver.line());
      if (answer.event === event) return answer;
    }
  }
}
