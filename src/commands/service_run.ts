/** Does what `%%service` and `%%ssh` say: the cell in a shell elsewhere, and keeps the output. */

import { UsageError } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { runAt, runInService } from "@/host/services_run.ts";
import { SshPlace } from "@/host/ssh_place.ts";
import type { CellContext } from "./command.ts";
import { exitOutcome, OutputVariables } from "./programs.ts";
import type { ServiceArguments } from "./service.ts";
import type { SshArguments } from "./ssh.ts";

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

/** Runs the cell on the computer that `%%ssh` names. */
export async function runSshCell(
  context: CellContext,
  { destination, port, options, out, err }: SshArguments,
): Promise<Outcome> {
  if (destination.startsWith("-")) {
    throw new UsageError(`"${destination}" is no computer: write USER@HOST.`);
  }
  const variables = new OutputVariables({ out, err }, context);
  const { environment, signal, body, bodyLine } = context;
  const place = await SshPlace.open({
    ...{ destination, port, more: options, variables: environment.variables },
    what: `"${destination}"`,
  }, { signal });
  const code = await runAt(place, { service: destination, body, firstLine: bodyLine }, {
    signal,
    write: (stream, data) => variables.write(stream, data),
  });
  await variables.assign();
  return exitOutcome(code);
}
