/** Simulated boards with addresses: what `iot sim` starts, and what `sim://` connects to. */

import { SimulatedBoard } from "./board.ts";
import { FlashFolder } from "./flash_folder.ts";
import { boardFault, FAULTS, lineFaults, parseFault } from "./links/faults.ts";
import { Line } from "./links/line.ts";
import { DirectLink, type Link } from "./links/link.ts";
import { fifoBytes } from "./links/pace.ts";
import type { Plug, Port } from "./links/plug.ts";
import { DEFAULT_PASSWORD } from "./links/web_repl_password.ts";
import { programNamed, PROGRAMS } from "./programs.ts";
import { PROFILES } from "./profiles.ts";
import { randomSource } from "./random.ts";
import { checkOptions, type SimulationOptions } from "./sim_options.ts";

/** A named choice with a line of explanation. */
export interface Choice {
  readonly name: string;
  readonly summary: string;
}

/** A board that runs, and where it can be reached. */
export interface Station extends AsyncDisposable {
  readonly name: string;
  readonly board: SimulatedBoard;
  readonly ports: readonly Port[];
  /** Of its ports, e.g. `serial:///dev/pts/3`, `tcp://127.0.0.1:4000`. */
  readonly addresses: readonly string[];
  /** Connects within this process, by a line with the faults and the speed of its ports. */
  connect(): Promise<Link>;
}

/** Boards that run until disposed. */
export interface Simulation extends AsyncDisposable {
  readonly boards: readonly Station[];
}

/** The kinds of board. */
export function profileChoices(): readonly Choice[] {
  return PROFILES.map(({ name, summary }) => ({ name, summary }));
}

/** What they can run. */
export function programChoices(): readonly Choice[] {
  return PROGRAMS.map(({ name, summary }) => ({ name, summary }));
}

/** What can go wrong on purpose. */
export function faultChoices(): readonly Choice[] {
  return FAULTS.map(({ name, summary }) => ({ name, summary }));
}

/**
 * Starts boards.
 *
 * @throws {RangeError} when an option has a value that there is not: a profile, a fault, a speed, a
 * directory that cannot be used, a link that cannot be made, a pseudo-terminal where there is none.
 * @throws {Deno.errors.AddrInUse} when another program has the TCP port.
 */
export async function startBoards(options: SimulationOptions): Promise<Simulation> {
  checkOptions(options);
  await using stack = new AsyncDisposableStack();
  const boards: Station[] = [];
  for (const [index, name] of options.names.entries()) {
    boards.push(stack.use(await startStation(name, index, options)));
  }
  const kept = stack.move();
  return { boards, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function startStation(
  name: string,
  index: number,
  options: SimulationOptions,
): Promise<Station> {
  await using stack = new AsyncDisposableStack();
  const { baud, fsDir, pty, tcp, ws, mp, password, profile, seed, workerUrl } = options;
  const folder = fsDir === undefined
    ? undefined
    : await FlashFolder.open(index === 0 ? fsDir : `${fsDir}/${name}`);
  if (folder !== undefined) stack.defer(() => folder.flush());
  const faults = (options.faults ?? []).map(parseFault);
  const board = stack.use(
    await SimulatedBoard.start({
      name,
      ...(profile !== undefined && { profile }),
      ...(seed !== undefined && { seed: seed + index }),
      ...(workerUrl !== undefined && { workerUrl }),
      ...boardFault(faults),
      // A board runs no further ahead of a slow line than its transmit FIFO lets it.
      ...(baud !== undefined && { transmitBytes: fifoBytes(baud) }),
      files: [...programFiles(options.program), ...(await folder?.load() ?? [])],
      ...(folder !== undefined && { onFileChange: folder.change }),
    }),
  );
  const ports: Port[] = [];
  const random = randomSource(seed === undefined ? Math.random() * 2 ** 32 : seed + index);
  const newLine = (plug: Plug): Line => {
    const line = stack.use(
      new Line(plug, {
        ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }),
        ...(baud !== undefined && { baud }),
        faults: lineFaults(faults, random),
      }),
    );
    line.onReset = () => void board.reset();
    return line;
  };
  const add = async (open: (line: Line) => Port | Promise<Port>, plug: Plug = board) => {
    const line = newLine(plug);
    const port = stack.use(await open(line));
    line.onCut = () => void port.unplug();
    ports.push(port);
  };
  const inside = newLine(board);
  // Loaded when asked for: a board without ports needs neither sockets nor FFI.
  if (pty) {
    const { PtyPort } = await import("./links/pty.ts");
    const link = typeof pty === "string" && index === 0 ? { link: pty } : {};
    await add((line) => PtyPort.open(line, link));
  }
  if (tcp !== undefined) {
    const { TcpPort } = await import("./links/tcp.ts");
    await add((line) => TcpPort.open(line, tcp === 0 ? 0 : tcp + index));
  }
  if (ws !== undefined) {
    const { WebReplPort } = await import("./links/web_repl.ts");
    const port = ws === 0 ? 0 : ws + index;
    await add((line) =>
      WebReplPort.open(line, {
        server: board,
        port,
        ...(password !== undefined && { password }),
      })
    );
  }
  if (mp !== undefined) {
    const { MpServer } = await import("./links/mp_server.ts");
    const { TcpPort } = await import("./links/tcp.ts");
    const server = stack.use(new MpServer(board, password ?? DEFAULT_PASSWORD));
    const port = mp === 0 ? 0 : mp + index;
    await add((line) => TcpPort.open(line, port, { scheme: "mp" }), server);
  }
  const kept = stack.move();
  return {
    name,
    board,
    ports,
    get addresses() {
      return ports.map((port) => port.address);
    },
    connect: () => Promise.resolve(connectTo(inside)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function programFiles(name: string | undefined): [string, Uint8Array][] {
  if (name === undefined) return [];
  return [["/main.py", new TextEncoder().encode(programNamed(name).main)]];
}

function connectTo(line: Line): Link {
  const link: DirectLink = new DirectLink({
    write: (data) => line.receive(data),
    close: () => line.unplug(link),
  });
  line.onCut = () => void link.close();
  line.plugIn(link);
  return link;
}
