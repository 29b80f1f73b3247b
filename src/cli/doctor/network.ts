/** Boards by air, and boards of other computers. */

import { type Check, fine, processes, type Scene } from "./check.ts";

/** Whether boards can announce themselves to this computer. */
export const network: Check = {
  name: "network",
  title: "Network",
  run() {
    const reachable = Deno.networkInterfaces().filter(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.")
    );
    if (reachable.length === 0) {
      const text = "No network: boards by air cannot be found. Those on cables can.";
      return Promise.resolve([{ verdict: "warn", text, remedy: "connect to the boards' network" }]);
    }
    const list = reachable.map(({ name, address }) => `${name} ${address}`).join(", ");
    return Promise.resolve([fine(`Boards that announce themselves (mDNS) are heard on ${list}.`)]);
  },
};

/** Whether this computer's ports are offered to others. */
export const ser2net: Check = {
  name: "ser2net",
  title: "Shared ports",
  async run(scene) {
    if (!(await processes(scene)).has("ser2net")) {
      return [fine("ser2net does not run. It is needed only to share this computer's ports.")];
    }
    if (hasPorts(scene)) return [fine("ser2net runs, and IOT_PORTS names further ports.")];
    return [fine(
      "ser2net runs. For discovery to find its boards, name them in IOT_PORTS: rfc2217://HOST:PORT.",
    )];
  },
};

/** Settings that cannot be used are another check's. */
function hasPorts({ environment }: Scene): boolean {
  try {
    return environment.ports().length > 0;
  } catch {
    return false;
  }
}
