/** Opening the line to a board, also when another program of ours has it. */

import { pause } from "@/base/deadline.ts";
import { logger } from "@/base/log.ts";
import type { Environment } from "@/config/environment.ts";
import { place } from "@/config/places.ts";
import { lineOf, openTransport, type Schemes } from "@/transport/schemes.ts";
import { type SecretName, type Transport, TransportError } from "@/transport/transport.ts";
import { describeParty, type Party } from "./party.ts";
import type { Lease } from "./lease.ts";
import type { Held } from "./lease_protocol.ts";
import type { Holding } from "./lease_request.ts";

/** What {@linkcode Reach} is made with. */
export interface ReachOptions {
  readonly schemes: Schemes;
  readonly environment: Environment;
  /** Who we are to others. */
  readonly party: Party;
}

/** How often to ask for a port: somebody else may be quicker when it is let go. */
const TRIES = 3;

/** Most commands are done soon: a board that is in use is waited for so long, in milliseconds. */
const BUSY_MS = 2_000;
/** How long to wait before it is tried again, in milliseconds. */
const AGAIN_MS = 100;

/** Why a line may not be had that a program of ours holds. A WebREPL hangs up on a second client. */
const HELD: ReadonlySet<string> = new Set(["busy", "refused", "timeout", "gone"]);

const log = logger("discovery.lease");

/** Opens lines. */
export class Reach {
  readonly schemes: Schemes;
  readonly party: Party;
  readonly #options: ReachOptions;

  constructor(options: ReachOptions) {
    this.#options = options;
    this.schemes = options.schemes;
    this.party = options.party;
  }

  /** Where programs of ours can be asked for boards; undefined where there is no such place. */
  get directory(): string | undefined {
    try {
      return place("runtime", (name) => this.#options.environment.raw(name));
    } catch {
      return undefined;
    }
  }

  /**
   * Opens the line to a board. A program of ours that has it and is idle gives it up; one that is
   * not, or a program of others, may be done soon, and is waited for a little.
   *
   * @throws {TransportError} when it cannot be opened; `busy` says who has it.
   * @throws {UsageError} when the address cannot be read.
   */
  async open(url: string, { signal }: { signal?: AbortSignal } = {}): Promise<Transport> {
    const end = performance.now() + BUSY_MS;
    for (let released = 0;;) {
      try {
        return await this.openAlone(url, signal && { signal });
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof TransportError) || !HELD.has(error.code)) throw error;
        const refusal = await this.#askFor(url, error);
        if (refusal === undefined) {
          if (++released === TRIES) throw error;
          continue;
        }
        if (refusal.code !== "busy" || performance.now() > end) throw refusal;
        await pause(AGAIN_MS, signal);
        signal?.throwIfAborted();
      }
    }
  }

  /** The same, and asks nobody. */
  async openAlone(url: string, { signal }: { signal?: AbortSignal } = {}): Promise<Transport> {
    return await openTransport(url, this.schemes, {
      ...(signal && { signal }),
      secret: (name) => this.#secret(name),
    });
  }

  /** A password of secrets.py, read when a board asks for it. */
  async #secret(name: SecretName): Promise<string | undefined> {
    const { readSecrets } = await import("@/config/secrets.ts");
    return readSecrets(this.#options.environment).getString(name);
  }

  /** All boards that other programs of ours have. */
  async holdings(): Promise<readonly Holding[]> {
    if (this.directory === undefined) return [];
    const { listHoldings } = await import("./lease_request.ts");
    const holdings = await listHoldings(this.directory, this.party);
    return holdings.filter(({ path }) => !this.#own.has(path));
  }

  /**
   * Tells other programs of ours who has a board, until disposed. Undefined where there is no place
   * for that.
   *
   * @param release lets go of the board if it is idle; resolves to whether the port is closed
   */
  async lend(held: Held, release: () => Promise<boolean>): Promise<Lease | undefined> {
    if (this.directory === undefined) return undefined;
    const { Lease } = await import("./lease.ts");
    const lease = await Lease.serve({
      directory: this.directory,
      holder: this.party,
      held,
      release,
      onEnd: (path) => this.#own.delete(path),
    });
    if (lease !== undefined) this.#own.add(lease.path);
    return lease;
  }

  /** Paths of the sockets that we answer at ourselves. */
  readonly #own = new Set<string>();

  /** Has whoever holds the line let go of it; why not, where they do not. */
  async #askFor(url: string, error: TransportError): Promise<TransportError | undefined> {
    const line = await lineOf(url, this.schemes);
    const holding = (await this.holdings()).find(({ held }) => held.line === line);
    if (holding === undefined) return error;
    const { requestRelease, describeHolding } = await import("./lease_request.ts");
    const answer = await requestRelease(holding, this.party);
    log.info(() =>
      `${url} is held by ${describeParty(holding.holder)}, which was asked for it and ` +
      (answer === undefined ? "does not answer" : answer.released ? "gave it up" : "needs it")
    );
    if (answer?.released) return;
    const what = holding.held.uid || "The board";
    const message = answer === undefined
      ? `${what} at ${url} is in use by ${describeParty(holding.holder)}, which does not answer. ` +
        "If it hangs, end it."
      : describeHolding(answer, what);
    return new TransportError("busy", url, message, { cause: error });
  }
}
