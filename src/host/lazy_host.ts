/** The host's Python until somebody needs it: most sessions never do. */

import type { Environment } from "@/config/environment.ts";
import type { HostComms, HostNames, HostPython } from "./host_python.ts";

/** Where Python works. */
export interface HostDirectory {
  /** Its absolute path. */
  readonly path: string;
  /** Goes to another one. */
  change(path: string): Promise<void>;
}

/** What the host's Python is made of. */
export interface HostOptions {
  readonly environment: Environment;
  /** Python works in it, and takes it along where it goes. */
  readonly directory: HostDirectory;
  /** The variables that it is started with, and has from the next cell on when they change. */
  variables(): Promise<Record<string, string>>;
}

/** A {@linkcode HostPython} whose code is loaded when it is first asked for something. */
export class LazyHost implements HostPython {
  readonly #options: HostOptions;
  #host: Promise<HostPython> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  async run(...args: Parameters<HostPython["run"]>) {
    return await (await this.#load()).run(...args);
  }

  async assign(...args: Parameters<HostPython["assign"]>) {
    await (await this.#load()).assign(...args);
  }

  async magics(...args: Parameters<HostPython["magics"]>) {
    return await (await this.#load()).magics(...args);
  }

  readonly comms: HostComms = {
    send: async (...args) => await (await this.#load()).comms.send(...args),
    info: async (...args) => await (await this.#load()).comms.info(...args),
    onStray: (listener) => {
      const loading = this.#load().then(({ comms }) => comms.onStray(listener));
      return { [Symbol.dispose]: () => void loading.then((added) => added[Symbol.dispose]()) };
    },
  };

  readonly names: HostNames = {
    complete: async (...args) => await (await this.#load()).names.complete(...args),
    inspect: async (...args) => await (await this.#load()).names.inspect(...args),
  };

  #load(): Promise<HostPython> {
    return this.#host ??= import("./one_host.ts").then(({ OneHost }) => new OneHost(this.#options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#host)?.[Symbol.asyncDispose]();
  }
}
