/** The comms of one Python that are open, known from the messages that go by: it may be too busy to ask. */

import type { CommMessage } from "@/base/sink.ts";

/** What `comm_info_reply` says of comms, by their ids. */
export type CommList = Readonly<Record<string, { readonly target_name: string }>>;

/** Listens to both sides. */
export class OpenComms {
  /** Targets by comm id. */
  readonly #targets = new Map<string, string>();

  /** Takes notice of a message, whoever sent it. */
  note({ type, content: { comm_id: id, target_name: target } }: CommMessage): void {
    if (typeof id !== "string") return;
    if (type === "comm_open") this.#targets.set(id, String(target ?? ""));
    else if (type === "comm_close") this.#targets.delete(id);
  }

  /** Those to `targetName` only, where one is given. */
  list(targetName?: string): CommList {
    const found = [...this.#targets].filter(([_id, name]) => name === (targetName ?? name));
    return Object.fromEntries(found.map(([id, name]) => [id, { target_name: name }]));
  }
}
