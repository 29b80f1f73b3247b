/** Playing back recorded sessions: what `iot sim --replay` starts. */

import type { Port } from "../links/plug.ts";
import { ReplayBoard } from "./replay_board.ts";
import { readTrace, type RecordedCommand } from "./trace_file.ts";

/** What to play back, and where. */
export interface ReplayOptions {
  /** The trace. */
  readonly file: string;
  /** A path makes a symbolic link to the pseudo-terminal. */
  readonly pty?: string;
  /** A port on 127.0.0.1 instead of a pseudo-terminal; 0 for any that is free. */
  readonly tcp?: number;
}

/** A trace that is being played back, until disposed. */
export interface Replay extends AsyncDisposable {
  /** E.g. `serial:///dev/pts/3`. */
  readonly address: string;
  /** What was recorded. */
  readonly commands: readonly RecordedCommand[];
  readonly connections: number;
  /** How many connections have been played so far. */
  played(): number;
  /** Resolves when all have been played; to a text when the host said something else. */
  readonly ended: Promise<string | undefined>;
}

/**
 * Plays back a trace.
 *
 * @throws {RangeError} when it cannot be read, or a link cannot be made.
 * @throws {Deno.errors.AddrInUse} when another program has the port.
 */
export async function startReplay({ file, pty, tcp }: ReplayOptions): Promise<Replay> {
  const { commands, connections } = await readTrace(file);
  await using stack = new AsyncDisposableStack();
  const board = stack.use(new ReplayBoard(connections));
  let port: Port;
  if (tcp === undefined) {
    const { PtyPort } = await import("../links/pty.ts");
    port = await PtyPort.open(board, pty === undefined ? {} : { link: pty });
  } else {
    const { TcpPort } = await import("../links/tcp.ts");
    port = TcpPort.open(board, tcp);
  }
  stack.use(port);
  // As with the recorded board, a connection that was cut can be opened again.
  board.onCut = (isLast) => void port.unplug().then(() => isLast ? undefined : port.plugIn());
  // Who says something else than was recorded would wait for an answer that never comes.
  const ended = board.ended.then(async (difference) => {
    if (difference !== undefined) await port.unplug();
    return difference;
  });
  const kept = stack.move();
  return {
    get address() {
      return port.address;
    },
    commands,
    connections: connections.length,
    played: () => board.played,
    ended,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
