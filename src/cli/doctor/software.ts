/** Python and Jupyter on this computer. Boards can do without; notebooks and `%%host` cannot. */

import { readKernelspecs } from "@/jupyter/kernelspecs.ts";
import { type Check, type Finding, fine, type Scene } from "./check.ts";

/** What Python is asked: its version, and those of the packages that we know to use. */
const QUESTION = `import importlib.metadata as m, json, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return None
names = "ipython", "jupyter_core", "jupyterlab", "notebook"
print(json.dumps([sys.version.split()[0], *map(version, names)]))`;

/** The host's Python, which runs `%%host`, and IPython and Jupyter in it. */
export const python: Check = {
  name: "python",
  title: "Python",
  async run(scene) {
    const program = pythonOf(scene);
    const said = await scene.run(program, ["-c", QUESTION]);
    const versions = said?.code === 0 ? readVersions(said.stdout) : undefined;
    if (versions === undefined) {
      return [{
        verdict: "warn",
        text: `"${program}" does not start: cells cannot run on this computer.`,
        remedy: "sudo apt install python3 python3-venv, or set IOT_PYTHON",
      }];
    }
    const [version, ipython, jupyter, lab, notebook] = versions;
    const findings: Finding[] = [fine(`${program} is Python ${version}.`)];
    const install = (what: string) => `"${program}" -m pip install ${what}`;
    findings.push(
      ipython === null
        ? {
          verdict: "warn",
          text: "IPython is not there: the host's own magics, such as %timeit, need it.",
          remedy: install("ipython"),
        }
        : fine(`IPython ${ipython} is there for the host's own magics.`),
    );
    if (
      (lab ?? notebook ?? jupyter) === null &&
      await scene.run("jupyter", ["--version"]) === undefined
    ) {
      const text = "Jupyter is not there: there is nothing to open notebooks with.";
      findings.push({ verdict: "warn", text, remedy: install("jupyterlab") });
    }
    return findings;
  },
};

/** Settings that cannot be used are another check's. */
function pythonOf({ environment }: Scene): string {
  try {
    return environment.python();
  } catch {
    return "python3";
  }
}

function readVersions(text: string): (string | null)[] | undefined {
  try {
    const versions: unknown = JSON.parse(text);
    return Array.isArray(versions) && versions.length === 5 ? versions : undefined;
  } catch {
    return undefined;
  }
}

/** Whether Jupyter's entries for this kernel start a program that is there. */
export const kernelspec: Check = {
  name: "kernelspec",
  title: "Jupyter kernel",
  async run({ environment, root, launcher }) {
    const found = await readKernelspecs({
      variables: (name) => environment.raw(name),
      root,
    });
    if (found.length === 0) {
      const text = "Jupyter does not know the kernel IoT yet.";
      return [{ verdict: "warn", text, remedy: "iot install" }];
    }
    return await Promise.all(found.map(async ({ directory, argv }): Promise<Finding> => {
      const [program = ""] = argv;
      const remedy = "install it again: iot install, with the options of the first time";
      const stat = await Deno.stat(program).catch(() => undefined);
      if (!stat?.isFile || (Deno.build.os !== "windows" && ((stat.mode ?? 0) & 0o111) === 0)) {
        return {
          verdict: "fail",
          text: `${directory} starts "${program}", which is no program.`,
          remedy,
        };
      }
      if (JSON.stringify(argv.slice(0, launcher.length)) !== JSON.stringify(launcher)) {
        const text = `${directory} starts another iot than this one, "${program}".`;
        return { verdict: "warn", text, remedy };
      }
      return fine(`${directory} starts this program.`);
    }));
  },
};
