/**
 * The boards there are, and the one that commands mean.
 *
 * This file has what sessions and commands call. Looking around is in survey.ts, getting to a
 * certain board in finder.ts, keeping hold of it in current_board.ts, and sharing it with other
 * programs of ours in lease.ts.
 */

import { UsageError } from "@/base/errors.ts";
import { CHOSEN_DEVICE, type Environment } from "@/config/environment.ts";
import { normalizeUid } from "@/config/uid.ts";
import type { Device, Identity } from "@/device/device.ts";
import { isAddress, parseAddress } from "@/transport/address.ts";
import { lineOf, type Schemes } from "@/transport/schemes.ts";
import { TransportError } from "@/transport/transport.ts";
import type { Air } from "./air.ts";
import { BoardNames } from "./board_names.ts";
import { Connection } from "./connection.ts";
import type { BorrowedBoard } from "./borrowed_board.ts";
import { CurrentBoard, type CurrentBoardOptions, type Waiting } from "./current_board.ts";
import type { Finder, Wanted } from "./finder.ts";
import { byPreference, type Found, listFound, NO_BOARD_HINT, type Survey } from "./found.ts";
import { Line } from "./line.ts";
import type { Located } from "./located.ts";
import type { KnownBoards } from "./known_boards.ts";
import type { Party } from "./party.ts";
import { Reach } from "./reach.ts";
import { NotebookMemory } from "./remembering.ts";
import type { Surroundings } from "./survey.ts";
import type { UsbPort } from "./usb.ts";

/** What {@linkcode Devices} is made with. */
export interface DevicesOptions {
  readonly schemes: Schemes;
  readonly environment: Environment;
  /** A notebook remembers its board, keeps it between cells, and lends it. */
  readonly surface?: "notebook" | "shell";
  /** Listens to the network for boards; nobody does where it is not given. */
  readonly openAir?: ((environment: Environment) => Promise<Air>) | undefined;
  /** Lists USB serial ports, instead of the system's. */
  readonly listUsbPorts?: () => Promise<readonly UsbPort[]>;
}

/** How to borrow a board. */
export interface BorrowOptions extends Waiting {
  /** Whether it is looked for where it is not in its place; not while others are borrowed. */
  readonly looksAround?: boolean;
}

/** Finds boards, holds the connection to one, and knows which one is meant. */
export class Devices implements AsyncDisposable {
  readonly #options: DevicesOptions;
  readonly #reach: Reach;
  readonly #names: BoardNames;
  readonly #holding: Omit<CurrentBoardOptions, "memory">;
  readonly #current: CurrentBoard;
  readonly #registered = new Set<string>();
  readonly #met = new Map<string, Identity>();
  #known: KnownBoards | undefined;
  #air: Promise<Air> | undefined;
  #chosen: string | undefined;
  #found: readonly Found[] = [];

