/**
 * The one board that commands mean, through all that happens to it: connected, idle, lent to another
 * program, unplugged, back again.
 */

import { within } from "@/base/deadline.ts";
import { logger } from "@/base/log.ts";
import type { Sink } from "@/base/sink.ts";
import type { Device } from "@/device/device.ts";
import type { BoardNames } from "./board_names.ts";
import { Connection } from "./connection.ts";
import type { Finder, Wanted } from "./finder.ts";
import type { Survey } from "./found.ts";
import type { Reach } from "./reach.ts";
import { describeReturn, type LastBoard, type NotebookMemory } from "./remembering.ts";

/** What waiting is told. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  /** Is told, on standard error, when a board comes back. */
  readonly sink?: Sink;
  /** How long a board that was lost may take to come back. */
  readonly returnMs?: number;
}

/** What {@linkcode CurrentBoard} works with. */
export interface CurrentBoardOptions {
  readonly reach: Reach;
  readonly names: BoardNames;
  readonly finder: () => Promise<Finder>;
  /** Told of what a look around saw. */
  readonly onSurvey: (survey: Survey) => void;
  /** Keeps the board for the next kernel; a shell's command has none. */
  readonly memory: NotebookMemory | undefined;
}

/** How long another program's wish for the board waits for a command to end: most take less. */
const GRACE_MS = 400;

const log = logger("discovery.lease");

/** The board in use. */
export class CurrentBoard implements AsyncDisposable {
  readonly #options: CurrentBoardOptions;
  #connection: Connection | undefined;
  #last: LastBoard | undefined;
  #recalled = false;
  #uses = 0;
  #idle: (() => void)[] = [];
  /** Letting go that is under way. */
  #leaving: Promise<unknown> = Promise.resolve();
  #settling: Promise<Connection | undefined> | undefined;

  constructor(options: CurrentBoardOptions) {
    this.#options = options;
  }

  /**
   * The connection, once what is under way with it has ended; one that was lost is closed. Boards
   * that are borrowed at the same time ask at the same time, and share the answer.
   */
  settled(): Promise<Connection | undefined> {
    return this.#settling ??= this.#settle().finally(() => this.#settling = undefined);
  }

