/**
 * A board's serial port as a pseudo-terminal, which programs open like any other serial port.
 *
 * The board goes on whether the port is open or not, as with a real one: what it says while nobody
 * has the port open is lost, and what was not read when it is closed is dropped.
 */

import {
  acquireLibc,
  check,
  cString,
  EAGAIN,
  errno,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  IN_OPEN,
  libc,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  POLLIN,
  POLLOUT,
  releaseLibc,
  TCIFLUSH,
  TCSANOW,
  TERMIOS_BYTES,
} from "./libc.ts";
import type { Listener } from "./link.ts";
import { isOpenElsewhere } from "./openers.ts";
import { reasonOf } from "../reason.ts";
import type { Plug, Port } from "./plug.ts";
import { Poller, type Watch } from "./poller.ts";

/** limits.h: no path is longer. */
const PATH_BYTES = 128;
const READ_BYTES = 65_536;
/** fcntl.h */
const F_SETFL = 4;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
/** Where the links of a port lead, also those that a killed program left. */
const PTY_PATH = /^\/dev\/pts\/\d+$/;
/** struct inotify_event without a name: wd i32, mask u32 at 4, cookie u32, len u32 at 12. */
const INOTIFY_BYTES = 16;

interface Terminal {
  readonly path: string;
  readonly master: number;
  /** Kept open, so that the master never sees a hang-up while no program has the port open. */
  readonly slave: number;
  readonly inotify: number;
}

/** The port. */
export class PtyPort implements Port {
  readonly #board: Plug;
  readonly #link: string | undefined;
  #terminal: Terminal | undefined;
  #path = "";
  #data: Watch | undefined;
  #opens: Watch | undefined;
  #isOpen = false;
  #receiving = false;
  #unsent: { data: Uint8Array; sent: () => void } | undefined;
  #hearing: Promise<void> = Promise.resolve();
  #unplugging: Promise<void> = Promise.resolve();
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #ear: Listener;

