/** `rsync --watch`: syncs whenever a file is saved, until it is interrupted. */

import { IotError } from "@/base/errors.ts";
import { Watch } from "@/sync/watch.ts";
import type { Context } from "./command.ts";
import { syncBoard, type Synced, type SyncOptions } from "./sync_board.ts";

/**
 * Syncs now, and again when something is saved.
 *
 * @throws {IotError} when the first sync fails; later ones say so and wait for the next time.
 * @throws the signal's reason: it ends in no other way.
 */
export async function syncOnSave(context: Context, options: SyncOptions): Promise<never> {
  const { signal, sink } = context;
  const first = await syncNow(context, options);
  if (first.steps.length === 0) await sink.write("stdout", "Directories match\n");
  await sink.status("Watching for files that are saved; interrupt to stop.", { final: true });
  for (let { sources } = first;;) {
    using watch = await Watch.start(sources);
    // What was saved before it began to watch would be missed.
    for (let same = true; same;) {
      const synced = await attempt(context, options);
      if (synced !== undefined && synced.sources.join("\n") !== sources.join("\n")) {
        sources = synced.sources;
        same = false;
      } else {
        // Another program may well have the board while nothing is to be done here.
        using _ = context.devices.rest();
        await watch.saved({ signal });
      }
    }
  }
}

async function syncNow(context: Context, options: SyncOptions): Promise<Synced> {
  return await syncBoard(await context.devices.current(context), context, options);
}

/** A file with a mistake, or a board that was unplugged: the next save may be better. */
async function attempt(context: Context, options: SyncOptions): Promise<Synced | undefined> {
  try {
    return await syncNow(context, options);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof IotError)) throw error;
    await context.sink.write("stderr", `${error.message}\n`);
  }
}
