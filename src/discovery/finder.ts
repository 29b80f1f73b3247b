/** Getting to a board by who it is: at the addresses where it is likely, else by looking around. */

import { pause } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import { TransportError } from "@/transport/transport.ts";
import { isHarmless } from "./announcement.ts";
import { Connection, OtherBoardError } from "./connection.ts";
import {
  type Announced,
  byPreference,
  type Found,
  listFound,
  schemeOf,
  type Survey,
} from "./found.ts";
import { type Surroundings, survey, type SurveyOptions } from "./survey.ts";
import { Whereabouts } from "./whereabouts.ts";

/** The board that is meant. */
export interface Wanted {
  /** What to call it in messages. */
  readonly name: string;
  /** Its UID, where it is known; then no other board is taken for it. */
  readonly uid?: string | undefined;
  /** Addresses where it was last, or should be. */
  readonly urls: readonly string[];
  /** Only addresses that begin so, the first ones preferred. */
  readonly schemes?: readonly string[] | undefined;
}

/** How to look. */
export interface FindOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of what a look around saw. */
  readonly onSurvey?: (survey: Survey) => void;
  /** What somebody found just now, so that nobody need look around again. */
  readonly seen?: readonly Found[] | undefined;
}

/** How to look around. */
interface LookOptions extends Pick<FindOptions, "onSurvey"> {
  /** Whether lines are passed over where this session met another board. */
  readonly sparesOthers?: boolean;
  /** Asks at these lines and no others, whoever is known to be there. */
  readonly onlyAt?: ReadonlySet<string>;
  /** Whether the network is listened to. */
  readonly listens?: boolean;
}

/** How long a board that was lost may take to come back: to be plugged in again, and to boot. */
const RETURN_MS = 10_000;
/** How often to look whether a port has appeared. */
const GLANCE_MS = 150;
/** How often to look around while none does: a board by air, or one that was still booting. */
const LOOK_AGAIN_MS = 2_000;

