/**
 * Boards seen before, by their USB devices' serial numbers: asking a board who it is stops its
 * program, so nobody is asked twice. Kept for later programs in the data directory.
 */

import { writeAtomically } from "@/base/atomic_file.ts";
import { makePrivateDirectory, place, type Variables } from "@/config/places.ts";
import type { Identity } from "@/device/device.ts";

/** How many boards are kept: those that were seen last. */
const MAX_BOARDS = 500;

/** The boards, by what {@linkcode usbKey} makes of their port. */
export class KnownBoards {
  readonly #variables: Variables;
  #boards: Map<string, Identity> | undefined;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** Reads what earlier programs wrote, once. */
  async load(): Promise<void> {
    if (this.#boards !== undefined) return;
    this.#boards = new Map();
    try {
      const kept: unknown = JSON.parse(await Deno.readTextFile(this.#file()));
      for (const [key, identity] of Object.entries(kept ?? {})) {
        if (isIdentity(identity)) this.#boards.set(key, identity);
      }
    } catch {
      // None yet, torn, or a process without a home: then all are asked.
    }
  }

  /** Who was last seen there. */
  at(key: string | undefined): Identity | undefined {
    return key === undefined ? undefined : this.#boards?.get(key);
  }

  /** Who has this UID. */
  withUid(uid: string | undefined): Identity | undefined {
    return uid ? this.#boards?.values().find((board) => board.uid === uid) : undefined;
  }

  /** Remembers boards that answered. Those without a UID could not be told from others later. */
  async remember(seen: readonly (readonly [key: string, identity: Identity])[]): Promise<void> {
    await this.load();
    const boards = this.#boards!;
    const news = seen.filter(([key, identity]) =>
      identity.uid !== "" && differs(boards, key, identity)
    );
    if (news.length === 0) return;
    for (const [key, { uid, platform, implementation, version, machine }] of news) {
      boards.delete(key); // so that it becomes the last one
      boards.set(key, { uid, platform, implementation, version, machine });
    }
    for (const key of [...boards.keys()].slice(0, -MAX_BOARDS)) boards.delete(key);
    try {
      await makePrivateDirectory(place("data", this.#variables));
      const text = JSON.stringify(Object.fromEntries(boards), null, 2) + "\n";
      await writeAtomically(this.#file(), text, { mode: 0o600 });
    } catch {
      // It is a convenience: this program still knows.
    }
  }

  #file(): string {
    return `${place("data", this.#variables)}/boards.json`;
  }
}

function differs(boards: ReadonlyMap<string, Identity>, key: string, identity: Identity): boolean {
  const before = boards.get(key);
  return before?.uid !== identity.uid || before.version !== identity.version;
}

function isIdentity(value: unknown): value is Identity {
  const words = ["uid", "platform", "implementation", "version", "machine"] as const;
  return typeof value === "object" && value !== null &&
    words.every((word) => typeof (value as Partial<Identity>)[word] === "string");
}
