/** `%%connect`: the same cell on several boards, one after the other or all at once. */

import { UsageError } from "@/base/errors.ts";
import { defineCellMagic } from "./command.ts";

/** What `%%connect` is told. */
export interface ConnectArguments {
  readonly quiet: boolean;
  readonly all: boolean;
  readonly host: boolean;
  readonly parallel: boolean;
  readonly names: string[];
}

/** `%%connect`. */
export const connectCell = defineCellMagic<ConnectArguments>({
  name: "connect",
  summary: "Run the cell on several devices",
  group: "run",
  arguments(parser) {
    parser.add_argument("-q", "--quiet", { action: "store_true", help: "do not print headers" });
    parser.add_argument("--all", { action: "store_true", help: "run on all devices found" });
    parser.add_argument("--host", {
      action: "store_true",
      help: "run on this computer, too, first",
    });
    parser.add_argument("-p", "--parallel", {
      action: "store_true",
      help: "run on all at the same time; outputs are shown one after the other",
    });
    parser.add_argument("names", { nargs: "*", metavar: "NAME", help: "name, UID or URL" });
  },
  async run(context, { quiet, all, host, parallel, names }) {
    if (!all && !host && names.length === 0) {
      throw new UsageError("Say where the cell shall run: names of devices, --all or --host.");
    }
    const { runOnBoards } = await import("./connect_stages.ts");
    return await runOnBoards({ quiet, all, host, parallel, names }, context);
  },
});
