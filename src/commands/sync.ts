/** Commands that make a board what its configuration says. Their work is loaded when called. */

import { UsageError } from "@/base/errors.ts";
import { defineCommand } from "./command.ts";

const UPDATE_HELP = "leave files alone that no resource brings, and report none";

/** `%rdiff`: what a sync would do. */
export const rdiff = defineCommand<{ update: boolean }>({
  name: "rdiff",
  summary: "Show differences between microcontroller and host directories",
  group: "sync",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-u", "--update", { action: "store_true", help: UPDATE_HELP });
  },
  async run(context, { update }) {
    const { syncCurrent } = await import("./sync_board.ts");
    await syncCurrent(context, { updateOnly: update, dryRun: true });
  },
});

interface RsyncArguments {
  readonly update: boolean;
  readonly dry_run: boolean;
  readonly watch: boolean;
  readonly all: boolean;
}

/** `%rsync`: makes the board what its configuration says. */
export const rsync = defineCommand<RsyncArguments>({
  name: "rsync",
  summary: "Synchronize microcontroller to host directories",
  group: "sync",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("-u", "--update", {
      action: "store_true",
      help: "upload only: delete no files that no resource brings, and report none",
    });
    parser.add_argument("-n", "--dry-run", {
      action: "store_true",
      help: "only show what would be done",
    });
    parser.add_argument("--watch", {
      action: "store_true",
      help: "go on, and sync again whenever a file is saved",
    });
    parser.add_argument("--all", { action: "store_true", help: "sync all devices found, at once" });
  },
  async run(context, { update, dry_run, watch, all }) {
    if (watch && (all || dry_run)) {
      throw new UsageError(
        `--watch cannot be used with ${all ? "--all" : "-n"}: run it for one board, to sync it.`,
      );
    }
    const options = { updateOnly: update, dryRun: dry_run };
    const { syncAll, syncCurrent } = await import("./sync_board.ts");
    if (all) return await syncAll(context, options);
    if (!watch) return await syncCurrent(context, options);
    const { syncOnSave } = await import("./sync_watch.ts");
    await syncOnSave(context, options);
  },
});
