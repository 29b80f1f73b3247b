/** Commands about the notebook itself. */

import { defineCommand } from "./command.ts";

/** `%lsmagic`: all magics with their summaries. */
export const lsmagic = defineCommand({
  name: "lsmagic",
  summary: "List all magic functions.",
  group: "notebook",
  surfaces: ["notebook"],
  async run({ commands, cellMagics, sink }) {
    const lineMagics = commands.filter(({ surfaces }) => surfaces.includes("notebook"));
    await sink.write(
      "stdout",
      "Line Magic:    -h shows help (e.g. %discover -h)\n" + rows("%", lineMagics) +
        "\nCell Magic:    for the whole cell below it\n" + rows("%%", cellMagics),
    );
  },
});

function rows(
  sign: "%" | "%%",
  magics: readonly { readonly name: string; readonly summary: string }[],
): string {
  return magics
    .toSorted((a, b) => a.name < b.name ? -1 : 1)
    .map(({ name, summary }) => `  ${`${sign}${name}`.padEnd(12)} ${summary}\n`)
    .join("");
}
