/** Widgets: the front end's messages to this computer's Python, and what comes of them. */

import { within } from "@/base/deadline.ts";
import { Interrupted } from "@/base/errors.ts";
import type { CommMessage } from "@/base/sink.ts";
import type { HostComms } from "@/host/host_python.ts";
import type { Json } from "@/wire/jupyter_message.ts";
import { inputRefused } from "./questions.ts";
import type { Request } from "./request.ts";

/** How long the list of comms may take before it is empty, in milliseconds. */
const INFO_MS = 5_000;

/**
 * The comms of a kernel. They need no board and wait for none: messages go to Python as they come,
 * in order, whatever cell runs. Boards have no comms.
 */
export class Comms {
  readonly #host: HostComms;
  /** Messages that Python has not dealt with yet, in order, by what interrupts them. */
  readonly #waiting = new Set<AbortController>();

  constructor(host: HostComms) {
    this.#host = host;
  }

  /**
   * Hands a message of the front end on, and resolves when Python has dealt with it. What Python
   * prints, shows and sends meanwhile is this request's.
   *
   * @throws {IotError} when Python ends meanwhile.
   */
  async take(request: Request): Promise<void> {
    const { content, metadata, buffers } = request;
    const type = request.type as CommMessage["type"];
    const { comm_id } = content;
    if (typeof comm_id !== "string") return;
    const sink = request.openOutput({
      silent: false,
      // Front ends show questions in cells, and none of them runs.
      ask: (prompt) => Promise.reject(inputRefused(prompt)),
    });
    const controller = new AbortController();
    const { signal } = controller;
    this.#waiting.add(controller);
    let taken: boolean;
    try {
      taken = await this.#host.send({ type, content, metadata, buffers }, { sink, signal });
    } catch (error) {
      if (error !== signal.reason) throw error;
      taken = true;
    } finally {
      this.#waiting.delete(controller);
    }
    if (signal.aborted) await sink.write("stderr", "KeyboardInterrupt\n");
    // "If the target_name key is not found … close the comm": Messaging in Jupyter, "Custom Messages".
    if (!taken && type === "comm_open") request.publish("comm_close", { comm_id, data: {} });
  }

  /** The comms that are open, those to `targetName` only where one is given, by their ids. */
  async info(targetName: string | undefined): Promise<Json> {
    const known = this.#host.info(targetName);
    return await within(INFO_MS, known) ? await known : {};
  }

  /** Interrupts what Python does for the oldest message: those behind it are not begun. */
  interrupt(): void {
    const [oldest] = this.#waiting;
    oldest?.abort(new Interrupted());
  }

  /** Stops waiting for Python. */
  close(): void {
    for (const controller of this.#waiting) controller.abort(new Interrupted());
  }
}
