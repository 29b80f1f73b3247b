/** Finds out who a board is and what it has, in programs that the smallest board can run. */

import { withDeadline } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Device } from "@/device/device.ts";
import { openBoardFiles } from "@/device/files/open_board_files.ts";
import { NOBODY } from "@/discovery/party.ts";
import { type BoardFacts, type Feature, FEATURES } from "../checks/check.ts";
import type { Mount } from "../rig/mount.ts";
import { RigError } from "../rig/rig_error.ts";
import type { RunBoardOptions } from "./run_board.ts";
import { Transcript } from "./transcript.ts";
import { Workbench } from "./workbench.ts";

/** How long finding out about a board may take, in milliseconds. */
const FACTS_MS = 30_000;

/**
 * Finds out who the board is and what it has.
 *
 * @throws {RigError} when it is another one, or does not answer.
 */
export async function readFacts(mount: Mount, options: RunBoardOptions): Promise<BoardFacts> {
  const { spec } = mount;
  const nothing: BoardFacts = {
    ...{ spec, url: mount.url, identity: NOBODY, features: new Set<Feature>(), readOnly: false },
  };
  const transcript = new Transcript(options);
  const read = async (signal: AbortSignal): Promise<BoardFacts> => {
    await using bench = await Workbench.open({
      ...options,
      ...{ mount, facts: nothing, transcript, signal, seed: 0 },
    });
    await bench.settle();
    const device = await bench.device();
    const identity = await device.identity({ signal });
    if (spec.source.kind === "uid" && identity.uid !== spec.source.uid) {
      throw new RigError(
        "other",
        spec.name,
        `At ${mount.url} is the board ${identity.uid || "without UID"}, not ${spec.source.uid}.`,
      );
    }
    if (identity.uid !== "") await mount.claim?.(identity.uid);
    const features = await probeFeatures(device, { signal });
    const [volume] = await openBoardFiles(device).volumes({ signal });
    return {
      ...{ spec, url: mount.url, identity, features, readOnly: volume?.readOnly ?? false },
      ...(volume !== undefined && { freeFlashBytes: volume.freeBytes }),
    };
  };
  try {
    return await withDeadline(FACTS_MS, read, {
      signal: options.signal,
      error: () =>
        new RigError("missing", spec.name, `It was not done answering after ${FACTS_MS / 1000} s.`),
    });
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof RigError || !(error instanceof IotError)) throw error;
    const message = `The board does not answer: ${error.message}`;
    throw new RigError("missing", spec.name, message, { cause: error });
  }
}

/** One small program for each: all together would not fit a micro:bit. */
async function probeFeatures(
  device: Device,
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlySet<Feature>> {
  const found = new Set<Feature>();
  for (const [feature, { test }] of Object.entries(FEATURES)) {
    const code = `try:\n ${test}\n print(1)\nexcept Exception:print(0)`;
    const answer = await device.evaluate(code, { signal });
    if (answer.trim() === "1") found.add(feature as Feature);
  }
  return found;
}
