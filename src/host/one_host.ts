/** The one Python of a session: IPython where there is one, else plain Python. */

import { UsageError } from "@/base/errors.ts";
import type { HostComms, HostNames, HostPython } from "./host_python.ts";
import type { HostOptions } from "./lazy_host.ts";

/** Starts when first used, and anew after it has died. */
export class OneHost implements HostPython {
  constructor(readonly options: HostOptions) {}

  run(): Promise<never> {
    return Promise.reject(new UsageError("Python on this computer is not supported yet."));
  }

  assign(): Promise<never> {
    return this.run();
  }

  magics(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  readonly comms: HostComms = {
    send: () => Promise.resolve(false),
    info: () => Promise.resolve({}),
    onStray: () => ({ [Symbol.dispose]: () => {} }),
  };

  readonly names: HostNames = {
    complete: () => Promise.resolve(undefined),
    inspect: () => Promise.resolve(undefined),
  };

  async [Symbol.asyncDispose](): Promise<void> {}
}
