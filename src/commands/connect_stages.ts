/** Runs one cell in several places, for `%%connect`; loaded when that is called. */

import type { Outcome } from "@/base/outcome.ts";
import type { Borrowed } from "@/discovery/devices.ts";
import type { CellContext } from "./command.ts";
import type { ConnectArguments } from "./connect_cell.ts";
import { runOnHost } from "./host_python.ts";
import { allBoards, atOnce, inTurn, type Stage, type Target } from "./stages.ts";

/**
 * Runs the cell where its arguments say.
 *
 * @throws {UsageError} when no board is found for `--all`.
 */
export async function runOnBoards(
  { quiet, all, host, parallel, names }: ConnectArguments,
  context: CellContext,
): Promise<Outcome> {
  const targets = [
    ...(all ? await allBoards(context) : []),
    ...names.map((name) => asTarget(name, context)),
  ];
  const stages = unique(targets).map((target) => onBoard(target, context));
  if (host) stages.unshift({ name: "HOST", run: (sink) => runOnHost({ ...context, sink }) });
  return await (parallel ? atOnce : inTurn)(stages, { context, quiet });
}

/** A board by what the user called it; by its UID where that is known, so that it runs once. */
function asTarget(text: string, { devices }: CellContext): Target {
  const found = devices.found.find(({ name, uid, url }) => [name, uid, url].includes(text));
  if (found === undefined) return { name: text, address: text };
  return { name: found.name, address: found.url === text ? text : found.uid || text };
}

function unique(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [target.address, target])).values()];
}

function onBoard({ name, address }: Target, context: CellContext): Stage {
  const { devices, signal, runCell, body } = context;
  return {
    name,
    async run(sink) {
      await using board: Borrowed = await devices.borrow(address, { signal });
      return await runCell(body, { sink, device: board.device });
    },
  };
}