  private constructor(board: Plug, link: string | undefined) {
    this.#board = board;
    this.#link = link;
    this.#ear = {
      hear: (data) => this.#hearing = this.#hearing.then(() => this.#send(data)),
      hangUp: () => void this.unplug(),
    };
  }

  /**
   * Makes a pseudo-terminal for `board`.
   *
   * @param options `link`: a path where a symbolic link is to lead to it; one that led to another
   * pseudo-terminal, of a program that was killed, is replaced
   * @throws {RangeError} when something else is there, or the link cannot be made; or on a system
   * that is not Linux.
   */
  static async open(board: Plug, options: { link?: string } = {}): Promise<PtyPort> {
    const port = new PtyPort(board, options.link);
    await port.plugIn();
    return port;
  }

  get address(): string {
    return `serial://${this.#link ?? this.#path}`;
  }

  /** The device, e.g. `/dev/pts/3`. */
  get path(): string {
    return this.#path;
  }

  async plugIn(): Promise<void> {
    await this.#unplugging;
    if (this.#terminal !== undefined) return;
    acquireLibc();
    let terminal: Terminal | undefined;
    try {
      terminal = this.#terminal = openTerminal();
      if (this.#link !== undefined) await replaceLink(this.#link, terminal.path);
    } catch (error) {
      this.#terminal = undefined;
      if (terminal !== undefined) closeTerminal(terminal);
      releaseLibc();
      throw error;
    }
    this.#path = terminal.path;
    // The board must learn that the port was opened before it gets what is written to it.
    this.#opens = Poller.shared.watch(terminal.inotify, POLLIN, () => this.#noticeOpeners());
    this.#data = Poller.shared.watch(terminal.master, POLLIN, (revents) => {
      this.#noticeOpeners();
      if (revents & POLLOUT) this.#flush();
      if (revents & POLLIN) void this.#receive();
    });
  }

  unplug(): Promise<void> {
    const terminal = this.#terminal;
    this.#terminal = undefined;
    // Who unplugs a second time waits for the first one's end.
    return terminal === undefined ? this.#unplugging : this.#unplugging = this.#remove(terminal);
  }

  async #remove(terminal: Terminal): Promise<void> {
    this.#isOpen = false;
    this.#board.unplug(this.#ear);
    this.#unsent?.sent();
    this.#unsent = undefined;
    await Promise.all([this.#opens?.close(), this.#data?.close()]);
    closeTerminal(terminal);
    releaseLibc();
    const link = this.#link;
    if (link !== undefined && await targetOf(link) === terminal.path) await Deno.remove(link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unplug();
  }

  /**
   * Notices when the host opens the port, and when the last program has closed it. Events tell that
   * something happened, not how often: the kernel merges equal ones.
   */
  #noticeOpeners(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    let mask = 0;
    for (;;) {
      const count = Number(libc().read(terminal.inotify, this.#buffer, BigInt(READ_BYTES)));
      if (count <= 0) break;
      const events = new DataView(this.#buffer.buffer, 0, count);
      for (let at = 0; at < count; at += INOTIFY_BYTES + events.getUint32(at + 12, true)) {
        mask |= events.getUint32(at + 4, true);
      }
    }
    if (mask === 0) return;
    const closed = (mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)) !== 0;
    const isOpen = !closed || isOpenElsewhere(terminal.path, terminal.slave);
    if (isOpen && !this.#isOpen) this.#board.plugIn(this.#ear);
    if (!isOpen && this.#isOpen) {
      this.#board.unplug(this.#ear);
      this.#unsent?.sent();
      this.#unsent = undefined;
      libc().tcflush(terminal.slave, TCIFLUSH);
    }
    this.#isOpen = isOpen;
  }

  /** Hands on what the host wrote; reads no more until the board has taken it. */
  async #receive(): Promise<void> {
    const terminal = this.#terminal;
    if (terminal === undefined || this.#receiving) return;
    this.#receiving = true;
    try {
      const count = this.#read(terminal);
      if (count > 0) {
        this.#interest();
        await this.#board.receive(this.#buffer.slice(0, count));
      }
    } finally {
      this.#receiving = false;
      this.#interest();
    }
  }

  #read(terminal: Terminal): number {
    const count = Number(libc().read(terminal.master, this.#buffer, BigInt(READ_BYTES)));
    return count;
  }

  #send(data: Uint8Array): Promise<void> {
    if (this.#terminal === undefined || !this.#isOpen) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#unsent = { data, sent: resolve };
    this.#flush();
    return promise;
  }

  #flush(): void {
    while (this.#unsent !== undefined && this.#terminal !== undefined) {
      const { data, sent } = this.#unsent;
      const count = Number(
        libc().write(this.#terminal.master, data as Uint8Array<ArrayBuffer>, BigInt(data.length)),
      );
      if (count < 0 && errno() === EAGAIN) break;
      if (count < 0 || count === data.length) {
        this.#unsent = undefined;
        sent();
      } else {
        this.#unsent = { data: data.subarray(count), sent };
      }
    }
    this.#interest();
  }

  #interest(): void {
    if (this.#data === undefined || this.#terminal === undefined) return;
    this.#data.events = (this.#receiving ? 0 : POLLIN) |
      (this.#unsent === undefined ? 0 : POLLOUT);
  }
}

function openTerminal(): Terminal {
  const c = libc();
  const master = check(c.posix_openpt(O_RDWR | O_NOCTTY), "make a pseudo-terminal");
  c.fcntl(master, F_SETFD, FD_CLOEXEC);
  c.fcntl(master, F_SETFL, O_NONBLOCK);
  check(c.grantpt(master), "grant the pseudo-terminal");
  check(c.unlockpt(master), "unlock the pseudo-terminal");
  const name = new Uint8Array(PATH_BYTES);
  check(c.ptsname_r(master, name, BigInt(PATH_BYTES)), "name the pseudo-terminal");
  const path = new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  const slave = check(c.open(cString(path), O_RDWR | O_NOCTTY | O_CLOEXEC), `open ${path}`);
  // Raw from the start: a terminal that echoes would talk to the board before a host sets it up.
  const termios = new Uint8Array(TERMIOS_BYTES);
  check(c.tcgetattr(slave, termios), "read the settings of the pseudo-terminal");
  c.cfmakeraw(termios);
  check(c.tcsetattr(slave, TCSANOW, termios), "set up the pseudo-terminal");
  const inotify = check(c.inotify_init1(O_NONBLOCK | O_CLOEXEC), "watch the pseudo-terminal");
  const events = IN_OPEN | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE;
  check(c.inotify_add_watch(inotify, cString(path), events), "watch the pseudo-terminal");
  return { path, master, slave, inotify };
}

function closeTerminal({ master, slave, inotify }: Terminal): void {
  for (const fd of [inotify, slave, master]) libc().close(fd);
}

/** @throws {RangeError} when `link` cannot be made, or is something that is not ours. */
async function replaceLink(link: string, path: string): Promise<void> {
  try {
    const target = await targetOf(link);
    if (target !== undefined && !PTY_PATH.test(target)) {
      const what = target === "" ? "there is something else already" : `it leads to "${target}"`;
      throw new RangeError(
        `Cannot make the link "${link}": ${what}. Move that away, or choose another path.`,
      );
    }
    // A killed program's terminal is gone, or has become ours.
    if (target !== undefined && target !== path && await targetOf(target) !== undefined) {
      throw new RangeError(
        `Cannot make the link "${link}": it leads to "${target}", which is in use. Stop the ` +
          "board there, remove the link, or choose another path.",
      );
    }
    if (target !== undefined) await Deno.remove(link);
    await Deno.symlink(path, link);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new RangeError(`Cannot make the link "${link}": ${reasonOf(cause)}.`, { cause });
  }
}

/** Where `link` leads; empty when it is something else than a link, undefined when it is nothing. */
async function targetOf(link: string): Promise<string | undefined> {
  try {
    return (await Deno.lstat(link)).isSymlink ? await Deno.readLink(link) : "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
