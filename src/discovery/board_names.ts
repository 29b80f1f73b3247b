/** Boards' names: what device files call them. */

import type { Environment } from "@/config/environment.ts";
import { normalizeUid } from "@/config/uid.ts";
import type { Identity } from "@/device/device.ts";
import { parseAddress } from "@/transport/address.ts";

/** A board as a device file has it. */
export interface NamedBoard {
  readonly name: string;
  readonly uid?: string;
  readonly url?: string;
}

/** Looks boards' names up. */
export class BoardNames {
  readonly #environment: Environment;
  #boards: readonly NamedBoard[] = [];
  #problems: readonly string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Reads the device files, anew each time: people edit them while a kernel runs. What is wrong
   * with one of them hides no board of another.
   */
  async load(): Promise<void> {
    // Without a home directory there are none.
    if (this.#environment.raw("IOT_DEVICES") === undefined && !this.#environment.raw("HOME")) {
      return;
    }
    const { readDeviceFiles } = await import("@/config/device_files.ts");
    const { formatProblem } = await import("@/config/problem.ts");
    const { devices, problems } = await readDeviceFiles(this.#environment);
    this.#boards = devices;
    this.#problems = problems.map(formatProblem);
  }

  /** All boards that have a name. */
  get boards(): readonly NamedBoard[] {
    return this.#boards;
  }

  /** What is wrong with the device files, a line each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** The board called `text`, or with this UID. */
  find(text: string): NamedBoard | undefined {
    const uid = normalizeUid(text);
    return this.#boards.find(({ name }) => name === text) ??
      (uid === undefined ? undefined : this.#boards.find((board) => board.uid === uid));
  }

  /** What device files call the board with this UID. */
  named(uid: string): string | undefined {
    return uid === "" ? undefined : this.#boards.find((board) => board.uid === uid)?.name;
  }

  /** The name to show: the device file's, a simulated board's own, else the UID, else the address. */
  nameOf({ uid }: Pick<Identity, "uid">, url: string): string {
    const named = this.named(uid);
    if (named !== undefined) return named;
    const { scheme, host } = parseAddress(url);
    return (scheme === "sim" ? host : uid) || url;
  }
}
