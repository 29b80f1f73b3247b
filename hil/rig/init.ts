/** Writes a bench file from the boards that are connected. */

import { UsageError } from "@/base/errors.ts";
import type { Boards } from "@/discovery/boards.ts";
import { NO_BOARD_HINT } from "@/discovery/found.ts";
import { listUsbPorts, type UsbPort } from "@/discovery/usb.ts";

/** A board that answered. */
export interface FoundBoard {
  readonly name: string;
  readonly url: string;
  /** Empty where it has none. */
  readonly uid: string;
}

/** Where boards are looked for, and where to the file goes. */
export interface InitOptions {
  readonly path: string;
  readonly devices: Boards;
  readonly signal: AbortSignal;
}

/**
 * Writes the file, and returns how many boards are in it.
 *
 * @throws {UsageError} when there is such a file already, or no board.
 */
export async function initBench({ path, devices, signal }: InitOptions): Promise<number> {
  const { found } = await devices.discover({ signal, probeAll: true });
  const boards = found.filter(({ url, uid }) => uid !== "" || !url.startsWith("sim:"));
  if (boards.length === 0) {
    throw new UsageError(
      `No board was found. ${NO_BOARD_HINT} A bench of boards without hardware is docs/hil.md's first.`,
    );
  }
  const text = benchText(boards, await listUsbPorts());
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new UsageError(`"${path}" is there already. --bench FILE names another.`, { cause });
  }
  return new Set(boards.map(({ uid, url }) => uid || url)).size;
}

/** The file's text: each board once, by its UID, with what a person would want to know of it. */
export function benchText(boards: readonly FoundBoard[], ports: readonly UsbPort[]): string {
  const lines = [
    "# The boards of this rig. What can be said of each: docs/hil.md.",
    "boards:",
  ];
  const names = new Set<string>();
  const rows = Map.groupBy(boards, ({ uid, url }) => uid || url);
  for (const [, [board, ...others]] of rows) {
    const { name, url, uid } = board;
    const port = ports.find(({ path }) => `serial://${path}` === url);
    if (port !== undefined) lines.push(`  # ${describe(port)}`);
    lines.push(`  ${unique(plainName(name, uid), names)}:`);
    lines.push(uid === "" ? `    url: ${url}` : `    uid: "${uid}"`);
    const transports = others.map((other) => other.url).filter((other) =>
      /^(wss?|mp):/.test(other)
    );
    if (transports.length > 0) lines.push(`    transports: [${transports.join(", ")}]`);
  }
  return lines.join("\n") + "\n";
}

/** A name as bench files take it; a board that has none is called by the end of its UID. */
function plainName(name: string, uid: string): string {
  const plain = name.replace(/[^\p{L}\p{N}_.-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  if (name !== uid && plain !== "") return plain;
  return uid === "" ? "board" : `board-${uid.replaceAll(":", "").slice(-6)}`;
}

function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  taken.add(free);
  return free;
}

function describe({ description, vendor, product, serialNumber, location }: UsbPort): string {
  const parts = [description, `${vendor}:${product}`, serialNumber, location && `at ${location}`];
  return parts.filter((part) => part !== undefined).join(", ");
}