  constructor(options: DevicesOptions) {
    const { environment, surface } = options;
    this.#options = options;
    this.#chosen = environment.raw(CHOSEN_DEVICE);
    this.#reach = new Reach({ ...options, party: partyOf(options) });
    this.#names = new BoardNames(environment);
    this.#holding = {
      reach: this.#reach,
      names: this.#names,
      finder: () => this.#finder(),
      onSurvey: this.#note,
    };
    const memory = surface === "notebook" ? new NotebookMemory(environment) : undefined;
    this.#current = new CurrentBoard({ ...this.#holding, memory });
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
    return this.#current.device;
  }

  /** The boards that the last look around found; empty before the first. */
  get found(): readonly Found[] {
    return this.#found;
  }

  /** What device files call boards, as they were when last read. */
  get names(): BoardNames {
    return this.#names;
  }

  /**
   * Says that a cell or command begins; disposing says that it has ended. Only in between is the
   * board given to other programs that ask for it.
   */
  use(): Disposable {
    return this.#current.use();
  }

  /** Says that a command that goes on needs no board for a while; disposing says that it does again. */
  rest(): Disposable {
    return this.#current.rest();
  }

  /**
   * Connects to a board and lets go of the one before, also when this fails: code must not run on
   * a board that the user has turned away from. The next use tries the new one again. A name that
   * nobody has and an address that cannot be read change nothing: they mean no board.
   *
   * @param target address, name or UID
   * @param options `schemes`: only addresses that begin so
   * @throws {UsageError} when no board has that name or UID, or the address cannot be read.
   * @throws {IotError} when it cannot be reached.
   */
  async connect(
    target: string,
    options: Waiting & { readonly schemes?: readonly string[] } = {},
  ): Promise<Device> {
    const { signal, schemes } = options;
    const before = await this.#current.settled();
    if (isAddress(target)) {
      const url = parseAddress(target).href;
      // Throws where it cannot be read, while there is something to be left as it is.
      if (await this.#current.known({ recalls: false })) await lineOf(url, this.#options.schemes);
      await this.#current.turnTo({ url, name: url, uid: "" });
      const connection = await Connection.open(url, this.#reach, { signal });
      return await this.#current.keep(connection, { signal });
    }
    const wanted = await this.#wanted(target, schemes);
    if (before !== undefined && await this.#isAt(before, wanted)) return before.device;
    try {
      const connection = await (await this.#finder()).find(wanted, {
        signal,
        onSurvey: this.#note,
      });
      return await this.#current.keep(connection, { signal });
    } catch (error) {
      const { name, uid = "", urls: [url = ""] } = wanted;
      if (uid !== "" || url !== "") await this.#current.turnTo({ url, name, uid });
      throw error;
    }
  }

  /** Lets go of the connected board, and forgets that it was meant. */
  async disconnect(): Promise<void> {
    await this.#current.settled();
    await this.#current.forget();
  }

  /** Lets go of the connected board, which was told to reset; whoever next needs it waits for it. */
  async awaitReturn(): Promise<void> {
    await this.#current.awaitReturn();
  }

  /**
   * The board that commands mean: what `-d` named, the connected one, the one last connected, the
   * one that this notebook remembers, `$IOT_DEVICE`, or the only one found. Connects to it where
   * needed; one that was lost is waited for, and taken wherever it appears again.
   *
   * @throws {UsageError} when there is none, or more than one.
   * @throws {IotError} when it cannot be reached.
   */
  async current(options: Waiting = {}): Promise<Device> {
    const { signal } = options;
    const connection = await this.#current.settled();
    if (connection !== undefined) return connection.device;
    const recalls = this.#chosen === undefined;
    if (await this.#current.known({ recalls })) return await this.#current.regain(options);
    return await this.connect(await this.#target(signal), { signal });
  }

  /**
   * A board besides the connected one, or that one itself; the current one stays as it is. Disposing
   * lets go of it.
   *
   * @throws what {@linkcode connect} throws.
   */
  async borrow(target: string | Located, options: BorrowOptions = {}): Promise<BorrowedBoard> {
    const { signal } = options;
    const own = await this.#current.settled();
    const wanted = typeof target === "string" ? await this.#meaning(target) : target;
    const { BorrowedBoard } = await import("./borrowed_board.ts");
    if (own !== undefined && await this.#isAt(own, wanted)) {
      const name = await this.nameOf(own.device, { signal });
      return new BorrowedBoard(this, { board: this.#current, name, isCurrent: true });
    }
    const connection = await this.#open(wanted, options);
    const board = new CurrentBoard({ ...this.#holding, memory: undefined });
    try {
      const name = await this.nameOf(connection.device, { signal });
      await board.keep(connection, { signal });
      return new BorrowedBoard(this, { board, name, isCurrent: false });
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /**
   * The boards that `targets` mean, each once, to be borrowed. Looks around where one of several is
   * not known, once for all: those who are borrowed at the same time cannot.
   */
  async locate(targets: readonly string[], { signal }: Waiting = {}): Promise<Located[]> {
    const own = await this.#current.settled();
    const { locate } = await import("./located.ts");
    const connected = own && {
      name: await this.nameOf(own.device, { signal }),
      url: own.device.url,
      uid: own.device.knownIdentity?.uid ?? "",
    };
    return await locate(targets, {
      schemes: this.#options.schemes,
      connected,
      found: this.#found,
      meaning: (text) => this.#wanted(text),
      look: async ({ urls, everywhere }) => {
        const [{ survey }, { candidateLine }] = await Promise.all([
          import("./survey.ts"),
          import("./candidates.ts"),
        ]);
        const around = await this.#around();
        const registered = [...this.#registered, ...urls];
        const lines = await Promise.all(
          urls.map((url) => candidateLine(url, this.#options.schemes)),
        );
        const seen = await survey({ ...around, sources: { ...around.sources, registered } }, {
          signal,
          connected: own,
          listens: everywhere,
          ...(!everywhere && { passesOver: (line: string) => !lines.includes(line) }),
        });
        if (everywhere) this.#note(seen);
        return seen.found;
      },
    });
  }

  /**
   * Opens the line to the board that commands mean, for those who speak with it themselves.
   *
   * @throws {UsageError} as {@linkcode current} does.
   */
  async openLine({ signal }: Waiting = {}): Promise<Line> {
    const target = await this.#target(signal);
    if (!isAddress(target)) {
      const connection = await (await this.#finder()).find(await this.#wanted(target), { signal });
      return await connection.handOver();
    }
    const { schemes } = this.#options;
    const transport = await this.#reach.open(target, signal && { signal });
    return await Line.hold(transport, { reach: this.#reach, line: await lineOf(target, schemes) });
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
    const { signal, probeAll = false } = options;
    const connected = await this.#current.settled();
    const { survey } = await import("./survey.ts");
    const seen = await survey(await this.#around(), { signal, probeAll, connected });
    this.#note(seen);
    const uid = connected?.device.knownIdentity?.uid;
    // A board's WebREPL and its serial port are one REPL.
    if (uid && seen.found.filter((found) => found.uid === uid).length > 1) {
      connected!.device.doubt();
    }
    return seen;
  }

  /**
   * Remembers an address for this session: discovery asks there from now on.
   *
   * @throws {UsageError} when it cannot be read.
   */
  async register(url: string): Promise<void> {
    await lineOf(url, this.#options.schemes);
    this.#registered.add(parseAddress(url).href);
  }

  /** Forgets the addresses that {@linkcode register} was told of, and what the notebook remembers. */
  async unregister(): Promise<void> {
    this.#registered.clear();
    await this.#current.unremember();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current[Symbol.asyncDispose]();
    await (await this.#air?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  readonly #note = (survey: Survey): void => {
    this.#found = survey.found;
  };

  async #around(): Promise<Surroundings> {
    const { environment, listUsbPorts, openAir } = this.#options;
    const { KnownBoards } = await import("./known_boards.ts");
    this.#known ??= new KnownBoards((name) => environment.raw(name));
    return {
      reach: this.#reach,
      names: this.#names,
      known: this.#known,
      openAir: async () => await (this.#air ??= openAir?.(environment)),
      met: this.#met,
      sources: {
        environment,
        registered: this.#registered,
        listUsbPorts: listUsbPorts ?? (async () => await (await import("./usb.ts")).listUsbPorts()),
      },
    };
  }

  /** Loaded when a board must be looked for: one that is named by its address needs not. */
  async #finder(): Promise<Finder> {
    const { Finder } = await import("./finder.ts");
    return new Finder(await this.#around());
  }

  /** Connects to a board that may not be the current one. */
  async #open(wanted: Wanted, options: BorrowOptions): Promise<Connection> {
    const { signal, looksAround = true } = options;
    const [url] = wanted.urls;
    // Without a UID, the board is whichever is at its address.
    if (wanted.uid === undefined && url !== undefined) {
      return await Connection.open(url, this.#reach, { signal });
    }
    const seen = looksAround ? undefined : this.#found;
    return await (await this.#finder()).find(wanted, { signal, onSurvey: this.#note, seen });
  }

  /** What an address, name or UID means. */
  async #meaning(text: string): Promise<Wanted> {
    if (!isAddress(text)) return await this.#wanted(text);
    return { name: text, urls: [parseAddress(text).href] };
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

  async #target(signal: AbortSignal | undefined): Promise<string> {
    return this.#chosen ?? this.#options.environment.defaultDevice() ?? await this.#onlyOne(signal);
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
