/** The boards there are: found, connected, and the one that commands mean. */

import { withDeadline } from "@/base/deadline.ts";
import { IotError, UsageError } from "@/base/errors.ts";
import type { Environment } from "@/config/environment.ts";
import { Device, type Identity } from "@/device/device.ts";
import { isAddress, parseAddress } from "@/transport/address.ts";
import { lineOf, openTransport, type Schemes } from "@/transport/schemes.ts";
import { type Transport, TransportError } from "@/transport/transport.ts";
import { listUsbPorts } from "./usb.ts";

/** A board that answered. */
export interface Found extends Identity {
  readonly name: string;
  readonly url: string;
}

/** An address where no board could be used. */
export interface Unusable {
  readonly url: string;
  readonly error: IotError;
  /** What the USB device there calls itself, or its vendor and product id. */
  readonly description?: string;
}

/** Where a board may be. */
interface Candidate {
  readonly url: string;
  readonly line: string;
  readonly description?: string;
}

/** What discovery saw. */
export interface Survey {
  readonly found: readonly Found[];
  readonly unusable: readonly Unusable[];
}

/** How long one address may take to tell whether a board is there, in milliseconds. */
const PROBE_DEADLINE_MS = 3_000;

/** What {@linkcode Devices} is made with. */
export interface DevicesOptions {
  readonly schemes: Schemes;
  readonly environment: Environment;
}

/** Finds boards, holds the connection to one, and knows which one is meant. */
export class Devices implements AsyncDisposable {
  readonly #schemes: Schemes;
  readonly #environment: Environment;
  #chosen: string | undefined;
  /** The address last connected to: used again when the board was lost. */
  #remembered: string | undefined;
  #connected: { readonly device: Device; readonly line: string } | undefined;
  #known: readonly Found[] = [];

  constructor(options: DevicesOptions) {
    this.#schemes = options.schemes;
    this.#environment = options.environment;
  }

  /** Names the board to use from now on, as `-d` does: address, name or UID. */
  choose(target: string): void {
    this.#chosen = target;
  }

  /** What {@linkcode choose} or `$IOT_DEVICE` named. */
  get chosen(): string | undefined {
    return this.#chosen ?? this.#environment.defaultDevice();
  }

  /** The board that is connected, if one is. */
  get connected(): Device | undefined {
    return this.#connected?.device;
  }

