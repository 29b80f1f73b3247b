/** Commands about the notebook itself. */

import { type Command, defineCommand } from "./command.ts";

/** `%lsmagic`: all magics with their summaries. */
export const lsmagic = defineCommand({
  name: "lsmagic",
  summary: "List all magic functions.",
  group: "notebook",
  surfaces: ["notebook"],
  async run({ commands, sink }) {
    const magics = commands
      .filter(({ surfaces }) => surfaces.includes("notebook"))
      .sort((a, b) => a.name < b.name ? -1 : 1);
    await sink.write("stdout", "Line Magic:    -h shows help (e.g. %discover -h)\n");
    for (const magic of magics) await sink.write("stdout", row(magic));
  },
});

function row({ name, summary }: Command): string {
  return `  ${`%${name}`.padEnd(12)} ${summary}\n`;
}
