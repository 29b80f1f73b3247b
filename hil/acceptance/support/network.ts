/**
 * Two network namespaces with a cable between, for tests of multicast and broadcast: nothing that
 * is said on it is heard anywhere else. Needs root.
 */

import { capture } from "../../../scripts/run.ts";

/** No command here takes this long. */
const DEADLINE_MS = 15_000;

/** Two computers on a network of their own. */
export interface Network extends AsyncDisposable {
  /** The command and arguments that run a program on the one or the other. */
  readonly here: readonly string[];
  readonly there: readonly string[];
  /** The other one's address. */
  readonly address: string;
  readonly broadcast: string;
}

/**
 * Makes the network.
 *
 * @throws {Error} that says what is missing.
 */
export async function makeNetwork(): Promise<Network> {
  if (Deno.uid() !== 0) {
    throw new Error(
      "This test makes network namespaces, which takes root. Run it as root, or by sudo.",
    );
  }
  const tag = crypto.randomUUID().slice(0, 6);
  const [here, there] = [`iot-here-${tag}`, `iot-there-${tag}`];
  const [cableHere, cableThere] = [`ih${tag}`, `it${tag}`];
  await using stack = new AsyncDisposableStack();
  for (const namespace of [here, there]) {
    await ip("netns", "add", namespace);
    stack.defer(() => ip("netns", "delete", namespace));
  }
  await ip(
    "link",
    "add",
    cableHere,
    "netns",
    here,
    "type",
    "veth",
    "peer",
    cableThere,
    "netns",
    there,
  );
  for (
    const [namespace, cable, address] of [
      [here, cableHere, "10.213.7.1"],
      [there, cableThere, "10.213.7.2"],
    ]
  ) {
    await ip("-n", namespace, "address", "add", `${address}/24`, "broadcast", "+", "dev", cable);
    for (const device of ["lo", cable]) await ip("-n", namespace, "link", "set", device, "up");
  }
  const kept = stack.move();
  return {
    here: ["ip", "netns", "exec", here],
    there: ["ip", "netns", "exec", there],
    address: "10.213.7.2",
    broadcast: "10.213.7.255",
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function ip(...args: string[]): Promise<void> {
  let result;
  try {
    result = await capture("ip", { args, timeoutMs: DEADLINE_MS });
  } catch (cause) {
    throw new Error("The program ip is missing. Install iproute2: deno task setup", { cause });
  }
  if (result.code === 0) return;
  throw new Error(
    `ip ${
      args.join(" ")
    } failed: ${result.stderr.trim()}. In a container it needs the capability ` +
      "CAP_SYS_ADMIN (docker run --privileged).",
  );
}
