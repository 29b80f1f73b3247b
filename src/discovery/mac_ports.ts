/**
 * USB serial ports of macOS: `/dev/cu.*`, and the USB devices behind them as `ioreg` lists them.
 *
 * Written from Apple's documentation and listings of ioreg, and not yet run on a Mac. `/dev/tty.*`, the
 * same ports for calling in, wait for a carrier that boards do not give.
 */

import { pause } from "@/base/deadline.ts";
import type { UsbPort } from "./usb.ts";

/** Ports that every Mac has, and no board is behind. */
const NO_BOARDS = /^cu\.(?:Bluetooth|debug-console|wlan-debug)/;

/** How long `ioreg` may take, in milliseconds. */
const IOREG_MS = 2_000;

/** Where a port is, and what lists devices: tests bring their own. */
export interface MacPortOptions {
  readonly folder?: string;
  /** What `ioreg -r -c IOUSBHostDevice -l -w 0` prints; undefined when it fails. */
  readonly ioreg?: () => Promise<string | undefined>;
}

/**
 * Lists the serial ports, by path. One that no USB device is known of is `0000:0000`: it is listed,
 * and not spoken to unless it is named.
 */
export async function listMacPorts(options: MacPortOptions = {}): Promise<UsbPort[]> {
  const { folder = "/dev", ioreg = runIoreg } = options;
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (isCallOut(name)) names.push(name);
  if (names.length === 0) return [];
  const devices = readIoreg(await ioreg() ?? "");
  return names.map((name): UsbPort => {
    const path = `${folder}/${name}`;
    return { vendor: "0000", product: "0000", description: name, ...devices.get(path), path };
  }).sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

/** Whether a name in /dev is that of a port which a board may be behind. */
export function isCallOut(name: string): boolean {
  return name.startsWith("cu.") && !NO_BOARDS.test(name);
}

/** A line such as `  | +-o Pico@01100000  <class IOUSBHostDevice, …>` begins a node. */
const NODE = /^([ |]*)\+-o /;
/** `    |   "idVendor" = 11914`, or a text in quotes. */
const PROPERTY = /^[ |]*"([^"]+)" = (?:"(.*)"|(\d+))$/;

/** Reads what ioreg prints, a tree: for each port's path the USB device that it hangs on. */
export function readIoreg(text: string): Map<string, Omit<UsbPort, "path">> {
  const found = new Map<string, Omit<UsbPort, "path">>();
  const branch: { depth: number; properties: Map<string, string> }[] = [];
  for (const line of text.split("\n")) {
    const node = NODE.exec(line);
    if (node !== null) {
      const depth = node[1].length;
      while (branch.length > 0 && branch.at(-1)!.depth >= depth) branch.pop();
      branch.push({ depth, properties: new Map() });
      continue;
    }
    const [, name, quoted, number] = PROPERTY.exec(line) ?? [];
    if (name === undefined || branch.length === 0) continue;
    branch.at(-1)!.properties.set(name, quoted ?? number);
    if (name !== "IOCalloutDevice") continue;
    // The nearest device, as a hub is one as well; its interface stands between.
    const above = branch.map(({ properties }) => properties).toReversed();
    const device = above.find((properties) => properties.has("idVendor"));
    const own = above.find((properties) => properties.has("bInterfaceNumber"));
    if (device !== undefined) found.set(quoted, describe(device, own));
  }
  return found;
}

function describe(
  device: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string> | undefined,
): Omit<UsbPort, "path"> {
  const hex = (value: string | undefined, digits: number) =>
    value === undefined ? undefined : Number(value).toString(16).padStart(digits, "0");
  const description = device.get("USB Product Name") ?? device.get("kUSBProductString");
  const manufacturer = device.get("USB Vendor Name") ?? device.get("kUSBVendorString");
  const serialNumber = device.get("USB Serial Number") ?? device.get("kUSBSerialNumberString");
  const interfaceNumber = hex(own?.get("bInterfaceNumber"), 2);
  const interfaceName = own?.get("kUSBString");
  return {
    vendor: hex(device.get("idVendor"), 4)!,
    product: hex(device.get("idProduct") ?? "0", 4)!,
    ...(description && { description }),
    ...(manufacturer && { manufacturer }),
    ...(serialNumber && { serialNumber }),
    ...(interfaceNumber && { interfaceNumber }),
    ...(interfaceName && { interfaceName }),
  };
}

/** Runs ioreg, part of every macOS. */
async function runIoreg(): Promise<string | undefined> {
  const enough = new AbortController();
  const over = new AbortController();
  void pause(IOREG_MS, over.signal).then(() => enough.abort());
  try {
    const { success, stdout } = await new Deno.Command("/usr/sbin/ioreg", {
      args: ["-r", "-c", "IOUSBHostDevice", "-l", "-w", "0"],
      stdin: "null",
      stderr: "null",
      signal: enough.signal,
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  } finally {
    over.abort();
  }
}
