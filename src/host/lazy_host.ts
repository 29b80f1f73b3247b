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

type Listener = Parameters<HostComms["onStray"]>[0];

/** A {@linkcode HostPython} whose code is loaded when it is first asked for something. */
export class LazyHost implements HostPython {
  readonly #options: HostOptions;
  #host: Promise<HostPython> | undefined;
  /** Who listens to comms, each with a way to take that back once there is something to listen to. */
  readonly #listeners = new Map<Listener, Promise<Disposable> | undefined>();

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

  /** Front ends ask and tell much when a notebook is opened: nothing is loaded for that. */
  readonly comms: HostComms = {
    send: async (...args) => await (await this.#host)?.comms.send(...args) ?? false,
    info: async (...args) => await (await this.#host)?.comms.info(...args) ?? {},
    onStray: (listener) => {
      this.#listeners.set(listener, this.#host?.then(({ comms }) => comms.onStray(listener)));
      return {
        [Symbol.dispose]: () => {
          this.#listeners.get(listener)?.then((added) => added[Symbol.dispose]());
          this.#listeners.delete(listener);
        },
      };
    },
  };

  readonly names: HostNames = {
    complete: async (code, cursor, options) =>
      await (await this.#loaded(options))?.names.complete(code, cursor, options),
    inspect: async (code, cursor, options) =>
      await (await this.#loaded(options))?.names.inspect(code, cursor, options),
  };

  #loaded({ start }: { readonly start: boolean }): Promise<HostPython> | undefined {
    return start ? this.#load() : this.#host;
  }

  #load(): Promise<HostPython> {
    return this.#host ??= import("./one_host.ts").then(({ OneHost }) => {
      const host = new OneHost(this.#options);
      for (const listener of this.#listeners.keys()) {
        this.#listeners.set(listener, Promise.resolve(host.comms.onStray(listener)));
      }
      return host;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#host)?.[Symbol.asyncDispose]();
  }
}