  /**
   * Connects to a board and lets go of the one before, also when this fails: code must not run on
   * a board that the user has turned away from. The next use tries the new one again. A name that
   * nobody has and an address that cannot be read change nothing.
   *
   * @param target address, name or UID
   * @throws {UsageError} when no board has that name or UID, or the address cannot be read.
   */
  async connect(target: string, options: { signal?: AbortSignal } = {}): Promise<Device> {
    const url = isAddress(target)
      ? parseAddress(target).href
      : await this.#resolve(target, options.signal);
    const line = await lineOf(url, this.#schemes);
    await this.disconnect();
    this.#remembered = url;
    const transport = await openTransport(url, this.#schemes, options);
    const device = await Device.attach(transport, options);
    this.#connected = { device, line };
    return device;
  }

  /** Lets go of the connected board. */
  async disconnect(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.device.close();
  }

  /**
   * The board that commands mean: what `-d` named, the connected one, the one last connected,
   * `$IOT_DEVICE`, or the only one found. Connects to it where needed, also when it was lost.
   *
   * @throws {UsageError} when there is none, or more than one.
   */
  async current(options: { signal?: AbortSignal } = {}): Promise<Device> {
    if (this.connected?.lost) await this.disconnect();
    return this.connected ?? await this.connect(await this.#target(options.signal), options);
  }

  /**
   * Opens the line to the board that commands mean, for those who speak with it themselves.
   *
   * @throws {UsageError} as {@linkcode current} does.
   */
  async openTransport(options: { signal?: AbortSignal } = {}): Promise<Transport> {
    const target = await this.#target(options.signal);
    const url = isAddress(target) ? target : await this.#resolve(target, options.signal);
    return await openTransport(url, this.#schemes, options);
  }

  async #target(signal?: AbortSignal): Promise<string> {
    return this.#chosen ?? this.#remembered ?? this.#environment.defaultDevice() ??
      await this.#onlyOne(signal);
  }

  /** The name of a board: that of a simulated board, else its UID, else its address. */
  async nameOf(device: Device, options: { signal?: AbortSignal } = {}): Promise<string> {
    return this.#name(device.url, await device.identity(options));
  }

  #name(url: string, identity: Identity): string {
    const { scheme, host } = parseAddress(url);
    return (scheme === "sim" ? host : identity.uid) || url;
  }

  /** Asks every address that a board may be at, all at once. */
  async discover(options: { signal?: AbortSignal } = {}): Promise<Survey> {
    if (this.connected?.lost) await this.disconnect();
    const candidates = await this.#candidates();
    const results = await Promise.all(
      candidates.map((candidate) => this.#probe(candidate, options.signal)),
    );
    const found = results.filter((result) => "name" in result);
    this.#known = found;
    return { found, unusable: results.filter((result) => "error" in result) };
  }

  /** Where boards may be: one address for each line, the connected one as it was connected. */
  async #candidates(): Promise<Candidate[]> {
    const connected = this.connected ? [this.connected.url] : [];
    const usb = new Map(
      (await listUsbPorts()).map((port) => [
        `serial://${port.path}`,
        port.description ?? `USB device ${port.vendor}:${port.product}`,
      ]),
    );
    const running = [...this.#schemes.values()].flatMap((scheme) => scheme.list?.() ?? []);
    const candidates = new Map<string, Candidate>();
    for (const url of [...connected, ...usb.keys(), ...this.#environment.ports(), ...running]) {
      // What is no address is asked as well, so that the answer tells why it cannot be.
      const line = await lineOf(url, this.#schemes).catch(() => url);
      if (candidates.has(line)) continue;
      const description = usb.get(url);
      candidates.set(line, { url, line, ...(description !== undefined && { description }) });
    }
    return [...candidates.values()];
  }

  async #probe(
    { url, line, description }: Candidate,
    signal?: AbortSignal,
  ): Promise<Found | Unusable> {
    try {
      const identity = this.#connected?.line === line
        ? await this.#connected.device.identity(signal && { signal })
        : await this.#ask(url, signal);
      return { ...identity, name: this.#name(url, identity), url };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof IotError)) throw error;
      return { url, error, ...(description !== undefined && { description }) };
    }
  }

  /** Who is at an address, asked over a connection of its own. */
  async #ask(url: string, signal?: AbortSignal): Promise<Identity> {
    return await withDeadline(PROBE_DEADLINE_MS, async (signal) => {
      await using transport = await openTransport(url, this.#schemes, { signal });
      // A board that does not answer is not worth a farewell: closing ends whatever waits for it.
      const hangUp = () => void transport.close();
      signal.addEventListener("abort", hangUp, { once: true });
      try {
        await using device = await Device.attach(transport, { signal });
        return await device.identity({ signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", hangUp);
      }
    }, {
      ...(signal && { signal }),
      error: () =>
        new TransportError(
          "timeout",
          url,
          `No board answered at ${url} within ${PROBE_DEADLINE_MS / 1_000} s.`,
        ),
    });
  }

  /** The address of the board with this name or UID; looks around when it is not known yet. */
  async #resolve(nameOrUid: string, signal?: AbortSignal): Promise<string> {
    const matches = ({ name, uid }: Found) => name === nameOrUid || uid === nameOrUid;
    const known = this.#known.find(matches) ??
      (await this.discover(signal ? { signal } : {})).found.find(matches);
    if (known) return known.url;
    throw new UsageError(`No device "${nameOrUid}" found. ${this.#listKnown()}`);
  }

  async #onlyOne(signal?: AbortSignal): Promise<string> {
    const { found, unusable } = await this.discover(signal ? { signal } : {});
    const busy = unusable.filter(({ error }) =>
      error instanceof TransportError && error.code === "busy"
    );
    // A board that somebody else uses just now may be the one that is meant.
    if (found.length === 1 && busy.length > 0) {
      const urls = busy.map(({ url }) => url).join(", ");
      throw new UsageError(
        `No device is connected, and ${urls} is in use by another program. ${this.#listKnown()}`,
      );
    }
    if (found.length === 1) return found[0].url;
    throw new UsageError(
      found.length === 0
        ? `No device is connected and none was found. ${NO_BOARD_HINT}`
        : `No device is connected and ${found.length} were found. ${this.#listKnown()}`,
    );
  }

  #listKnown(): string {
    if (this.#known.length === 0) return NO_BOARD_HINT;
    const names = this.#known.map(({ name, url }) => `${name} (${url})`).join(", ");
    return `Say which one to use: ${names}.`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }
}

/** What someone without a board can do. */
export const NO_BOARD_HINT = "Plug in a board, or try a simulated one: sim://demo";
