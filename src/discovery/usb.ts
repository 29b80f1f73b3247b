/** USB serial ports, as Linux lists them in sysfs (no udev is needed), or macOS elsewhere. */

import { mayBeBoard } from "./vendors.ts";

/** One serial port and the USB device behind it. */
export interface UsbPort {
  /** `/dev/ttyACM0`, `/dev/cu.usbmodem11101`. */
  readonly path: string;
  /** Vendor and product id, four hex digits each, lower case. */
  readonly vendor: string;
  readonly product: string;
  /** What the device calls itself. */
  readonly description?: string;
  readonly manufacturer?: string;
  /** Tells devices of one kind apart, where their maker bothered. */
  readonly serialNumber?: string;
  /** `bInterfaceNumber`, two hex digits: a device may have several ports. */
  readonly interfaceNumber?: string;
  /** Bus and ports on the way, as the kernel names them: `1-1.2`. Linux only. */
  readonly location?: string;
  /** What this port of the device calls itself, e.g. `CircuitPython CDC2 data`. */
  readonly interfaceName?: string;
}

/** Whether discovery may speak to this port; others are listed when asked for, and left alone. */
export function isBoardPort({ vendor, interfaceName = "" }: UsbPort): boolean {
  // CircuitPython's second port is the program's own: what is sent there is data, not keys.
  return mayBeBoard(vendor) && !/\bCDC2?\b.*\bdata\b/i.test(interfaceName);
}

/** A serial number that a factory gave to every adapter that it made says nothing. */
const MEANINGLESS_SERIAL = /^(?:0*1?|12345678|0123456789|CC10)$/i;

/**
 * What tells this port from all others, wherever it is plugged in; undefined where its device has no
 * serial number worth the name.
 */
export function usbKey(port: UsbPort): string | undefined {
  const { vendor, product, serialNumber = "", interfaceNumber = "00" } = port;
  if (MEANINGLESS_SERIAL.test(serialNumber)) return undefined;
  return `${vendor}:${product}:${serialNumber}:${interfaceNumber}`;
}

/** The same, where no other of `ports` has it: two devices with one serial number tell nothing. */
export function uniqueUsbKey(port: UsbPort, ports: readonly UsbPort[]): string | undefined {
  const key = usbKey(port);
  return ports.some((other) => other.path !== port.path && usbKey(other) === key) ? undefined : key;
}

/** What to call the device in a list. */
export function describeUsb({ description, manufacturer, vendor, product }: UsbPort): string {
  if (description === undefined) return `USB device ${vendor}:${product}`;
  const known = manufacturer === undefined || description.startsWith(manufacturer);
  return known ? description : `${manufacturer} ${description}`;
}

/**
 * Lists the serial ports that are USB devices, by path. Ports that vanish meanwhile are left out.
 *
 * @param sysfs where sysfs is mounted; tests bring their own tree
 */
export async function listUsbPorts(sysfs = "/sys"): Promise<UsbPort[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(`${sysfs}/class/tty`)) names.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (Deno.build.os !== "darwin") return [];
    return await (await import("./mac_ports.ts")).listMacPorts();
  }
  const ports = await Promise.all(names.map((name) => readPort(sysfs, name)));
  return ports.filter((port) => port !== undefined)
    .sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

async function readPort(sysfs: string, name: string): Promise<UsbPort | undefined> {
  try {
    const device = await Deno.realPath(`${sysfs}/class/tty/${name}/device`);
    const subsystem = (await Deno.realPath(`${device}/subsystem`)).split("/").at(-1);
    // ttyACM*: `device` is the USB interface; ttyUSB*: a port below the interface.
    const up = { "usb": ".", "usb-serial": ".." }[subsystem ?? ""];
    if (up === undefined) return;
    const own = await Deno.realPath(`${device}/${up}`);
    const usb = await Deno.realPath(`${own}/..`);
    const [vendor, product, description, manufacturer, serialNumber] = await Promise.all(
      ["idVendor", "idProduct", "product", "manufacturer", "serial"]
        .map((file) => readLine(`${usb}/${file}`)),
    );
    const [interfaceNumber, interfaceName] = await Promise.all(
      ["bInterfaceNumber", "interface"].map((file) => readLine(`${own}/${file}`)),
    );
    if (!vendor || !product) return;
    return {
      path: `/dev/${name}`,
      vendor,
      product,
      ...(description && { description }),
      ...(manufacturer && { manufacturer }),
      ...(serialNumber && { serialNumber }),
      ...(interfaceNumber && { interfaceNumber }),
      ...(interfaceName && { interfaceName }),
      location: usb.split("/").at(-1)!,
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // no device behind it, or just unplugged
    throw error;
  }
}

async function readLine(path: string): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(path)).trim() || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
}
