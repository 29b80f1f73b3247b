/** `iot sim` in a process of its own. */

import { LineProcess } from "./lines.ts";
import { IOT } from "./product.ts";

/** Simulated boards that run until disposed. */
export interface Simulated extends AsyncDisposable {
  /** The addresses that it printed, by scheme. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly process: LineProcess;
}

/** Starts a board with these options, e.g. `--pty`. */
export function simulate(...options: string[]): Promise<Simulated> {
  return simulateBoard("desk", options);
}

/** Starts a board of this name, from which it has its UID. */
export async function simulateBoard(
  name: string,
  options: readonly string[],
): Promise<Simulated> {
  const process = new LineProcess(IOT, ["sim", name, ...options]);
  const count = Math.max(1, options.filter((option) => /^--(pty|tcp)/.test(option)).length);
  const addresses: Record<string, string> = {};
  for (let index = 0; index < count; index++) {
    const [, address] = (await process.line()).split(" ");
    addresses[address.split(":")[0]] = address;
  }
  return { addresses, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}
