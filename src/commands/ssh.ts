/** `%%ssh`: the cell in a shell of another computer. */

import { defineCellMagic } from "./command.ts";
import type { OutputNames } from "./programs.ts";

/** What `%%ssh` is told. */
export interface SshArguments extends OutputNames {
  readonly port?: number;
  readonly destination: string;
  readonly options: string[];
}

/** `%%ssh`. */
export const sshCell = defineCellMagic<SshArguments>({
  name: "ssh",
  summary: "Run the cell in a shell of another computer, by ssh",
  group: "host",
  arguments(parser) {
    parser.add_argument("-p", "--port", { type: "int", metavar: "PORT", help: "ssh's port there" });
    parser.add_argument("--out", {
      metavar: "V",
      help: "variable of this computer's Python for what the cell prints",
    });
    parser.add_argument("--err", { metavar: "V", help: "the same for stderr" });
    parser.add_argument("destination", {
      metavar: "USER@HOST",
      help: "where to; also a name of ~/.ssh/config, or ssh://USER@HOST:PORT",
    });
    parser.add_argument("options", {
      nargs: "*",
      metavar: "OPTION",
      help: "further options of ssh's, behind two dashes: -- -J GATE -i FILE",
    });
  },
  async run(context, args) {
    const { runSshCell } = await import("./service_run.ts");
    return await runSshCell(context, args);
  },
});
