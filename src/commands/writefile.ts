/** `%%writefile`: the cell as a file of this computer. Works without Python. */

import { UsageError } from "@/base/errors.ts";
import { defineCellMagic } from "./command.ts";

/** `%%writefile`. Its words are IPython's. */
export const writefileCell = defineCellMagic<{ append: boolean; filename: string }>({
  name: "writefile",
  summary: "Write the cell to a file of this computer",
  group: "host",
  arguments(parser) {
    parser.add_argument("-a", "--append", {
      action: "store_true",
      help: "append to the file instead of overwriting it",
    });
    parser.add_argument("filename", { metavar: "FILE", help: "file to write" });
  },
  async run({ body, sink, directory, environment }, { append, filename }) {
    const path = directory.resolve(filename);
    if (body === "") {
      // As IPython does: what was left out by mistake shall not cost a file.
      throw new UsageError(
        `%%writefile has no lines below it: nothing is written to "${path}". For an empty file, use ` +
          "!touch FILE.",
      );
    }
    const isThere = await Deno.stat(path).then(() => true, () => false);
    const did = !isThere ? "Writing" : append ? "Appending to" : "Overwriting";
    try {
      await Deno.writeTextFile(path, `${body.replace(/\n$/, "")}\n`, { append });
    } catch (cause) {
      throw new UsageError(`Cannot write "${path}": ${reasonOf(cause)}.`, { cause });
    }
    await sink.write("stdout", `${did} ${environment.expand(filename)}\n`);
  },
});

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such directory";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
