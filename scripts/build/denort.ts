/** Whether `deno compile` can work here: it needs a base runtime, which it usually downloads. */

/** Long enough for a slow line, short enough to wait for where there is none. */
const PROBE_TIMEOUT_MS = 10_000;

/** Where a base runtime would come from, or why there is none. */
export type BaseRuntime =
  | { readonly available: true; readonly from: string }
  | { readonly available: false; readonly reason: string };

/** What {@linkcode findBaseRuntime} looks at, other than the real environment in its tests. */
export interface ProbeOptions {
  /** `deno info --json`'s `denoDir`. */
  denoDir: string;
  /** `$DENORT_BIN`. */
  denortBin?: string | undefined;
  /** Where Deno's releases are. */
  server?: string;
}

/** Looks for the base runtime for `triple` of the Deno that runs this script. */
export async function findBaseRuntime(
  triple: string,
  options: ProbeOptions,
): Promise<BaseRuntime> {
  if (options.denortBin) return { available: true, from: options.denortBin };

  // The names are those that `deno compile` prints when it downloads.
  const path = `release/v${Deno.version.deno}/denort-${triple}.zip`;
  const cached = `${options.denoDir}/dl/${path}`;
  try {
    await Deno.stat(cached);
    return { available: true, from: cached };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }

  const url = `${options.server ?? "https://dl.deno.land"}/${path}`;
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const response = await fetch(url, { method: "HEAD", signal });
    await response.body?.cancel();
    if (response.ok) return { available: true, from: url };
    return { available: false, reason: `${url} answers ${response.status}` };
  } catch (error) {
    const { message, cause } = error as Error;
    return { available: false, reason: `${url}: ${cause ?? message}` };
  }
}
