/** Getting to a board by who it is: at the addresses where it is likely, else by looking around. */

import { pause } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import { TransportError } from "@/transport/transport.ts";
import { Connection } from "./connection.ts";
import { byPreference, type Found, listFound, schemeOf, type Survey } from "./found.ts";
import { type Surroundings, survey, type SurveyOptions } from "./survey.ts";
import { usbKey } from "./usb.ts";

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
interface LookOptions extends FindOptions {
  /** Whether lines are passed over where this session met another board. */
  readonly sparesOthers?: boolean;
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
    const tried = new Map<string, IotError>();
    const near = await this.#tryLikely(wanted, { signal, tried });
    if (near !== undefined) return near;
    if (options.seen !== undefined) throw failure(wanted, { tried, seen: options.seen });
    let seen: Survey | undefined;
    const taken = await this.#lookAround(wanted, {
      signal,
      onSurvey: (survey) => {
        seen = survey;
        onSurvey?.(survey);
      },
    });
    if (taken !== undefined) return taken;
    const rows = byPreference((seen?.found ?? []).filter((found) => matches(found, wanted)));
    for (const { url } of rows) {
      const connection = await this.#try(url, wanted, { signal, tried });
      if (connection !== undefined) return connection;
    }
    throw failure(wanted, { tried, seen: seen?.found ?? [] });
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
    const end = performance.now() + returnMs;
    const tried = new Map<string, IotError>();
    let before: string | undefined;
    let lookedAt = -Infinity;
    for (;;) {
      signal?.throwIfAborted();
      const near = await this.#tryLikely(wanted, { signal, tried });
      if (near !== undefined) return near;
      const ports = await this.#glance();
      const isNews = ports !== before;
      if (wanted.uid && (isNews || performance.now() - lookedAt >= LOOK_AGAIN_MS)) {
        before = ports;
        // To be asked stops a program: boards that are known to be others are asked when ports
        // have changed, as one of them may be another now.
        const taken = await this.#lookAround(wanted, { signal, sparesOthers: !isNews });
        if (taken !== undefined) return taken;
        lookedAt = performance.now();
      }
      if (performance.now() >= end) break;
      await pause(GLANCE_MS, signal);
    }
    for (const error of tried.values()) if (isTelling(error)) throw error;
    throw new TransportError(
      "missing",
      wanted.urls[0] ?? "",
      `${wanted.name} went away and has not come back for ${
        returnMs / 1_000
      } s. Plug it in again, or ` +
        "%connect to another board.",
      { cause: [...tried.values()].at(-1) },
    );
  }

  /** Where the board was last, where it should be, and where its USB device is plugged in now. */
  async #tryLikely(wanted: Wanted, options: TryOptions): Promise<Connection | undefined> {
    const { known, sources } = this.#around;
    await known.load();
    const urls = new Set<string>();
    if (wanted.uid) {
      for (const port of await sources.listUsbPorts()) {
        if (known.at(usbKey(port))?.uid === wanted.uid) urls.add(`serial://${port.path}`);
      }
    }
    for (const url of wanted.urls) urls.add(url);
    for (const { url } of byPreference([...urls].map((url) => ({ url })))) {
      if (wanted.schemes !== undefined && !wanted.schemes.includes(schemeOf(url))) continue;
      const connection = await this.#try(url, wanted, options);
      if (connection !== undefined) return connection;
    }
    return undefined;
  }

  async #try(url: string, wanted: Wanted, options: TryOptions): Promise<Connection | undefined> {
    const { signal, tried } = options;
    try {
      return await Connection.open(url, this.#around.reach, { signal, uid: wanted.uid });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof IotError)) throw error;
      tried.set(url, error);
      return undefined;
    }
  }

  /** Looks around and takes the board where it answers, by cable rather than by air. */
  async #lookAround(
    wanted: Wanted,
    { signal, onSurvey, sparesOthers = false }: LookOptions,
  ): Promise<Connection | undefined> {
    const { met } = this.#around;
    const passesOver = (line: string) => (met.get(line)?.uid ?? wanted.uid) !== wanted.uid;
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
        ...(sparesOthers && { passesOver }),
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
    const seen = (await listUsbPorts()).map(({ path }) => path);
    for (const url of named) {
      const path = url.replace(/^serial:\/\//i, "").replace(/\?.*$/, "");
      const real = await Deno.realPath(path).catch(() => undefined);
      if (real !== undefined) seen.push(real);
    }
    return seen.join("\n");
  }
}

interface TryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Collects how the attempts failed, by address. */
  readonly tried: Map<string, IotError>;
}

const FOUND = new Error("found");

function matches(found: Found, { name, uid }: Wanted): boolean {
  return uid ? found.uid === uid : found.name === name || found.uid === name;
}

/** Why a board is not to be had. */
function failure(
  { name }: Wanted,
  { tried, seen }: {
    readonly tried: ReadonlyMap<string, IotError>;
    readonly seen: readonly Found[];
  },
): IotError {
  return [...tried.values()].find(isTelling) ??
    new UsageError(`No device "${name}" found. ${listFound(seen)}`);
}

/** Whether an error says more than that the board is elsewhere. */
function isTelling(error: IotError): boolean {
  return !(error instanceof TransportError && error.code === "missing");
}
