/** `mip`, loaded when it is called. */

import { UsageError } from "@/base/errors.ts";
import type { Device } from "@/device/device.ts";
import { publicUrl } from "@/packages/download.ts";
import type { FetchedPackage, LockedPackage, MipForm } from "@/packages/package.ts";
import { fetchMip, MIP_INDEX, type MipRequest, readRequest } from "@/packages/mip.ts";
import { PackageError } from "@/packages/package_error.ts";
import type { Context } from "./command.ts";
import type { MipArguments } from "./mip.ts";
import { type PackagePlace, withPlace } from "./package_place.ts";
import { alreadyThere, areIntact, installFetched, manage, type Manager } from "./package_work.ts";

/** The version of `.mpy` files that MicroPython's boards take, 0 for none. As mpremote's mip asks. */
const ASK_MPY = "import sys\nprint(getattr(sys.implementation, '_mpy', 0) & 0xFF)\n";

/** Does what the arguments say. */
export async function runMip(context: Context, args: MipArguments): Promise<void> {
  const { index, mpy, no_mpy, operation, packages } = args;
  if (mpy && no_mpy) throw new UsageError("--mpy and --no-mpy exclude each other.");
  if (index !== undefined && !/^https?:\/\/[^/]/i.test(index)) {
    throw new UsageError(`"${index}" is no address of an index: it begins with https://.`);
  }
  const resolve = (path: string) => context.directory.resolve(path);
  const manager: Manager = {
    installer: "mip",
    nameOf: (text) => publicUrl(readRequest(text, resolve).name),
  };
  const requests = operation === "install"
    ? packages.map((text) => readRequest(text, resolve))
    : [];
  await withPlace(context, args, async (place) => {
    if (operation !== "install") return await manage(context, args, { place, manager });
    await install(context, args, { place, requests });
  });
}

async function install(
  context: Context,
  args: MipArguments,
  { place, requests: asked }: {
    readonly place: PackagePlace;
    readonly requests: readonly MipRequest[];
  },
): Promise<void> {
  const { sink, signal } = context;
  const { shelf, lock } = place;
  const locked = new Map(
    lock.packages.filter(({ installer }) => installer === "mip").map((one) => [one.name, one]),
  );
  const requests = asked.length > 0
    ? asked
    : [...locked.keys()].map((name) => ({ name, version: "" }));
  if (requests.length === 0) {
    throw new UsageError(`Which package? Nothing is locked in ${shelf.label} to bring back.`);
  }
  const forms = await formsFor(context, args, place);
  const wanted: MipRequest[] = [];
  for (const request of requests) {
    const before = args.upgrade ? undefined : locked.get(publicUrl(request.name));
    const isMeant = before !== undefined && isSame(request, before) &&
      (before.form === undefined || forms.includes(before.form)) &&
      (args.index === undefined || before.index === undefined ||
        before.index === trimmed(args.index));
    if (isMeant && await areIntact(withNeeds(before, locked), { place, signal })) {
      await sink.write("stdout", `${alreadyThere(before, shelf.label)}\n`);
    } else wanted.push(request);
  }
  const fetched = new Map<string, FetchedPackage>();
  const pins = new Map([...locked.values()].map(({ name, pin }) => [name, pin] as const));
  const indexOf = ({ name }: MipRequest) =>
    trimmed(args.index ?? locked.get(publicUrl(name))?.index ?? MIP_INDEX);
  try {
    for (const [index, group] of Map.groupBy(wanted, indexOf)) {
      const found = await fetchMip(group, {
        signal,
        index,
        forms,
        ...(!args.upgrade && { pins }),
        onFetch: (what) => void sink.status(`Fetching ${what}`).catch(() => {}),
      });
      for (const one of found) fetched.set(one.name, one);
    }
  } finally {
    await sink.status("");
  }
  if (fetched.size === 0) return;
  await installFetched([...fetched.values()], {
    context,
    place,
    force: args.force,
    verifies: () => !args.upgrade,
  });
}

/** Whether what was locked is what a request means. */
function isSame({ version }: MipRequest, { pin, version: own }: LockedPackage): boolean {
  return version === "" || version === "latest" || version === pin || version === own;
}

/** A package, and all that it needs. */
function withNeeds(
  one: LockedPackage,
  locked: ReadonlyMap<string, LockedPackage>,
): LockedPackage[] {
  const found = new Set([one]);
  for (const { needs } of found) {
    for (const need of needs) if (locked.has(need)) found.add(locked.get(need)!);
  }
  return [...found];
}

function trimmed(index: string): string {
  return index.replace(/\/+$/, "");
}

/** What to take from an index: Python for the host's libraries, what runs fastest for a board. */
async function formsFor(
  context: Context,
  { mpy, no_mpy }: MipArguments,
  { device }: PackagePlace,
): Promise<readonly MipForm[]> {
  if (no_mpy || (device === undefined && !mpy)) return ["py"];
  const board: Device = device ?? await context.devices.current(context);
  const version = await mpyVersionOf(board, context);
  if (mpy && version === 0) {
    throw new PackageError("missing", "This board takes no .mpy files: leave --mpy out.");
  }
  if (version === 0) return ["py"];
  return mpy ? [version] : [version, "py"];
}

async function mpyVersionOf(device: Device, { signal }: Context): Promise<number> {
  const { implementation } = await device.identity({ signal });
  // CircuitPython's .mpy files have versions of their own.
  if (implementation !== "micropython") return 0;
  return Number((await device.evaluate(ASK_MPY, { signal })).trim()) || 0;
}
