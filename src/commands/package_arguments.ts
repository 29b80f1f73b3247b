/** What `pip` and `mip` have in common on their command lines. */

import type { ArgumentParser } from "argparse-types";

/** What they can do. */
export type PackageOperation = "install" | "list" | "show" | "freeze" | "uninstall";

const OPERATIONS: readonly PackageOperation[] = ["install", "list", "show", "freeze", "uninstall"];

/** The arguments that both have. */
export interface SharedArguments {
  readonly operation: PackageOperation;
  readonly packages: readonly string[];
  readonly target?: string;
  readonly upgrade: boolean;
  readonly force: boolean;
  readonly to_board: boolean;
}

/** Declares them. */
export function declareShared(parser: ArgumentParser, packagesHelp: string): void {
  parser.add_argument("operation", {
    choices: [...OPERATIONS],
    help: "what to do; install without packages brings back what the lock file names",
  });
  parser.add_argument("packages", { nargs: "*", metavar: "PACKAGE", help: packagesHelp });
  parser.add_argument("-t", "--target", {
    metavar: "DIR",
    help: "folder, below the first of IOT_LIBS, or below the board's lib with --to-board",
  });
  parser.add_argument("-U", "--upgrade", {
    action: "store_true",
    help: "take the newest version, whatever was locked",
  });
  parser.add_argument("-f", "--force", {
    action: "store_true",
    help: "overwrite files that are not the package's",
  });
  parser.add_argument("--to-board", {
    action: "store_true",
    help: "work on the microcontroller instead of the host's libraries",
  });
}
