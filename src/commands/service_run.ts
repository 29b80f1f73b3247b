/** Does what `%%service` says: chooses between a container and the computer, and keeps the output. */

import type { Outcome } from "@/base/outcome.ts";
import { runInService } from "@/host/services_run.ts";
import type { CellContext } from "./command.ts";
import { exitOutcome, OutputVariables } from "./programs.ts";
import type { ServiceArguments } from "./service.ts";

/** Runs the cell where `%%service` says. */
export async function runServiceCell(
  context: CellContext,
  { service, user, shell, out, err }: ServiceArguments,
): Promise<Outcome> {
  const variables = new OutputVariables({ out, err }, context);
  const { environment, signal, body, bodyLine } = context;
  const cell = { service, body, firstLine: bodyLine, user, shell };
  const code = await runInService(cell, {
    environment,
    signal,
    write: (stream, data) => variables.write(stream, data),
  });
  await variables.assign();
  return exitOutcome(code);
}
