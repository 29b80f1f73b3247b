/** Finds the Deno runtime that a packed executable carries. */

import { need } from "../run.ts";
import type { Target } from "./targets.ts";

const FETCH_TIMEOUT_MS = 10 * 60_000;

/**
 * The Deno executable for `target`, of the version that runs this script: the very one that runs
 * it, or for another platform the one that npm serves.
 *
 * @throws {RunError} when it cannot be fetched.
 */
export async function runtimeFor(target: Target): Promise<Uint8Array<ArrayBuffer>> {
  if (target.triple === Deno.build.target) return await Deno.readFile(Deno.execPath());

  const specifier = `npm:${target.npmPackage}@${Deno.version.deno}`;
  // A folder without configuration, so that nothing of ours is resolved along with it.
  const cwd = await Deno.makeTempDir({ prefix: "iot-runtime-" });
  try {
    await need(Deno.execPath(), {
      args: ["cache", "-q", "--no-config", "--no-lock", specifier],
      cwd,
      timeoutMs: FETCH_TIMEOUT_MS,
    });
    const info = JSON.parse(
      await need(Deno.execPath(), { args: ["info", "--json"], cwd, timeoutMs: 60_000 }),
    );
    return await readCached(info.npmCache, `${target.npmPackage}/${Deno.version.deno}/deno`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Reads `path` below whichever registry's folder has it. */
async function readCached(npmCache: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  for await (const registry of Deno.readDir(npmCache)) {
    try {
      return await Deno.readFile(`${npmCache}/${registry.name}/${path}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`Deno fetched ${path}, but it is not below ${npmCache}.`);
}
