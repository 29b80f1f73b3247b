/** Boards of a labgrid coordinator, the usual way to share a rig of several machines. */

import { within } from "@/base/deadline.ts";
import type { Environment } from "@/config/environment.ts";
import type { BoardSpec, Source } from "./bench.ts";
import { HeldPlace } from "./held_place.ts";
import { type Keeper, Labgrid } from "./labgrid.ts";
import type { Mount, MountWaiting, Waiting } from "./mount.ts";
import { cyclePower } from "./power.ts";
import { RigError } from "./rig_error.ts";

/** How long others may have a place, in milliseconds, where the bench says nothing. */
const WAIT_MS = 30 * 60_000;

/** Between two looks at who has it. */
const LOOK_MS = 5_000;

/** How long a port may take to be exported, also again after its board's power was cut. */
const RETURN_MS = 20_000;

/** What `labgrid-client power` can switch by itself. Source: `ClientSession.power` in its client. */
const POWER_RESOURCES: ReadonlySet<string> = new Set([
  ...["NetworkPowerPort", "NetworkUSBPowerPort", "NetworkSiSPMPowerPort", "PDUDaemonPort"],
  ...["TasmotaPowerPort", "NetworkYKUSHPowerPort", "NetworkSysfsGPIO"],
]);

/** What places are taken with. */
export interface PlaceOptions extends MountWaiting {
  readonly environment: Environment;
}

type PlaceSpec = BoardSpec & { readonly source: Extract<Source, { kind: "place" }> };

/**
 * Reserves a place, waits for it while others have it, acquires it. It is given back when the mount
 * is disposed of, and also when this process ends in any other way.
 *
 * @throws {RigError} `missing` when there is no such place, or no serial port in it; `locked` when
 * others have it for too long; `broken` when labgrid does not work.
 */
export async function takePlace(spec: PlaceSpec, options: PlaceOptions): Promise<Mount> {
  const { name: board, power, timeouts } = spec;
  const { environment, signal } = options;
  const labgrid = new Labgrid(board, { environment });
  const { place } = await lookAt(spec, { labgrid, signal });
  await using stack = new AsyncDisposableStack();
  const held = stack.use(await reserve(spec, { ...options, labgrid, place }));
  await held.acquire({ signal });
  let { url, resources } = await held.port({ signal, withinMs: RETURN_MS });
  const labgridHasPower = resources.some((kind) => POWER_RESOURCES.has(kind));
  const given = stack.move();
  return {
    spec,
    get url() {
      return url;
    },
    ...((power !== undefined || labgridHasPower) && {
      async powerCycle({ signal }: Waiting) {
        if (power !== undefined) await cyclePower(power, { board, signal });
        else await held.powerCycle({ signal });
        const withinMs = timeouts.bootMs ?? RETURN_MS;
        ({ url, resources } = await held.port({ signal, withinMs }));
      },
    }),
    [Symbol.asyncDispose]: () => given.disposeAsync(),
  };
}

/** What can be known of a place without having it. */
interface PlaceState {
  /** Its name: a bench may use an alias. */
  readonly place: string;
  /** HOST/USER; undefined while nobody has it. */
  readonly holder?: string;
}

async function lookAt(
  { name: board, source }: PlaceSpec,
  { labgrid, signal }: Waiting & { readonly labgrid: Labgrid },
): Promise<PlaceState> {
  // The client takes part of a name for a name, which may be another board tomorrow: all are listed.
  const text = await labgrid.call(["-v", "places"], { signal });
  const places = text.split(/^(?=Place ')/m).flatMap((entry) => {
    const place = /^Place '(.*)':/.exec(entry)?.[1];
    if (place === undefined) return [];
    const aliases = /^ {2}aliases: (.*)$/m.exec(entry)?.[1].split(", ") ?? [];
    const acquired = /^ {2}acquired: (.*)$/m.exec(entry)?.[1];
    const holder = acquired === undefined || acquired === "None" ? {} : { holder: acquired };
    return [{ place, aliases, ...holder }];
  });
  const found = places.find(({ place }) => place === source.place) ??
    places.find(({ aliases }) => aliases.includes(source.place));
  if (found !== undefined) return found;
  const list = places.map(({ place }) => place).join(", ") || "none";
  throw new RigError(
    "missing",
    board,
    `The coordinator at ${labgrid.coordinator} has no place "${source.place}". There are: ${list}.`,
  );
}

/** Queues for a place, and returns when it is reserved for us. */
async function reserve(
  spec: PlaceSpec,
  options: PlaceOptions & { readonly labgrid: Labgrid; readonly place: string },
): Promise<HeldPlace> {
  const { labgrid, place, signal, onWait } = options;
  const { name: board, timeouts: { waitMs = WAIT_MS } } = spec;
  let keeper: Keeper | undefined;
  let token = "";
  let said = "";
  let shown = "";
  const reserving = labgrid.call(["reserve", "--wait", `name=${place}`], {
    signal,
    withinMs: waitMs,
    late: () =>
      new RigError(
        "locked",
        board,
        `The place "${place}" was not free for ${waitMs / 1000} s${
          shown && `, held by ${shown}`
        }. ` +
          'Ask them, or give "timeouts: { wait: SECONDS }" in the bench.',
      ),
    onOutput(text) {
      said += text;
      token ||= /^Reservation '(\w+)':$/m.exec(said)?.[1] ?? "";
      if (token !== "") keeper ??= labgrid.keep(token);
    },
  });
  const done = reserving.then(() => {}, () => {});
  while (!await within(LOOK_MS / (shown === "" ? 5 : 1), done)) {
    const state = await lookAt(spec, { labgrid, signal }).catch(() => undefined);
    const holder = state?.holder ?? "another reservation";
    if (shown !== holder) onWait?.(`waiting for the place ${place}, held by ${holder}`);
    shown = holder;
  }
  if (keeper === undefined) {
    await reserving;
    throw new RigError("broken", board, `labgrid named no reservation, but said: ${said}`);
  }
  const held = new HeldPlace(board, { labgrid, place, token, keeper });
  try {
    await reserving;
    return held;
  } catch (error) {
    // Why it was not had says more than that giving up went wrong as well, which the keeper mends.
    await held[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}
