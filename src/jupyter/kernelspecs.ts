/** The kernelspecs of ours that Jupyter finds on this computer. */

import { userDataDirectory, type Variables } from "./install.ts";
import template from "../../kernelspec/kernel.json" with { type: "json" };

/** One installed kernelspec. */
export interface InstalledKernelspec {
  readonly directory: string;
  /** The command line that Jupyter starts. */
  readonly argv: readonly string[];
}

/**
 * Those of ours, in the order in which Jupyter looks: jupyter_core's `paths.py`, `jupyter_path`.
 *
 * @param options `root` stands before the system's directories, in tests
 */
export async function readKernelspecs(
  { variables, root = "" }: { variables: Variables; root?: string },
): Promise<InstalledKernelspec[]> {
  const shares: string[] = [];
  try {
    shares.push(userDataDirectory(variables));
  } catch {
    // No home: nothing is installed there.
  }
  for (const name of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
    const prefix = variables(name);
    if (prefix !== undefined) shares.push(`${prefix}/share/jupyter`);
  }
  shares.push(...(variables("JUPYTER_PATH") ?? "").split(":").filter((path) => path !== ""));
  shares.push(`${root}/usr/local/share/jupyter`, `${root}/usr/share/jupyter`);
  const found: InstalledKernelspec[] = [];
  for (const share of new Set(shares)) found.push(...await readKernels(`${share}/kernels`));
  return found;
}

async function readKernels(directory: string): Promise<InstalledKernelspec[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) names.push(name);
  } catch {
    return []; // not there, or not for us to see
  }
  const found: InstalledKernelspec[] = [];
  for (const name of names.sort()) {
    const argv = await readArgv(`${directory}/${name}/kernel.json`);
    if (argv !== undefined) found.push({ directory: `${directory}/${name}`, argv });
  }
  return found;
}

/** The command line, if it ends as ours do. */
async function readArgv(path: string): Promise<string[] | undefined> {
  try {
    const { argv, display_name } = JSON.parse(await Deno.readTextFile(path));
    const ours = Array.isArray(argv) && display_name === template.display_name &&
      JSON.stringify(argv.slice(-template.argv.length)) === JSON.stringify(template.argv);
    return ours ? argv : undefined;
  } catch {
    return undefined;
  }
}
