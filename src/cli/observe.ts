/** Sets up what is told and recorded of a run: the log, the trace, and what is made up. */

import { UsageError } from "@/base/errors.ts";
import { resetLevels, setLogOutput } from "@/base/log.ts";
import { randomUint32, seedRandom } from "@/base/random.ts";
import type { Environment } from "@/config/environment.ts";
import type { RecordFile } from "@/config/record_file.ts";
import type { Schemes } from "@/transport/schemes.ts";

/** What is observed. */
export interface Observed {
  readonly schemes: Schemes;
  readonly version: string;
  /** The words of the command. */
  readonly argv: readonly string[];
}

/** The version of the format of traces. docs/logging.md describes it. */
const TRACE_FORMAT = "iot-trace 1";

/**
 * Sets up the log as `IOT_LOG` and `IOT_LOGLEVEL` say, and the seed of what is made up, `IOT_SEED`.
 *
 * @returns the schemes to open boards with: with `IOT_TRACE`, they are recorded
 * @throws {UsageError} when one of the settings cannot be followed.
 */
export async function observe(environment: Environment, observed: Observed): Promise<Schemes> {
  const seed = readSeed(environment);
  seedRandom(seed);
  const file = await openFile(environment, "IOT_LOG");
  resetLevels(file === undefined ? undefined : "info");
  setLogOutput(async () => {
    const [{ logOutput }, { Redactor }] = await Promise.all([
      import("@/config/log_output.ts"),
      import("@/config/redact.ts"),
    ]);
    return logOutput({ redact: new Redactor(environment).redact, file });
  });
  const levels = environment.raw("IOT_LOGLEVEL");
  if (levels !== undefined) (await import("@/config/log_levels.ts")).setLevels(levels);
  const trace = await openFile(environment, "IOT_TRACE");
  return trace === undefined
    ? observed.schemes
    : await record(environment, observed, { trace, seed: seed ?? randomUint32() });
}

async function record(
  environment: Environment,
  { schemes, version, argv }: Observed,
  { trace, seed }: { trace: RecordFile; seed: number },
): Promise<Schemes> {
  const [{ traceSchemes }, { Redactor }] = await Promise.all([
    import("@/transport/traced.ts"),
    import("@/config/redact.ts"),
  ]);
  seedRandom(seed);
  const secrets = new Redactor(environment);
  const command = secrets.redact(["iot", ...argv].join(" "));
  const time = new Date().toISOString();
  const { write } = trace;
  write(JSON.stringify({ event: "start", format: TRACE_FORMAT, time, version, seed, command }));
  const traced = traceSchemes(schemes, { secrets, write });
  // Also where the process is ended by a second Ctrl-C.
  globalThis.addEventListener("unload", () => traced.end());
  return traced.schemes;
}

async function openFile(
  environment: Environment,
  setting: "IOT_LOG" | "IOT_TRACE",
): Promise<RecordFile | undefined> {
  const path = environment.recordFile(setting);
  if (path === undefined) return undefined;
  const { openRecordFile } = await import("@/config/record_file.ts");
  return openRecordFile(path, {
    setting,
    complain: (message) => console.error(`iot: ${message}`),
  });
}

function readSeed(environment: Environment): number | undefined {
  const text = environment.raw("IOT_SEED");
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new UsageError(`IOT_SEED must be a whole number below 2^32, not "${text}".`);
}
