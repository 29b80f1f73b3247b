/** What is known of where boards are, without asking any of them: that would stop its program. */

import { schemeOf } from "./found.ts";
import { candidateLine } from "./candidates.ts";
import type { OtherBoardError } from "./connection.ts";
import type { Surroundings } from "./survey.ts";
import { uniqueUsbKey, type UsbPort } from "./usb.ts";
import { isAdapter } from "./vendors.ts";

/** A USB port, and who was last seen there. */
interface KnownPort {
  readonly port: UsbPort;
  readonly line: string;
  readonly key: string;
  readonly uid: string | undefined;
}

/** Where the board with a certain UID is, and where others are. */
export class Whereabouts {
  readonly #around: Surroundings;
  readonly #uid: string;
  /** Lines where another board answered, which is not asked again before the ports change. */
  readonly #others = new Set<string>();

  constructor(around: Surroundings, uid: string) {
    this.#around = around;
    this.#uid = uid;
  }

  /** The ports where the board's USB device is plugged in, as addresses. */
  async ports(): Promise<string[]> {
    return (await this.#known()).filter(({ uid }) => uid === this.#uid)
      .map(({ port }) => `serial://${port.path}`);
  }

  /** Whether another board is at an address, as far as is known. */
  async isOthers(url: string): Promise<boolean> {
    if (schemeOf(url) !== "serial") return false;
    const line = await candidateLine(url, this.#around.reach.schemes);
    if (this.#others.has(line)) return true;
    const there = (await this.#known()).find((known) => known.line === line)?.uid;
    return there !== undefined && there !== this.#uid;
  }

  /**
   * The lines where other boards are known, of adapters or of boards with USB of their own. An
   * adapter keeps its serial number when it is put on another board.
   */
  async othersAt(kind: "adapters" | "boards"): Promise<ReadonlySet<string>> {
    const others = (await this.#known()).filter(({ port, uid }) =>
      isAdapter(port.vendor) === (kind === "adapters") && uid !== undefined && uid !== this.#uid
    );
    return new Set(others.map(({ line }) => line));
  }

  /** Notes that another board answered at an address. */
  async note({ address, identity }: OtherBoardError): Promise<void> {
    const { met, known, reach } = this.#around;
    const line = await candidateLine(address, reach.schemes);
    this.#others.add(line);
    met.set(line, identity);
    const key = (await this.#known()).find((port) => port.line === line)?.key;
    if (key !== undefined) await known.remember([[key, identity]]);
  }

  /** Ports have come or gone: another board may be where one has been. */
  portsChanged(): void {
    this.#others.clear();
  }

  async #known(): Promise<KnownPort[]> {
    const { known, sources, reach } = this.#around;
    await known.load();
    const ports = await sources.listUsbPorts();
    return await Promise.all(ports.flatMap((port) => {
      const key = uniqueUsbKey(port, ports);
      if (key === undefined) return [];
      const line = candidateLine(`serial://${port.path}`, reach.schemes);
      return [line.then((line) => ({ port, line, key, uid: known.at(key)?.uid }))];
    }));
  }
}
