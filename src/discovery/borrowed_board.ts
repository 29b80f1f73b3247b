/** A board that is used besides the current one, and is the current one to whatever uses it. */

import { UsageError } from "@/base/errors.ts";
import type { Device } from "@/device/device.ts";
import type { Boards } from "./boards.ts";
import type { CurrentBoard, Waiting } from "./current_board.ts";

/** What {@linkcode BorrowedBoard} is made with. */
export interface BorrowedBoardOptions {
  readonly name: string;
  /** Has the board. */
  readonly board: CurrentBoard;
  /** Whether it is the session's current one, which stays connected. */
  readonly isCurrent: boolean;
}

/**
 * A borrowed board, as commands see it. It can be reset, lost and found again; turning to another
 * one is an error. It is in use, and not given to other programs, until disposed.
 */
export class BorrowedBoard implements Boards, AsyncDisposable {
  readonly name: string;
  readonly #session: Boards;
  readonly #options: BorrowedBoardOptions;
  readonly #use: Disposable;

  constructor(session: Boards, options: BorrowedBoardOptions) {
    this.name = options.name;
    this.#session = session;
    this.#options = options;
    this.#use = options.board.use();
  }

  get connected(): Device | undefined {
    return this.#options.board.device;
  }

  get chosen(): string | undefined {
    return this.#session.chosen;
  }

  get found(): Boards["found"] {
    return this.#session.found;
  }

  get names(): Boards["names"] {
    return this.#session.names;
  }

  /** The board; connects to it again where it was lost. */
  async current(options: Waiting = {}): Promise<Device> {
    const { board } = this.#options;
    return (await board.settled())?.device ?? await board.regain(options);
  }

  awaitReturn(): Promise<void> {
    return this.#options.board.awaitReturn();
  }

  nameOf(device: Device, options?: Waiting): Promise<string> {
    return this.#session.nameOf(device, options);
  }

  use(): Disposable {
    return this.#options.board.use();
  }

  rest(): Disposable {
    return this.#options.board.rest();
  }

  connect(): Promise<never> {
    return this.#refuse("connects to another board");
  }

  disconnect(): Promise<never> {
    return this.#refuse("disconnects a board");
  }

  borrow(): Promise<never> {
    return this.#refuse("uses another board");
  }

  locate(): Promise<never> {
    return this.#refuse("uses other boards");
  }

  discover(): Promise<never> {
    return this.#refuse("looks for boards");
  }

  openLine(): Promise<never> {
    return this.#refuse("opens a line of its own");
  }

  register(): Promise<never> {
    return this.#refuse("registers an address");
  }

  unregister(): Promise<never> {
    return this.#refuse("forgets a board");
  }

  /** Lets go of the board, unless it is the session's current one. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#use[Symbol.dispose]();
    if (!this.#options.isCurrent) await this.#options.board[Symbol.asyncDispose]();
  }

  #refuse(what: string): Promise<never> {
    return Promise.reject(
      new UsageError(
        `What ${what} cannot stand here: this part of the cell is for ${this.name} alone. ` +
          "Put it into a cell of its own.",
      ),
    );
  }
}