/** Finds boards. */
export class Finder {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /**
   * Connects to a board.
   *
   * @throws {UsageError} when no such board is found.
   * @throws {TransportError} when it is known where it is, and it cannot be reached there.
   */
  async find(wanted: Wanted, options: FindOptions = {}): Promise<Connection> {
    const { signal, onSurvey } = options;
    const search = this.#search(wanted, signal);
    const near = await this.#tryLikely(search);
    if (near !== undefined) return near;
    if (options.seen !== undefined) throw await failure(search, options.seen);
    let seen: Survey | undefined;
    const taken = await this.#lookAround(search, {
      onSurvey: (survey) => {
        seen = survey;
        onSurvey?.(survey);
      },
    });
    if (taken !== undefined) return taken;
    const { found = [], announced = [] } = seen ?? {};
    const rows = [
      ...byPreference(found.filter((found) => matches(found, wanted))),
      ...announced.filter((board) => mayFollow(board, wanted)),
    ];
    for (const { url } of rows) {
      const connection = await this.#try(url, search);
      if (connection !== undefined) return connection;
    }
    const onAdapter = await this.#askAdapters(search);
    if (onAdapter !== undefined) return onAdapter;
    const withheld = announced.find((board) => matches(board, wanted) && !mayFollow(board, wanted));
    if (withheld !== undefined) throw withheldError(wanted, withheld);
    throw await failure(search, found);
  }

  /**
   * Waits for a board that was lost, and connects to it wherever it appears.
   *
   * @throws {TransportError} `missing` when it does not come back in time.
   */
  async waitFor(
    wanted: Wanted,
    options: { signal?: AbortSignal | undefined; returnMs?: number | undefined },
  ): Promise<Connection> {
    const { signal, returnMs = RETURN_MS } = options;
    const search = this.#search(wanted, signal);
    await using _listening = this.#listen(search, returnMs);
    const end = performance.now() + returnMs;
    let before: string | undefined;
    let lookedAt = -Infinity;
    for (;;) {
      signal?.throwIfAborted();
      const near = await this.#tryLikely(search);
      if (near !== undefined) return near;
      const ports = await this.#glance();
      const isNews = ports !== before;
      if (isNews) search.whereabouts?.portsChanged();
      if (wanted.uid && (isNews || performance.now() - lookedAt >= LOOK_AGAIN_MS)) {
        before = ports;
        // To be asked stops a program: boards that are known to be others are asked when ports
        // have changed, as one of them may be another now.
        const taken = await this.#lookAround(search, { sparesOthers: !isNews, listens: false });
        if (taken !== undefined) return taken;
        lookedAt = performance.now();
      }
      if (performance.now() >= end) break;
      await pause(GLANCE_MS, signal);
    }
    throw [...search.tried.values()].find(isTelling) ?? new TransportError(
      "missing",
      wanted.urls[0] ?? "",
      `${wanted.name} went away and has not come back for ${returnMs / 1_000} s. ` +
        "Plug it in again, or %connect to another board.",
      { cause: [...search.tried.values()].at(-1) },
    );
  }

  #search(wanted: Wanted, signal: AbortSignal | undefined): Search {
    const whereabouts = wanted.uid ? new Whereabouts(this.#around, wanted.uid) : undefined;
    return { wanted, signal, tried: new Map(), heard: new Set(), whereabouts };
  }

  /** Where the board was last, where it should be, and where its USB device is plugged in now. */
  async #tryLikely(search: Search): Promise<Connection | undefined> {
    const { wanted: { urls, schemes }, whereabouts, heard } = search;
    const likely = new Set([...await whereabouts?.ports() ?? [], ...urls, ...heard]);
    for (const { url } of byPreference([...likely].map((url) => ({ url })))) {
      if (schemes !== undefined && !schemes.includes(schemeOf(url))) continue;
      if (await whereabouts?.isOthers(url)) continue;
      const connection = await this.#try(url, search);
      if (connection !== undefined) return connection;
    }
    return undefined;
  }

  async #try(url: string, search: Search): Promise<Connection | undefined> {
    const { wanted: { uid }, signal, tried, whereabouts } = search;
    try {
      return await Connection.open(url, this.#around.reach, { signal, uid });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof IotError)) throw error;
      if (error instanceof OtherBoardError) await whereabouts?.note(error);
      tried.set(url, error);
      return undefined;
    }
  }

  /** Collects addresses that the board announces, until disposed. */
  #listen(search: Search, withinMs: number): AsyncDisposable {
    const { wanted, signal, heard } = search;
    const stop = new AbortController();
    const listening = (async () => {
      const air = wanted.uid ? await this.#around.openAir?.() : undefined;
      await air?.listen({
        withinMs,
        signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
        onHeard: ({ url, uid = "" }) => {
          if (mayFollow({ url, uid }, wanted)) heard.add(url);
        },
      });
    })();
    listening.catch(() => {}); // thrown when it is disposed
    return {
      async [Symbol.asyncDispose]() {
        stop.abort();
        await listening;
      },
    };
  }

  /** Asks at cables where others are known: the last resort, as it stops their programs. */
  async #askAdapters(search: Search): Promise<Connection | undefined> {
    const lines = await search.whereabouts?.othersAt("adapters");
    if (lines === undefined || lines.size === 0) return undefined;
    return await this.#lookAround(search, { onlyAt: lines, listens: false });
  }

  /** Looks around and takes the board where it answers, by cable rather than by air. */
  async #lookAround(
    { wanted, signal }: Search,
    { onSurvey, sparesOthers = false, onlyAt, listens = true }: LookOptions,
  ): Promise<Connection | undefined> {
    const { met } = this.#around;
    const passesOver = (line: string) =>
      onlyAt === undefined
        ? sparesOthers && (met.get(line)?.uid ?? wanted.uid) !== wanted.uid
        : !onlyAt.has(line);
    const taken: Connection[] = [];
    const stop = new AbortController();
    const take: SurveyOptions["take"] = (device, found, line) => {
      if (!matches(found, wanted)) return false;
      taken.push(new Connection(device, { line, reach: this.#around.reach }));
      // Nobody need wait for boards that are mute.
      if (schemeOf(found.url) === (wanted.schemes?.[0] ?? "serial")) stop.abort(FOUND);
      return true;
    };
    try {
      const seen = await survey(this.#around, {
        // It may have aborted already: a listener would never hear of it.
        signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
        take,
        schemes: wanted.schemes,
        listens,
        probeAll: onlyAt !== undefined,
        passesOver,
      });
      onSurvey?.(seen);
    } catch (error) {
      if (error !== FOUND) {
        for (const connection of taken) await connection.close();
        throw error;
      }
    }
    const [best, ...others] = byPreference(
      taken.map((connection) => ({ url: connection.device.url, connection })),
    );
    for (const { connection } of others) await connection.close();
    return best?.connection;
  }

  /** A text that changes when a port appears or goes. */
  async #glance(): Promise<string> {
    const { listUsbPorts, environment, registered } = this.#around.sources;
    const named = [...environment.ports(), ...registered].filter((url) =>
      schemeOf(url) === "serial"
    );
    const paths = (await listUsbPorts()).map(({ path }) => path);
    for (const url of named) paths.push(url.replace(/^serial:\/\//i, "").replace(/\?.*$/, ""));
    const seen = await Promise.all(paths.map(async (path) => {
      try {
        // A port that goes and comes between two glances is another file, of the same name.
        return [path, await Deno.realPath(path), (await Deno.stat(path)).ino];
      } catch {
        return [];
      }
    }));
    return seen.map((port) => port.join(" ")).join("\n");
  }
}

/** A search that is under way. */
interface Search {
  readonly wanted: Wanted;
  readonly signal: AbortSignal | undefined;
  /** How attempts failed, by address. */
  readonly tried: Map<string, IotError>;
  /** Addresses that the board announced. */
  readonly heard: Set<string>;
  /** Undefined where its UID is not known: then nobody knows where others are either. */
  readonly whereabouts: Whereabouts | undefined;
}

const FOUND = new Error("found");

function matches(found: Pick<Found, "name" | "uid">, { name, uid }: Wanted): boolean {
  return uid ? found.uid === uid : found.name === name || found.uid === name;
}

/**
 * Whether to go where a board announces to be. Anybody can say that he is the one that is meant, so
 * a password is sent only if its owner has named an address of this kind for it: then it is known
 * to be on the network, and may have got another address from its router.
 */
function mayFollow(
  { url, uid }: Pick<Announced, "url" | "uid">,
  { uid: wanted, urls }: Wanted,
): boolean {
  if (!wanted || uid !== wanted) return false;
  const scheme = schemeOf(url);
  return isHarmless(scheme) || urls.some((named) => schemeOf(named) === scheme);
}

function withheldError({ name }: Wanted, { url }: Announced): UsageError {
  return new UsageError(
    `"${name}" is announced at ${url}, as anybody on the network could do, and iot would send it ` +
      `a password. If that is your board, say so: connect to ${url}, or write this url into its ` +
      "device file.",
  );
}

/** Why a board is not to be had. */
async function failure(
  { wanted, tried, whereabouts }: Search,
  seen: readonly Found[],
): Promise<IotError> {
  const telling = [...tried.values()].find(isTelling);
  if (telling !== undefined) return telling;
  const spared = await whereabouts?.othersAt("boards");
  const hint = spared?.size ? " Boards that are known were not asked anew: %discover -f does." : "";
  return new UsageError(`No device "${wanted.name}" found. ${listFound(seen)}${hint}`);
}

/** Whether an error says more than that the board is elsewhere. */
function isTelling(error: IotError): boolean {
  return !(error instanceof TransportError && error.code === "missing");
}
