/** Boards that are there already: on a USB port of this computer, or wherever their address leads. */

import { pause } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Product } from "@/cli/main.ts";
import type { Environment } from "@/config/environment.ts";
import { Devices } from "@/discovery/devices.ts";
import { describeUsb, isBoardPort, listUsbPorts, type UsbPort } from "@/discovery/usb.ts";
import type { BoardSpec, Source } from "./bench.ts";
import { BoardLock } from "./lock.ts";
import type { Mount, Waiting } from "./mount.ts";
import { cyclePower } from "./power.ts";
import { RigError } from "./rig_error.ts";

/** What they are looked for with. */
export interface FindOptions extends Waiting {
  readonly environment: Environment;
  readonly product: Product;
  /** Lists USB serial ports; tests bring their own. */
  readonly listUsbPorts?: (() => Promise<readonly UsbPort[]>) | undefined;
}

type Real = Extract<Source, { kind: "usb" | "uid" | "url" }>;
type RealSpec = BoardSpec & { readonly source: Real };

/** How long a board may take to appear again after its power was cut, in milliseconds. */
const RETURN_MS = 20_000;
const AGAIN_MS = 250;

/**
 * Finds a board. Its lock is its UID's, taken at once where the bench names that; its address is locked
 * before it has answered.
 *
 * @throws {RigError} `missing` when it is not there, `other` when several might be meant, `locked`.
 */
export async function findBoard(spec: RealSpec, options: FindOptions): Promise<Mount> {
  const { name: board, source } = spec;
  await using stack = new AsyncDisposableStack();
  const claimed = new Set<string>();
  const locks = stack.use(new DisposableStack());
  const claim = async (uid: string) => {
    if (claimed.has(uid)) return;
    locks.use(await BoardLock.take(uid, { board, environment: options.environment }));
    claimed.add(uid);
  };
  if (source.kind === "uid") await claim(source.uid);
  let url = await urlOf(spec, options);
  // Who it is shows when it has answered, and to ask would disturb whoever has it.
  if (source.kind !== "uid") await claim(url);
  const held = stack.move();
  const { power } = spec;
  return {
    spec,
    get url() {
      return url;
    },
    claim,
    ...(power !== undefined && {
      async powerCycle({ signal }: Waiting) {
        await cyclePower(power, { board, signal });
        url = await comeBack(spec, { ...options, signal });
      },
    }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function urlOf(spec: RealSpec, options: FindOptions): Promise<string> {
  const { source } = spec;
  switch (source.kind) {
    case "url":
      return source.url;
    case "usb":
      return await findPort(spec.name, source, options);
    case "uid":
      return await findUid(spec.name, source.uid, options);
  }
}

/** The only port of this computer that matches. */
async function findPort(
  board: string,
  wanted: Extract<Source, { kind: "usb" }>,
  options: FindOptions,
): Promise<string> {
  const ports = await (options.listUsbPorts ?? listUsbPorts)();
  const found = ports.filter((port) => matches(port, wanted) && isBoardPort(port));
  if (found.length === 1) return `serial://${found[0].path}`;
  const list = (those: readonly UsbPort[]) =>
    those.map((port) => `${port.path} (${describe(port)})`).join(", ") || "none";
  if (found.length === 0) {
    const message = `No USB port matches "${board}", ${describeWanted(wanted)}. There are: ` +
      `${list(ports)}.`;
    throw new RigError("missing", board, message);
  }
  const message = `Several USB ports match "${board}": ${list(found)}. Add its serial number or ` +
    "location to match.";
  throw new RigError("other", board, message);
}

function matches(port: UsbPort, wanted: Extract<Source, { kind: "usb" }>): boolean {
  const { vendor, product, serial, location } = wanted;
  return (vendor === undefined || port.vendor.toLowerCase() === vendor) &&
    (product === undefined || port.product.toLowerCase() === product) &&
    (serial === undefined || port.serialNumber?.toLowerCase() === serial.toLowerCase()) &&
    (location === undefined || port.location === location);
}

function describe(port: UsbPort): string {
  const { vendor, product, serialNumber, location } = port;
  return [describeUsb(port), `${vendor}:${product}`, serialNumber, location]
    .filter((part) => part !== undefined).join(" ");
}

function describeWanted({ kind: _, ...wanted }: Extract<Source, { kind: "usb" }>): string {
  return Object.entries(wanted).map(([key, value]) => `${key} ${value}`).join(", ");
}

/** Wherever the board with this UID answers. */
async function findUid(board: string, uid: string, options: FindOptions): Promise<string> {
  const { product: { schemes, openAir }, environment, signal } = options;
  await using devices = new Devices({
    ...{ schemes, environment, openAir, surface: "shell" },
    ...(options.listUsbPorts !== undefined && { listUsbPorts: options.listUsbPorts }),
  });
  try {
    return (await devices.connect(uid, { signal })).url;
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof IotError)) throw cause;
    const message = `The board "${board}" is not there: ${cause.message}`;
    throw new RigError("missing", board, message, { cause });
  }
}

/** Waits for a board whose power is on again; its port may be another one. */
async function comeBack(spec: RealSpec, options: FindOptions): Promise<string> {
  const end = performance.now() + (spec.timeouts.bootMs ?? RETURN_MS);
  for (;;) {
    try {
      return await urlOf(spec, options);
    } catch (error) {
      const isAway = error instanceof RigError && error.code === "missing";
      if (!isAway || performance.now() > end) throw error;
    }
    await pause(AGAIN_MS, options.signal);
    options.signal.throwIfAborted();
  }
}
