/** What `iot --help` prints; derived from the list of commands. */

import type { Command, Group } from "@/commands/command.ts";

/** Headings in their order, by group. */
const HEADINGS: readonly [Group, string][] = [
  ["devices", "Devices"],
  ["run", "Run code"],
  ["reset", "Reset"],
  ["time", "Time"],
  ["files", "Files"],
  ["sync", "Synchronise"],
  ["host", "The host"],
  ["notebook", "Jupyter"],
  ["shell", "This program"],
];

/** The text of `iot --help`. */
export function overview(commands: readonly Command[]): string {
  const lines = [
    "usage: iot [-h] [--version] [-d DEVICE] COMMAND ...",
    "",
    "Work with microcontrollers that run MicroPython: from Jupyter, the shell and a test rig.",
    "",
    "  -d, --device DEVICE  device to use: its name, UID or URL",
  ];
  for (const [group, heading] of HEADINGS) {
    const rows = commands.filter((command) =>
      command.group === group && command.surfaces.includes("shell")
    );
    if (rows.length === 0) continue;
    lines.push("", `${heading}:`);
    for (const { name, summary } of rows) lines.push(`  ${name.padEnd(12)} ${summary}`);
  }
  lines.push("", "iot COMMAND -h tells more about a command.", "");
  return lines.join("\n");
}
