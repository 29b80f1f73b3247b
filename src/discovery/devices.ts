/**
 * The boards there are, and the one that commands mean.
 *
 * This file has what sessions and commands call. Looking around is in survey.ts, getting to a
 * certain board in finder.ts, sharing it with other programs of ours in lease.ts.
 */

import { within } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Sink } from "@/base/sink.ts";
import type { Environment } from "@/config/environment.ts";
import { normalizeUid } from "@/config/uid.ts";
import type { Device, Identity } from "@/device/device.ts";
import { isAddress, parseAddress } from "@/transport/address.ts";
import { lineOf, type Schemes } from "@/transport/schemes.ts";
import { type SecretName, type Transport, TransportError } from "@/transport/transport.ts";
import type { Air } from "./air.ts";
import { BoardNames } from "./board_names.ts";
import { Connection } from "./connection.ts";
import { Finder, listFound, NO_BOARD_HINT, type Wanted } from "./finder.ts";
import { byPreference, type Found, type Survey } from "./found.ts";
import { KnownBoards } from "./known_boards.ts";
import type { Party } from "./lease_protocol.ts";
import { Reach } from "./reach.ts";
import { describeReturn, type LastBoard, NotebookMemory } from "./remembering.ts";
import type { Surroundings } from "./survey.ts";
import type { UsbPort } from "./usb.ts";

/** What {@linkcode Devices} is made with. */
export interface DevicesOptions {
  readonly schemes: Schemes;
  readonly environment: Environment;
  /** A notebook remembers its board, keeps it between cells, and lends it. */
  readonly surface?: "notebook" | "shell";
  /** Looks up a password when a board asks for it. */
  readonly secret?: (name: SecretName) => Promise<string | undefined>;
  /** Listens to the network for boards; nobody does where it is not given. */
  readonly openAir?: () => Promise<Air>;
  /** Lists USB serial ports, instead of the system's. */
  readonly listUsbPorts?: () => Promise<readonly UsbPort[]>;
}

/** What waiting is told. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  /** Is told, on standard error, when a board comes back. */
  readonly sink?: Sink;
}

/** How long another program's wish for the board waits for a command to end: most take less. */
const GRACE_MS = 400;

/** Finds boards, holds the connection to one, and knows which one is meant. */
export class Devices implements AsyncDisposable {
  readonly #options: DevicesOptions;
  readonly #reach: Reach;
  readonly #names: BoardNames;
  readonly #known: KnownBoards;
  readonly #memory: NotebookMemory | undefined;
  readonly #registered = new Set<string>();
  readonly #met = new Map<string, Identity>();
  #air: Promise<Air> | undefined;
  #chosen: string | undefined;
  #connection: Connection | undefined;
  /** The board that is meant when none is connected. */
  #last: LastBoard | undefined;
  #recalled = false;
  #found: readonly Found[] = [];
  #uses = 0;
  #idle: (() => void)[] = [];
  #releasing: Promise<unknown> = Promise.resolve();

  constructor(options: DevicesOptions) {
    const { environment } = options;
    this.#options = options;
    this.#reach = new Reach({ ...options, party: partyOf(options) });
    this.#names = new BoardNames(environment);
    this.#known = new KnownBoards((name) => environment.raw(name));
    if (options.surface === "notebook") this.#memory = new NotebookMemory(environment);
  }

  /** Names the board to use from now on, as `-d` does: address, name or UID. */
  choose(target: string): void {
    this.#chosen = target;
  }

  /** What {@linkcode choose} or `$IOT_DEVICE` named. */
  get chosen(): string | undefined {
    return this.#chosen ?? this.#options.environment.defaultDevice();
  }

  /** The board that is connected, if one is. */
  get connected(): Device | undefined {
    return this.#connection?.device;
  }

  /** What the last look around found. */
  get found(): readonly Found[] {
    return this.#found;
  }

  /** What device files call boards, as they were when last read. */
  get names(): BoardNames {
    return this.#names;
  }

