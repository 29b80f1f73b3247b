/** What a CircuitPython board needs while it is connected. */

import type { Device } from "./device.ts";
import holdReloadsCode from "./hold_reloads.py" with { type: "text" };

/**
 * Keeps the board from starting afresh when a file changes, which would lose all variables.
 *
 * @returns the code that puts its setting back; empty where it is off already, or cannot be set
 */
export async function holdReloads(
  device: Device,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const before = (await device.evaluate(holdReloadsCode, options)).trim();
  switch (before) {
    case "runtime":
      return "import supervisor\nsupervisor.runtime.autoreload = True\ndel supervisor\n";
    case "supervisor": // CircuitPython 7 and older
      return "import supervisor\nsupervisor.enable_autoreload()\ndel supervisor\n";
    default:
      return "";
  }
}
