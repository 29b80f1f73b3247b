/**
 * A simulated board whose flash is looked at from outside, and lines to it on which something may go
 * wrong. For tests of syncs.
 */

import { type AttachOptions, Device } from "@/device/device.ts";
import { parseAddress } from "@/transport/address.ts";
import { simulatedScheme } from "@/transport/simulated.ts";
import type { ReplTimeouts } from "@/repl/timeouts.ts";
import { SimulatedBoard } from "../../mocks/board.ts";
import { BoardFileError, BoardGoneError } from "../../mocks/file_desk.ts";
import type { FileChange } from "../../mocks/interpreter/file_system.ts";
import type { Fault } from "../../mocks/links/faults.ts";
import { Line } from "../../mocks/links/line.ts";
import { DirectLink } from "../../mocks/links/link.ts";
import type { Tree } from "./trees_testing.ts";

/** What a rig is made with. */
export interface RigOptions {
  readonly profile: string;
  readonly files?: Tree;
  /** How much of the flash is free at first. */
  readonly freeBytes?: number;
  /** Python that runs at every start, before boot.py. */
  readonly bootProgram?: string;
}

/** How somebody connects. */
export interface ConnectOptions {
  readonly faults?: readonly Fault[];
  readonly timeouts?: Partial<ReplTimeouts>;
  /** How long a program of ours may take, in milliseconds. */
  readonly ownProgramMs?: number;
  /** How long the board may take nothing. */
  readonly writeTimeoutMs?: number;
}

/** A board, and what is on its flash. */
export class Rig implements AsyncDisposable {
  readonly board: SimulatedBoard;
  readonly #flash: Map<string, Uint8Array | null>;

  private constructor(board: SimulatedBoard, flash: Map<string, Uint8Array | null>) {
    this.board = board;
    this.#flash = flash;
  }

  static async start(options: RigOptions): Promise<Rig> {
    const { profile, files = new Map(), freeBytes, bootProgram } = options;
    const flash = new Map<string, Uint8Array | null>(files);
    const board = await SimulatedBoard.start({
      name: "rig",
      profile,
      files,
      ...(freeBytes !== undefined && { freeBytes }),
      ...(bootProgram !== undefined && { bootProgram }),
      onFileChange: (change) => apply(flash, change),
    });
    // What it says while no line is plugged in is lost, as behind a cable that was pulled.
    board.plugIn({ hear: () => Promise.resolve(), hangUp: () => {} });
    return new Rig(board, flash);
  }

  /** The files that are on the flash, as a power cut now would leave them. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#flash].flatMap(([path, data]) => data === null ? [] : [[path, data]]));
  }

  /** The folders that are on the flash. */
  get folders(): string[] {
    return [...this.#flash].flatMap(([path, data]) => data === null ? [path] : []);
  }

  /** Waits until {@linkcode files} has all that is on the flash now. */
  async settled(): Promise<void> {
    for (;;) {
      try {
        // Its answer comes after the news of all changes before.
        await this.board.fileDesk.open("/.nothing", "rb");
      } catch (error) {
        if (error instanceof BoardFileError) return;
        if (!(error instanceof BoardGoneError) || this.board.closed) throw error;
      }
    }
  }

  /** Gets hold of the board over a line of its own. */
  async connect(options: ConnectOptions = {}): Promise<Device> {
    const line = new Line(this.board, { faults: options.faults ?? [] });
    const resets: Promise<void>[] = [];
    line.onReset = () => void resets.push(this.board.reset());
    const link: DirectLink = new DirectLink({
      write: (data) => line.receive(data),
      close: () => line.unplug(link),
    });
    line.onCut = () => void link.close();
    const { writeTimeoutMs, timeouts, ownProgramMs } = options;
    const scheme = simulatedScheme({
      connect: () => {
        line.plugIn(link);
        return Promise.resolve({
          read: () => link.read(),
          write: (data) => link.write(data),
          async close() {
            await link.close();
            await line[Symbol.asyncDispose]();
            await Promise.all(resets);
          },
        });
      },
      running: () => [],
    }, writeTimeoutMs === undefined ? {} : { writeTimeoutMs });
    const transport = await scheme.open(parseAddress("sim://rig"), {});
    const attach: AttachOptions = { ownProgramMs, ...(timeouts && { timeouts }) };
    return await Device.attach(transport, attach);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.board.close();
  }
}

function apply(flash: Map<string, Uint8Array | null>, change: FileChange): void {
  switch (change.kind) {
    case "write":
      flash.set(change.path, change.data);
      break;
    case "mkdir":
      flash.set(change.path, null);
      break;
    case "remove":
      flash.delete(change.path);
      break;
    case "rename":
      for (const [path, data] of [...flash]) {
        if (path !== change.from && !path.startsWith(`${change.from}/`)) continue;
        flash.delete(path);
        flash.set(change.to + path.slice(change.from.length), data);
      }
  }
}
