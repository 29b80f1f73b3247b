/** Looking around for boards: everywhere at once, with one deadline for all. */

import { within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import type { Device, Identity } from "@/device/device.ts";
import { TransportError } from "@/transport/transport.ts";
import type { Air } from "./air.ts";
import { type Announcement, isHarmless } from "./announcement.ts";
import type { BoardNames } from "./board_names.ts";
import {
  type Candidate,
  candidateLine,
  type CandidateSources,
  listCandidates,
} from "./candidates.ts";
import type { Announced, Found, Ignored, Survey, Unusable } from "./found.ts";
import { schemeOf } from "./found.ts";
import type { KnownBoards } from "./known_boards.ts";
import { describeHolding, type Holding } from "./lease_request.ts";
import { probe } from "./probe.ts";
import type { Reach } from "./reach.ts";

/**
 * How long an address may take to tell whether a board is there, in milliseconds. An ESP32 that
 * resets when its port is opened boots for about 1.5 s.
 */
const PROBE_MS = 2_500;
/** How long boards that announce themselves are listened for: they answer within 120 ms (RFC 6762). */
const AIR_MS = 1_200;
/**
 * How long cables go first: a board's WebREPL and its serial port are one REPL (os.dupterm), and who
 * speaks on both at once gets neither. A board that is idle answers at once.
 */
const CABLES_FIRST_MS = 700;
/** How long a board of this process may take, which is started first: as long as the machine needs. */
const SIMULATED_MS = 15_000;
/** The least that an address heard of late is given. */
const LEAST_PROBE_MS = 1_000;

const log = logger("discovery");

/** What there is to look with. */
export interface Surroundings {
  readonly reach: Reach;
  readonly names: BoardNames;
  readonly known: KnownBoards;
  /** Begins to listen to the network; undefined where nobody does. */
  readonly openAir?: () => Promise<Air | undefined>;
  readonly sources: Omit<CandidateSources, "schemes" | "boards">;
  /** Boards by the line where this session met them last. */
  readonly met: Map<string, Identity>;
}

/** How to look. */
export interface SurveyOptions {
  readonly signal?: AbortSignal | undefined;
  /** The connected board, which is not asked anew. */
  readonly connected?: { readonly device: Device; readonly line: string } | undefined;
  /** Asks also boards that are known. */
  readonly probeAll?: boolean;
  /** Only addresses that begin so. */
  readonly schemes?: readonly string[] | undefined;
  /** Whether the network is listened to; else only addresses that are known. */
  readonly listens?: boolean;
  /** Lines that are not looked at. */
  readonly passesOver?: (line: string) => boolean;
  /** Takes over a board that answered; when it returns false, it is let go of. */
  readonly take?: (device: Device, found: Found, line: string) => boolean;
}

type Result = Found | Unusable | Ignored | Announced;

/**
 * Looks around. Boards that are known by their USB device's serial number, or that another program
 * of ours has, are listed and left in peace; so are those that announce themselves at an address
 * where they would be sent a password.
 *
 * @throws the signal's reason when it aborts.
 */
export async function survey(around: Surroundings, options: SurveyOptions): Promise<Survey> {
  const { reach, names, known, sources } = around;
  const { signal, connected, schemes } = options;
  const end = performance.now() + PROBE_MS;
  await Promise.all([names.load(), known.load()]);
  const [candidates, holdings] = await Promise.all([
    listCandidates(
      { ...sources, schemes: reach.schemes, boards: names.boards },
      connected?.device.url,
    ),
    reach.holdings(),
  ]);
  const news: [string, Identity][] = [];
  const looks = new Map<string, Promise<Result | undefined>>();
  const cables: Promise<unknown>[] = [];
  const look = new Look({ around, options, holdings, news, end, cables });
  const consider = (candidate: Candidate) => {
    if (looks.has(candidate.line) || options.passesOver?.(candidate.line)) return;
    if (schemes !== undefined && !schemes.includes(schemeOf(candidate.url))) return;
    looks.set(candidate.line, look.at(candidate));
  };
  for (const candidate of candidates.filter(isCable)) consider(candidate);
  cables.push(...looks.values());
  for (const candidate of candidates) consider(candidate);
  const considering: Promise<void>[] = [];
  const onHeard = (announcement: Announcement) => {
    const { url } = announcement;
    considering.push((async () => {
      consider({ url, line: await candidateLine(url, reach.schemes), announcement });
    })());
  };
  const air = options.listens === false ? undefined : await around.openAir?.();
  await air?.listen({ withinMs: AIR_MS, signal, onHeard });
  await Promise.all(considering);
  const results = (await Promise.all(looks.values())).filter((result) => result !== undefined);
  // Also when nobody waits any more: to be asked again would stop their programs again.
  await known.remember(news);
  signal?.throwIfAborted();
  return {
    found: results.filter((result) => "platform" in result),
    unusable: results.filter((result) => "error" in result),
    ignored: results.filter((result): result is Ignored =>
      !("name" in result || "error" in result)
    ),
    announced: results.filter((result) => "announced" in result),
    problems: [...names.problems, ...(air?.problem === undefined ? [] : [air.problem])],
  };
}

interface LookOptions {
  readonly around: Surroundings;
  readonly options: SurveyOptions;
  readonly holdings: readonly Holding[];
  /** Collects who was met at USB devices with a serial number. */
  readonly news: [string, Identity][];
  /** When it is over, as `performance.now()` counts. */
  readonly end: number;
  /** The looks at cables. */
  readonly cables: readonly Promise<unknown>[];
}

/** CircuitPython's web workflow is an HTTP server, whose terminal is no transport of ours. */
function webWorkflowError(url: string): TransportError {
  return new TransportError(
    "foreign",
    url,
    `At ${url} is a CircuitPython board with its web workflow, which iot does not speak. ` +
      "Connect it by cable.",
  );
}

/** Whether it is a cable of this computer's, or a board in it. */
function isCable({ url }: Candidate): boolean {
  return ["serial", "sim"].includes(schemeOf(url));
}

/** Looks at candidates, one by one. */
class Look {
  readonly #with: LookOptions;

  constructor(options: LookOptions) {
    this.#with = options;
  }

  /** What is there; undefined when nobody wants to know any more. */
  async at(candidate: Candidate): Promise<Result | undefined> {
    const { url, usb } = candidate;
    const port = usb && { usb };
    try {
      if (candidate.foreign) {
        log.info(() => `${url}: not asked, for its USB device is no board that is known`);
        return { url, ...port };
      }
      if (schemeOf(url) === "http") throw webWorkflowError(url);
      const held = this.#held(candidate);
      if (held !== undefined) {
        log.info(() => `${url}: not asked, for another iot has it and says that it is ${held.uid}`);
        return { ...held, ...port };
      }
      const announced = this.#announced(candidate);
      if (announced !== undefined) {
        log.info(() => `${url}: not asked, for it announced itself, and would be sent a password`);
        return announced;
      }
      const known = this.#remembered(candidate);
      if (known !== undefined) {
        log.info(() => `${url}: not asked, for it is known to be ${known.uid}; -f asks all`);
        return { ...known, ...port };
      }
      if (!isCable(candidate)) await within(CABLES_FIRST_MS, Promise.all(this.#with.cables));
      this.#with.options.signal?.throwIfAborted();
      // A cable may have told meanwhile who announces itself here.
      return { ...(this.#remembered(candidate) ?? await this.#ask(candidate)), ...port };
    } catch (error) {
      if (this.#with.options.signal?.aborted) return undefined;
      if (!(error instanceof IotError)) throw error;
      log.info(() => `${url}: ${error.message}`);
      return { url, error, ...port };
    }
  }

  /** What another program of ours says that has it. */
  #held({ line }: Candidate): Found | undefined {
    const holding = this.#with.holdings.find(({ held }) => held.line === line);
    if (holding === undefined) return undefined;
    const { holder, held: { line: _, url, ...identity } } = holding;
    if (identity.platform === "") {
      throw new TransportError("busy", url, describeHolding(holding, "The board"));
    }
    return { ...identity, url, name: this.#name(identity, url), holder };
  }

  /** Who says to be there, where that is no reason to speak to him. */
  #announced({ line, announcement }: Candidate): Announced | undefined {
    if (announcement === undefined || this.#with.options.connected?.line === line) return undefined;
    const { url, uid = "", name } = announcement;
    if (isHarmless(schemeOf(url))) return undefined;
    const { names } = this.#with.around;
    return { name: names.named(uid) ?? name ?? (uid || url), url, uid, announced: true };
  }

  /** Who is known to be there. */
  #remembered({ url, line, key, announcement }: Candidate): Found | undefined {
    const uid = announcement?.uid;
    const { around: { known, met }, options: { probeAll, connected } } = this.#with;
    if (probeAll || connected?.line === line) return undefined;
    const announced = uid === undefined
      ? undefined
      : known.withUid(uid) ?? met.values().find((identity) => identity.uid === uid);
    const identity = known.at(key) ?? announced;
    return identity && { ...identity, url, name: this.#name(identity, url) };
  }

  async #ask({ url, line, key }: Candidate): Promise<Found> {
    const { around: { reach, met }, options, news, end } = this.#with;
    const { connected, signal, take } = options;
    const named = (identity: Identity): Found => ({
      ...identity,
      name: this.#name(identity, url),
      url,
    });
    const identity = connected?.line === line
      ? await connected.device.identity(signal && { signal })
      : await probe(url, reach, {
        signal,
        deadlineMs: schemeOf(url) === "sim"
          ? SIMULATED_MS
          : Math.max(LEAST_PROBE_MS, end - performance.now()),
        take: (device, identity) => take?.(device, named(identity), line) ?? false,
      });
    log.info(() => `${url}: asked, and is ${identity.uid || "a board without UID"}`);
    met.set(line, identity);
    if (key !== undefined) news.push([key, identity]);
    return named(identity);
  }

  #name(identity: Identity, url: string): string {
    return this.#with.around.names.nameOf(identity, url);
  }
}