  async #settle(): Promise<Connection | undefined> {
    await this.#leaving;
    if (this.#connection !== undefined && !await this.#connection.device.endWatch()) {
      await this.#lose();
    }
    return this.#connection;
  }

  /** The connected board as it is now. */
  get device(): Device | undefined {
    return this.#connection?.device;
  }

  /** Whether there is a board to go back to: of this session or, with `recalls`, of an earlier one. */
  async known({ recalls }: { recalls: boolean }): Promise<boolean> {
    if (this.#last === undefined && recalls) await this.#recall();
    return this.#last !== undefined;
  }

  /**
   * Says that a cell or command begins; disposing says that it has ended. Only in between is the
   * board given to other programs that ask for it.
   */
  use(): Disposable {
    this.#uses++;
    return {
      [Symbol.dispose]: () => this.#unuse(),
    };
  }

  /**
   * Says that a command that goes on needs no board for a while; disposing says that it does again.
   * In between, the board is given to other programs that ask for it.
   */
  rest(): Disposable {
    this.#unuse();
    return { [Symbol.dispose]: () => void this.#uses++ };
  }

  #unuse(): void {
    this.#uses--;
    if (this.#uses > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
    void this.#watch();
  }

  /** Turns to another board, which is not connected yet. */
  async turnTo(board: Pick<LastBoard, "url" | "name" | "uid">): Promise<void> {
    await this.disconnect();
    this.#last = { ...board, apart: "new", announced: true };
  }

  /**
   * Makes `connection` the current one, and lets go of the one before. Closes it when this fails.
   *
   * @throws {IotError} when the board does not say who it is, as a notebook must know.
   */
  async keep(connection: Connection, { signal }: Pick<Waiting, "signal"> = {}): Promise<Device> {
    const { device } = connection;
    const { memory } = this.#options;
    await this.disconnect();
    try {
      if (memory !== undefined) await device.identity(signal && { signal });
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    await memory?.keep(device);
    this.#last = this.#asLast(connection, "new");
    await connection.lend(() => this.#release(connection));
    return device;
  }

  /**
   * Connects again to the board that was connected before.
   *
   * @throws {IotError} when it cannot be reached.
   */
  async regain({ signal, sink, returnMs }: Waiting): Promise<Device> {
    const last = this.#last!;
    const { reach, finder, names, memory, onSurvey } = this.#options;
    const urls = last.url === "" ? [] : [last.url];
    const wanted: Wanted = { name: last.name, uid: last.uid || undefined, urls };
    const connection = last.apart === "lost" || last.apart === "reset"
      ? await (await finder()).waitFor(wanted, { signal, returnMs })
      : last.uid === ""
      ? await Connection.open(last.url, reach, { signal })
      : await (await finder()).find(wanted, { signal, onSurvey });
    const device = await this.keep(connection, { signal });
    if (memory === undefined || sink === undefined) return device;
    const [identity] = await Promise.all([device.identity(signal && { signal }), names.load()]);
    const text = describeReturn(last, device, names.nameOf(identity, device.url));
    if (text !== undefined) await sink.write("stderr", `${text}\n`);
    return device;
  }

  /** Lets go of the board; it stays the one that is meant. */
  async disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** Lets go of the board, and of the thought of it. */
  async forget(): Promise<void> {
    await this.disconnect();
    this.#last = undefined;
    await this.unremember();
  }

  /** Keeps the board for the next kernel no longer. */
  async unremember(): Promise<void> {
    this.#recalled = true;
    await this.#options.memory?.forget();
  }

  /** Notes that the board was told to reset: whoever next needs it waits for it. */
  async awaitReturn(): Promise<void> {
    await this.#lose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaving;
    await this.disconnect();
  }

  #asLast({ device }: Connection, apart: LastBoard["apart"]): LastBoard {
    const identity = device.knownIdentity;
    const name = identity === undefined
      ? device.url
      : this.#options.names.nameOf(identity, device.url);
    return {
      url: device.url,
      name,
      uid: identity?.uid ?? "",
      life: device.life,
      apart,
      announced: true,
    };
  }

  async #recall(): Promise<void> {
    const { memory, names } = this.#options;
    if (this.#recalled || memory === undefined) return;
    this.#recalled = true;
    const kept = await memory.recall();
    if (kept === undefined) return;
    await names.load();
    const name = names.nameOf(kept, kept.url);
    this.#last = { ...kept, name, apart: "new", announced: false };
  }

  /** Notes that the connected board went away, and closes what is left of its port. */
  async #lose(): Promise<void> {
    if (this.#connection === undefined) return;
    const apart = this.#connection.device.endedByReset ? "reset" : "lost";
    this.#last = this.#asLast(this.#connection, apart);
    await this.disconnect();
  }

  /** Watches the board between cells: a port that is held open comes back under another name. */
  async #watch(): Promise<void> {
    const connection = this.#connection;
    if (this.#options.memory === undefined || connection === undefined) return;
    if (connection.device.busy) return;
    await connection.device.watch();
    if (!connection.device.lost || this.#connection !== connection || this.#uses > 0) return;
    this.#leaving = this.#lose().catch(() => {});
  }

  /** Gives the board up to another program, if nothing runs on it; whether its port is closed. */
  async #release(connection: Connection): Promise<boolean> {
    if (this.#uses > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle.push(resolve);
      await within(GRACE_MS, promise);
    }
    if (this.#connection !== connection) return true;
    if (this.#uses > 0 || connection.device.busy) {
      log.info(() => `${connection.device.url} was asked for, and is in use here`);
      return false;
    }
    log.info(() => `${connection.device.url} was asked for, and is given up`);
    this.#last = this.#asLast(connection, "lent");
    const leaving = this.disconnect();
    this.#leaving = leaving.catch(() => {});
    await leaving;
    return true;
  }
}
