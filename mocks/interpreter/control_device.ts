/**
 * The descriptor by which a board's own modules ask for what only the board can do: restart, set the
 * clock, and, while it starts, give the interpreter the profile's face. Board code can write to it
 * too; all it gets is what `machine` offers anyway.
 */

import { type Profile, versionText } from "../profiles.ts";
import { Power } from "../shared_board.ts";
import { Errno, SystemCallError } from "./errno.ts";
import type { MemoryView } from "./memory_view.ts";

/** Where the interpreter's constant tables lie (its data segments). */
const DATA_START = 65_536;
const DATA_END = 190_000;
/** Where in an object its parts are: extmod/vfs_posix_file.c, py/objstr.h, py/objtuple.h. */
const OFFSET = { fileDescriptor: 4, stringHash: 4, stringLength: 8, stringData: 12, items: 8 };

/** py/objstr.h, mp_obj_str_t. */
const STRING_BYTES = 16;

/** The board's clock: the host's until it is set. It goes on over resets. */
export class Clock {
  #offsetMs = 0;

  /** Ms since 1970. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  setMs(ms: number): void {
    this.#offsetMs = ms - Date.now();
  }
}

/** What the device acts on. */
export interface ControlContext {
  readonly profile: Profile;
  readonly clock: Clock;
  /** Puts bytes into the interpreter's memory for good. */
  place(bytes: Uint8Array): number;
  /** Ends this run of the interpreter. */
  power(power: number): never;
  /** CircuitPython: whether files that change start code.py again. */
  setAutoreload(on: boolean): void;
  /** CircuitPython: who may write to the flash. Returns whether that can be changed now. */
  remount(readOnly: boolean): boolean;
  /** CircuitPython: starts code.py again. */
  reload(): never;
}

/** The control descriptor. */
export class ControlDevice {
  readonly #memory: MemoryView;
  readonly #context: ControlContext;
  /** Whether the start is over: then the interpreter's tables are no longer changed. */
  sealed = false;

  constructor(memory: MemoryView, context: ControlContext) {
    this.#memory = memory;
    this.#context = context;
  }

  /** Does what `data` says: a word, and numbers behind it. */
  write(data: Uint8Array): void {
    const [word, ...rest] = String.fromCharCode(...data).split(" ");
    const numbers = rest.map(Number);
    if (word === "reset" || word === "deepsleep") this.#context.power(Power.reset);
    if (word === "bootloader") this.#context.power(Power.off);
    if (this.#context.profile.circuitPython !== undefined) {
      if (word === "reload") this.#context.reload();
      if (word === "autoreload") return this.#context.setAutoreload(numbers[0] !== 0);
      if (word === "remount" && this.#context.remount(numbers[0] !== 0)) return;
    }
    if (word === "clock" && Number.isFinite(numbers[0])) {
      this.#context.clock.setMs(numbers[0]);
    } else if (this.sealed || !this.#adjust(word, numbers)) {
      throw new SystemCallError(Errno.EINVAL);
    }
  }

  #adjust(word: string, [at, other]: number[]): boolean {
    const { profile } = this.#context;
    switch (word) {
      case "remove":
        return this.#removePair(at, other);
      case "descriptor-0":
      case "descriptor-3":
      case "descriptor-4":
      case "descriptor-5":
        this.#memory.setU32(at + OFFSET.fileDescriptor, Number(word.at(-1)));
        return true;
      case "text-platform":
        return this.#setText(at, profile.platform);
      case "text-machine":
        return this.#setText(at, profile.machine);
      case "text-version":
        return this.#setText(at, `3.4.0; ${versionText(profile)}`);
      case "item-name":
        if (profile.circuitPython !== undefined) {
          this.#memory.setU32(at + OFFSET.items, this.#newText(other, "circuitpython"));
        }
        return true;
      case "items-release":
        profile.release.split(/[.-]/).slice(0, 3).forEach((part, index) => {
          // A small integer is its value, shifted, with the lowest bit set (py/obj.h).
          this.#memory.setU32(at + OFFSET.items + 4 * index, Number(part) << 1 | 1);
        });
        return true;
      default:
        return false;
    }
  }

  /** Takes an entry out of a constant table: its key becomes none, which is skipped. */
  #removePair(key: number, value: number): boolean {
    let removed = false;
    for (let at = DATA_START; at < DATA_END; at += 4) {
      if (this.#memory.u32(at) !== key || this.#memory.u32(at + 4) !== value) continue;
      this.#memory.setU32(at, 0);
      this.#memory.setU32(at + 4, 0);
      removed = true;
    }
    return removed;
  }

  /** A new string object, of the type of another. */
  #newText(like: number, text: string): number {
    const at = this.#context.place(new Uint8Array(STRING_BYTES));
    this.#memory.setU32(at, this.#memory.u32(like));
    this.#setText(at, text);
    return at;
  }

  /** Gives a string object another text; a hash of 0 is one that was not computed. */
  #setText(at: number, text: string): boolean {
    const bytes = new TextEncoder().encode(text);
    this.#memory.setU32(at + OFFSET.stringHash, 0);
    this.#memory.setU32(at + OFFSET.stringLength, bytes.length);
    this.#memory.setU32(at + OFFSET.stringData, this.#context.place(bytes));
    return true;
  }
}
