/** Putting a part file in its place, if it holds what it should. */

import type { Device } from "../device.ts";
import { ask, type AskOptions } from "./ask.ts";
import type { BoardAbilities } from "./board_abilities.ts";
import { contentDigest } from "./content_digest.ts";
import { translated } from "./listing.ts";
import move from "./move.py" with { type: "text" };
import place from "./place.py" with { type: "text" };
import { pythonBytes, pythonString } from "./python_text.ts";
import walk from "./walk.py" with { type: "text" };

/** Whether it did, and is in its place now. */
export async function placePart(
  device: Device,
  { part, path, digest }: { part: string; path: string; digest: Uint8Array },
  { abilities, ...options }: Omit<AskOptions, "path"> & { readonly abilities: BoardAbilities },
): Promise<boolean> {
  const { python } = contentDigest(abilities);
  const call = `place(${pythonString(part)},${pythonString(path)},${pythonBytes(digest)})`;
  const program = { parts: [walk, python, move, place], call };
  const [answer] = await translated(
    path,
    "write",
    () => ask(device, program, { ...options, path }),
  );
  return answer === "placed";
}
