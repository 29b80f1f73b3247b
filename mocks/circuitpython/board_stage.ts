/** What CircuitPython's supervisor works on: files, keys and interpreters of a simulated board. */

import { SystemCallError } from "../interpreter/errno.ts";
import type { FileSystem } from "../interpreter/file_system.ts";
import type { Life } from "../life.ts";
import { type Profile, versionText } from "../profiles.ts";
import type { SharedBoard } from "../shared_board.ts";
import type { Messages } from "./messages.ts";
import type { ReplEnd, Run, Stage } from "./supervisor.ts";

/** What outlives an interpreter, until the power goes. */
export interface Settings {
  autoreload: boolean;
  /** Whether boot.py may still say who can write. */
  booting: boolean;
}

/** What the stage needs of the board. */
export interface StageBoard {
  readonly profile: Profile;
  readonly uid: Uint8Array;
  readonly shared: SharedBoard;
  readonly files: FileSystem;
  readonly settings: Settings;
  /** Starts an interpreter for `run`, its raw REPL on or off, and ends it. */
  withLife<T>(rawRepl: boolean, run: (life: Life) => T): T;
  /** The REPL, until it ends, or `switched()` says that it is another one now. */
  repl(life: Life, switched: () => boolean): ReplEnd;
  /** Takes what is said from now on as well; undefined ends that. */
  record(record: string[] | undefined): void;
  say(text: string): void;
  /** Looks after power and network services. Throws when the power goes. */
  attend(): void;
  /** A key was taken, and whoever waits to type has room. */
  roomMade(): void;
  markBooted(): void;
  restarts(): void;
}

/** A stage over a board, from power-up until the power goes. */
export class BoardStage implements Stage {
  readonly messages: Messages;
  readonly identity: string;
  readonly #board: StageBoard;
  #rawRepl = false;

  /** @param board one whose profile is CircuitPython's */
  constructor(board: StageBoard) {
    this.#board = board;
    const { profile } = board;
    const { messages, boardId } = profile.circuitPython!;
    const uid = Array.from(board.uid, (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.messages = messages;
    this.identity = `${versionText(profile)}; ${profile.machine}\r\n` +
      `Board ID:${boardId}\r\nUID:${uid.toUpperCase()}\r\n`;
  }

  get autoreload(): boolean {
    return this.#board.settings.autoreload;
  }

  get connected(): boolean {
    return this.#board.shared.listening;
  }

  get rawRepl(): boolean {
    return this.#rawRepl;
  }

  withInterpreter<T>(run: (interpreter: Run) => T): T {
    return this.#board.withLife(this.#rawRepl, (life) => {
      const result = run(this.#runOf(life));
      this.#rawRepl = life.interpreter.rawRepl;
      return result;
    });
  }

  recorded(during: () => void): string {
    const record: string[] = [];
    this.#board.record(record);
    during();
    this.#board.record(undefined);
    return record.join("");
  }

  /** Keeps boot_out.txt; code may not be allowed to. */
  writeBootOutput(text: string): void {
    const { files, settings } = this.#board;
    settings.booting = false;
    const { readOnly } = files;
    files.readOnly = false;
    const path = "/boot_out.txt";
    try {
      const node = files.find(path) ?? files.create(path);
      if (node.isDirectory) return;
      files.truncate(node, 0);
      files.write(node, new TextEncoder().encode(text), 0);
      files.commit(path, node);
    } catch (error) {
      // A full flash keeps none.
      if (!(error instanceof SystemCallError)) throw error;
    } finally {
      files.readOnly = readOnly;
    }
  }

  say(text: string): void {
    this.#board.say(text);
  }

  waitForKey(connected: boolean): number | undefined {
    const { shared } = this.#board;
    this.#board.markBooted();
    for (;;) {
      const bell = shared.bell;
      this.#board.attend();
      if (shared.listening !== connected) return undefined;
      const key = connected ? shared.receive.takeByte() : undefined;
      if (key !== undefined) {
        if (shared.spaceWanted()) this.#board.roomMade();
        return key;
      }
      shared.sleep(bell);
    }
  }

  restarts(): void {
    this.#board.restarts();
  }

  #runOf(life: Life): Run {
    const { files } = this.#board;
    return {
      runFirst: (names, announce) => {
        const name = names.find((name) => files.find(`/${name}`)?.isDirectory === false);
        if (name === undefined) return false;
        announce(name);
        this.#board.markBooted();
        return life.interpreter.runFile(name);
      },
      repl: ({ greets }) => {
        const { rawRepl } = life.interpreter;
        life.front.silent = !greets;
        return this.#board.repl(life, () => life.interpreter.rawRepl !== rawRepl);
      },
    };
  }
}
