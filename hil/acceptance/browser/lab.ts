/** JupyterLab as its users start it, with our kernel installed and a home of its own. */

import { within } from "@/base/deadline.ts";
import { IOT, iot, temporaryDirectory, venv } from "../support/product.ts";

/** A server starts in about 3 s on an idle machine; on a busy one this must do. */
const START_MS = 60_000;
/** How long it may take to end by itself, in milliseconds. */
const END_MS = 20_000;
/** The server wants one; anybody on this machine may know this one. */
const TOKEN = "for-a-test";

/** A running JupyterLab. */
export interface Lab extends AsyncDisposable {
  /** What to open in a browser. */
  readonly url: string;
  /** The folder that it shows. */
  readonly root: string;
}

/**
 * Installs the kernel by `iot install` and starts JupyterLab.
 *
 * @param notebooks texts of notebooks to lay into its folder, by file name
 */
export async function startLab(
  notebooks: Readonly<Record<string, string>> = {},
): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await temporaryDirectory()).path;
  const { code, stderr } = await iot(["install", "--prefix", home]);
  if (code !== 0) throw new Error(`${IOT} install failed: ${stderr}`);
  const root = `${home}/notebooks`;
  await Deno.mkdir(root);
  for (const [name, text] of Object.entries(notebooks)) {
    await Deno.writeTextFile(`${root}/${name}`, text);
  }
  await disableNews(home);
  await disableRenaming(home);

  const child = new Deno.Command(await venv("jupyter"), {
    args: [
      ...["lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"],
      ...[`--IdentityProvider.token=${TOKEN}`, `--ServerApp.root_dir=${root}`],
      // It would look for news and for updates.
      "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ],
    cwd: root,
    env: {
      HOME: home,
      JUPYTER_PATH: `${home}/share/jupyter`,
      JUPYTER_CONFIG_DIR: `${home}/config`,
      JUPYTER_DATA_DIR: `${home}/data`,
      JUPYTER_RUNTIME_DIR: `${home}/runtime`,
      JUPYTERLAB_SETTINGS_DIR: `${home}/settings`,
      JUPYTERLAB_WORKSPACES_DIR: `${home}/workspaces`,
      XDG_DATA_HOME: `${home}/data`,
      IOT_PORTS: "",
      IOT_DEVICE: "",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new Log(child.stderr);
  stack.defer(async () => {
    child.kill("SIGTERM");
    if (!await within(END_MS, child.status)) child.kill("SIGKILL");
    await child.status;
    await log.ended;
  });
  const port = await log.find(/http:\/\/127\.0\.0\.1:(\d+)\/lab/, START_MS);
  const lifetime = stack.move();
  return {
    url: `http://127.0.0.1:${port}/lab?token=${TOKEN}&reset`,
    root,
    [Symbol.asyncDispose]: () => lifetime.disposeAsync(),
  };
}

async function disableNews(home: string): Promise<void> {
  await Deno.mkdir(`${home}/config/labconfig`, { recursive: true });
  const disabled = { "@jupyterlab/apputils-extension:announcements": true };
  const config = JSON.stringify({ disabledExtensions: disabled });
  await Deno.writeTextFile(`${home}/config/labconfig/page_config.json`, config);
}

/** It would ask for a name when a new notebook is first saved. */
async function disableRenaming(home: string): Promise<void> {
  const folder = `${home}/settings/@jupyterlab/docmanager-extension`;
  await Deno.mkdir(folder, { recursive: true });
  const settings = JSON.stringify({ renameUntitledFileOnSave: false });
  await Deno.writeTextFile(`${folder}/plugin.jupyterlab-settings`, settings);
}

/** What a server logs, read all the time so that it never waits for a reader. */
class Log {
  #text = "";
  #more = Promise.withResolvers<void>();
  /** Resolves when the server has closed it. */
  readonly ended: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#follow(stream);
  }

  /** Waits for a line that matches, and returns its first group. */
  async find(pattern: RegExp, withinMs: number): Promise<string> {
    const end = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match) return match[1];
      if (!await within(Math.max(0, end - performance.now()), this.#more.promise)) {
        throw new Error(`JupyterLab did not start within ${withinMs} ms. It said:\n${this.#text}`);
      }
    }
  }

  async #follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
    this.#more.resolve();
  }
}
