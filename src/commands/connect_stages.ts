/** Runs one cell in several places, for `%%connect`; loaded when that is called. */

import type { Outcome } from "@/base/outcome.ts";
import type { CellContext } from "./command.ts";
import type { ConnectArguments } from "./connect_cell.ts";
import { runOnHost } from "./host.ts";
import { allBoards, atOnce, inTurn, onBoards } from "./stages.ts";

/**
 * Runs the cell where its arguments say.
 *
 * @throws {UsageError} when no board is found for `--all`.
 */
export async function runOnBoards(
  { quiet, all, host, parallel, names }: ConnectArguments,
  context: CellContext,
): Promise<Outcome> {
  const { runCell, body } = context;
  const targets = [...(all ? await allBoards(context) : []), ...names];
  const stages = await onBoards(targets, {
    context,
    parallel,
    run: (devices, sink) => runCell(body, { sink, devices }),
  });
  if (host) stages.unshift({ name: "HOST", run: (sink) => runOnHost(context, sink) });
  return await (parallel ? atOnce : inTurn)(stages, { context, quiet });
}
