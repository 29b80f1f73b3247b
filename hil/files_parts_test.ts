/** What is left of uploads that did not come to an end. */

import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { discardParts } from "@/device/files/changes.ts";
import { partOf } from "@/device/files/part_name.ts";
import { wantedFile, withSimulatedFiles } from "./files_testing.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("parts of files are removed, but for one that is whole and whose file is gone", async () => {
  await withSimulatedFiles({ pty: true }, async ({ device }) => {
    const files = await Promise.all([
      wantedFile("/broken.txt", encode("whole")),
      wantedFile("/replaced.txt", encode("whole")),
      wantedFile("/there.txt", encode("whole")),
      wantedFile("/none.txt", encode("whole")),
    ]);
    const write = (path: string, text: string) =>
      `with open('${path}', 'w') as f: n = f.write('${text}')\n`;
    await device.evaluate(
      write(partOf("/broken.txt"), "who") + write(partOf("/replaced.txt"), "whole") +
        write(partOf("/there.txt"), "whole") + write("/there.txt", "old"),
    );
    await discardParts(device, files, {});
    const left = await device.evaluate("import os\nfor n in sorted(os.listdir('/')): print(n)");
    assertEquals(left.trim().split("\n"), [partOf("/replaced.txt").slice(1), "there.txt"]);
  });
});
