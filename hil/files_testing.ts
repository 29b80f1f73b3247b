/** A board with its files open, for tests of how files get there and back. */

import { Device } from "@/device/device.ts";
import type { BoardFiles, WantedFile } from "@/device/files/board_files.ts";
import { openBoardFiles } from "@/device/files/open_board_files.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import type { Transport } from "@/transport/transport.ts";
import { startBoards } from "../mocks/sim.ts";
import type { SimulationOptions } from "../mocks/sim_options.ts";

/** What a test has in hand. */
export interface FilesDesk {
  readonly files: BoardFiles;
  readonly device: Device;
  /** Bytes on the line so far, both ways. */
  wireBytes(): number;
}

/** The password of simulated boards; see mocks/README.md. */
const PASSWORD = "simulated";

/** Connects to `url` for as long as `work` takes. */
export async function withFiles(url: string, work: (desk: FilesDesk) => Promise<void>) {
  const counted = count(
    await openTransport(url, BUILT_IN_SCHEMES, { secret: () => Promise.resolve(PASSWORD) }),
  );
  await using device = await Device.attach(counted.transport);
  await device.identity();
  await work({ files: openBoardFiles(device), device, wireBytes: () => counted.bytes });
}

/** Starts one simulated board, and connects to its first address. */
export async function withSimulatedFiles(
  options: Omit<SimulationOptions, "names">,
  work: (desk: FilesDesk) => Promise<void>,
) {
  await using simulation = await startBoards({ names: ["files"], ...options });
  await withFiles(simulation.boards[0].addresses[0], work);
}

/** A file to be on a board. */
export async function wantedFile(path: string, content: Uint8Array): Promise<WantedFile> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(content));
  const read = () => Promise.resolve(content);
  return { path, size: content.length, sha256: new Uint8Array(digest), read };
}

/** Bytes that no packing makes smaller, the same for the same seed. */
export function randomBytes(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    // xorshift32 (Marsaglia, "Xorshift RNGs").
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

function count(transport: Transport) {
  const counted = { bytes: 0, transport };
  counted.transport = new Proxy(transport, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        if (key === "write") counted.bytes += (args[0] as Uint8Array).length;
        const result = await value.apply(target, args);
        if (key === "read") counted.bytes += (result as Uint8Array).length;
        return result;
      };
    },
  });
  return counted;
}