  /**
   * Says that a cell or command begins; disposing says that it has ended. Only in between calls is
   * the board given to other programs that ask for it.
   */
  use(): Disposable {
    this.#uses++;
    return {
      [Symbol.dispose]: () => {
        this.#uses--;
        if (this.#uses > 0) return;
        for (const resolve of this.#idle.splice(0)) resolve();
        void this.#watch();
      },
    };
  }

  /**
   * Connects to a board and lets go of the one before, also when this fails: code must not run on
   * a board that the user has turned away from. The next use tries the new one again. A name that
   * nobody has and an address that cannot be read change nothing.
   *
   * @param target address, name or UID
   * @param options `schemes`: only addresses that begin so
   * @throws {UsageError} when no board has that name or UID, or the address cannot be read.
   */
  async connect(
    target: string,
    options: Waiting & { readonly schemes?: readonly string[] } = {},
  ): Promise<Device> {
    const { signal, schemes } = options;
    await this.#releasing;
    const before = this.#connection;
    if (isAddress(target)) {
      const url = parseAddress(target).href;
      await lineOf(url, this.#options.schemes); // which throws where it cannot be read
      await this.disconnect();
      this.#last = { url, name: url, uid: "", apart: "new" };
      return await this.#keep(await Connection.open(url, this.#reach, { signal }));
    }
    const wanted = await this.#wanted(target, schemes);
    if (before !== undefined && await this.#isAt(before, wanted)) return before.device;
    const connection = await this.#finder().find(wanted, { signal, onSurvey: this.#note });
    await this.disconnect();
    return await this.#keep(connection);
  }

  /** Lets go of the connected board. */
  async disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** Lets go of the connected board, and forgets that it was meant. */
  async forget(): Promise<void> {
    await this.disconnect();
    this.#last = undefined;
    this.#recalled = true;
    await this.#memory?.forget();
  }

  /**
   * The board that commands mean: what `-d` named, the connected one, the one last connected, the
   * one that this notebook remembers, `$IOT_DEVICE`, or the only one found. Connects to it where
   * needed; one that was lost is waited for, and taken wherever it appears again.
   *
   * @throws {UsageError} when there is none, or more than one.
   * @throws {TransportError} when it cannot be reached.
   */
  async current(options: Waiting = {}): Promise<Device> {
    await this.#releasing;
    if (this.#connection?.device.lost) await this.#lose();
    if (this.#connection !== undefined) return this.#connection.device;
    const { signal } = options;
    if (this.#chosen !== undefined && this.#last === undefined) {
      return await this.connect(this.#chosen, { signal });
    }
    if (this.#last === undefined) await this.#recall();
    if (this.#last !== undefined) return await this.#regain(this.#last, options);
    const target = this.#options.environment.defaultDevice() ?? await this.#onlyOne(signal);
    return await this.connect(target, { signal });
  }

  /**
   * A board besides the connected one, or that one itself; the current one stays as it is. Disposing
   * lets go of it.
   *
   * @throws what {@linkcode connect} throws.
   */
  async borrow(
    target: string,
    { signal }: Waiting = {},
  ): Promise<{ device: Device; name: string } & AsyncDisposable> {
    await this.#releasing;
    const wanted = isAddress(target)
      ? { name: target, urls: [parseAddress(target).href] }
      : await this.#wanted(target);
    const own = this.#connection;
    if (own !== undefined && !own.device.lost && await this.#isAt(own, wanted)) {
      const name = await this.nameOf(own.device, { signal });
      return { device: own.device, name, async [Symbol.asyncDispose]() {} };
    }
    const connection = isAddress(target)
      ? await Connection.open(wanted.urls[0], this.#reach, { signal })
      : await this.#finder().find(wanted, { signal, onSurvey: this.#note });
    try {
      const name = await this.nameOf(connection.device, { signal });
      return { device: connection.device, name, [Symbol.asyncDispose]: () => connection.close() };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /**
   * Opens the line to the board that commands mean, for those who speak with it themselves.
   *
   * @throws {UsageError} as {@linkcode current} does.
   */
  async openTransport({ signal }: Waiting = {}): Promise<Transport> {
    const target = this.#chosen ?? this.#options.environment.defaultDevice() ??
      await this.#onlyOne(signal);
    if (isAddress(target)) return await this.#reach.open(target, signal && { signal });
    const connection = await this.#finder().find(await this.#wanted(target), { signal });
    const { url } = connection.device;
    await connection.close();
    return await this.#reach.open(url, signal && { signal });
  }

  /** The name of a board: the device file's, a simulated board's own, else its UID, or its address. */
  async nameOf(device: Device, { signal }: Waiting = {}): Promise<string> {
    const [identity] = await Promise.all([
      device.identity(signal && { signal }),
      this.#names.load(),
    ]);
    return this.#names.nameOf(identity, device.url);
  }

  /**
   * Asks every address that a board may be at, all at once.
   *
   * @param options `probeAll`: also boards that are known, whose programs this stops
   */
  async discover(options: Waiting & { readonly probeAll?: boolean } = {}): Promise<Survey> {
    await this.#releasing;
    if (this.#connection?.device.lost) await this.#lose();
    const { survey } = await import("./survey.ts");
    this.#air ??= this.#options.openAir?.();
    const seen = await survey(this.#around(await this.#air), {
      ...options,
      connected: this.#connection,
    });
    this.#note(seen);
    return seen;
  }

  /** Remembers an address for this session: discovery asks there from now on. */
  async register(url: string): Promise<void> {
    await lineOf(url, this.#options.schemes);
    this.#registered.add(parseAddress(url).href);
  }

  /** Forgets the addresses that {@linkcode register} was told of; how many there were. */
  unregister(): number {
    const count = this.#registered.size;
    this.#registered.clear();
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#releasing;
    await this.disconnect();
    await (await this.#air)?.[Symbol.asyncDispose]();
  }

  readonly #note = (survey: Survey): void => {
    this.#found = survey.found;
  };

  #around(air?: Air): Surroundings {
    const { environment, listUsbPorts } = this.#options;
    return {
      reach: this.#reach,
      names: this.#names,
      known: this.#known,
      air,
      met: this.#met,
      sources: {
        environment,
        registered: this.#registered,
        listUsbPorts: listUsbPorts ?? (async () => await (await import("./usb.ts")).listUsbPorts()),
      },
    };
  }

  #finder(): Finder {
    return new Finder(this.#around());
  }

  /** What a name or UID means. */
  async #wanted(text: string, schemes?: readonly string[]): Promise<Wanted> {
    await this.#names.load();
    const board = this.#names.find(text);
    const uid = board?.uid ?? normalizeUid(text);
    const seen = byPreference(
      this.#found.filter((found) => uid ? found.uid === uid : found.name === text),
    );
    return {
      name: text,
      uid: uid ?? (seen[0]?.uid || undefined),
      urls: [...seen.map(({ url }) => url), ...(board?.url === undefined ? [] : [board.url])],
      schemes,
    };
  }

  async #isAt({ device, line }: Connection, { uid, urls, schemes }: Wanted): Promise<boolean> {
    if (schemes !== undefined && !schemes.includes(parseAddress(device.url).scheme)) return false;
    if (uid !== undefined) return device.knownIdentity?.uid === uid;
    const lines = urls.map((url) => lineOf(url, this.#options.schemes).catch(() => url));
    return (await Promise.all(lines)).includes(line);
  }

  /** Makes a connection the current one. */
  async #keep(connection: Connection): Promise<Device> {
    this.#connection = connection;
    const { device } = connection;
    if (this.#memory !== undefined) {
      await device.identity();
      await this.#memory.keep(device);
    }
    this.#last = this.#lastOf(connection, "new");
    await connection.lend(() => this.#release(connection));
    return device;
  }

  #lastOf({ device }: Connection, apart: LastBoard["apart"]): LastBoard {
    const identity = device.knownIdentity;
    const name = identity === undefined ? device.url : this.#names.nameOf(identity, device.url);
    return { url: device.url, name, uid: identity?.uid ?? "", life: device.life, apart };
  }

  async #recall(): Promise<void> {
    if (this.#recalled || this.#memory === undefined) return;
    this.#recalled = true;
    const kept = await this.#memory.recall();
    if (kept === undefined) return;
    await this.#names.load();
    const name = this.#names.nameOf(kept, kept.url);
    this.#last = { ...kept, name, apart: "new" };
  }

  /** Connects again to the board that was connected before. */
  async #regain(last: LastBoard, { signal, sink }: Waiting): Promise<Device> {
    const wanted: Wanted = { name: last.name, uid: last.uid || undefined, urls: [last.url] };
    const connection = last.uid === "" && last.apart !== "lost"
      ? await Connection.open(last.url, this.#reach, { signal })
      : last.apart === "lost"
      ? await this.#finder().waitFor(wanted, { signal })
      : await this.#finder().find(wanted, { signal, onSurvey: this.#note });
    const device = await this.#keep(connection);
    if (this.#memory === undefined || sink === undefined) return device;
    const text = describeReturn(last, device, await this.nameOf(device, { signal }));
    if (text !== undefined) await sink.write("stderr", `${text}\n`);
    return device;
  }

  /** Notes that the connected board went away, and closes what is left of its port. */
  async #lose(): Promise<void> {
    if (this.#connection === undefined) return;
    this.#last = this.#lastOf(this.#connection, "lost");
    await this.disconnect();
  }

  /** Watches the board between cells: a port that is held open comes back under another name. */
  async #watch(): Promise<void> {
    const connection = this.#connection;
    if (this.#memory === undefined || connection === undefined || connection.device.busy) return;
    await connection.device.watch();
    if (!connection.device.lost || this.#connection !== connection || this.#uses > 0) return;
    this.#releasing = this.#lose().catch(() => {});
  }

  /** Gives the board up to another program, if nothing runs on it; whether its port is closed. */
  async #release(connection: Connection): Promise<boolean> {
    if (this.#uses > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle.push(resolve);
      await within(GRACE_MS, promise);
    }
    if (this.#connection !== connection) return true;
    if (this.#uses > 0 || connection.device.busy) return false;
    this.#last = this.#lastOf(connection, "lent");
    const letGo = this.disconnect();
    this.#releasing = letGo.catch(() => {});
    await letGo;
    return true;
  }

  async #onlyOne(signal?: AbortSignal): Promise<string> {
    const { found, unusable } = await this.discover({ signal });
    const busy = unusable.filter(({ error }) =>
      error instanceof TransportError && error.code === "busy"
    );
    // A board that somebody else uses just now may be the one that is meant.
    if (found.length === 1 && busy.length > 0) {
      const urls = busy.map(({ url }) => url).join(", ");
      throw new UsageError(
        `No device is connected, and ${urls} is in use by another program. ${listFound(found)}`,
      );
    }
    // One board by cable and by air is one board.
    const boards = new Set(found.map(({ uid, url }) => uid || url));
    if (boards.size === 1) return byPreference(found)[0].url;
    throw new UsageError(
      found.length === 0
        ? `No device is connected and none was found. ${NO_BOARD_HINT}`
        : `No device is connected and ${found.length} were found. ${listFound(found)}`,
    );
  }
}

/** Who this program is to others. */
function partyOf({ surface, environment }: DevicesOptions): Party {
  const notebook = environment.raw("JPY_SESSION_NAME");
  const kind = surface === "notebook" ? "notebook" : "iot";
  return { kind, pid: Deno.pid, ...(surface === "notebook" && notebook && { notebook }) };
}
