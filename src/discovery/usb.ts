/** USB serial ports, as Linux lists them in sysfs; no udev is needed. */

/** One serial port and the USB device behind it. */
export interface UsbPort {
  /** `/dev/ttyACM0`. */
  readonly path: string;
  /** Vendor and product id, four hex digits each, lower case. */
  readonly vendor: string;
  readonly product: string;
  /** What the device calls itself. */
  readonly description?: string;
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
    if (error instanceof Deno.errors.NotFound) return []; // not Linux
    throw error;
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
    const up = { "usb": "..", "usb-serial": "../.." }[subsystem ?? ""];
    if (up === undefined) return;
    const usb = await Deno.realPath(`${device}/${up}`);
    const [vendor, product, description] = await Promise.all(
      ["idVendor", "idProduct", "product"].map((file) => readLine(`${usb}/${file}`)),
    );
    if (!vendor || !product) return;
    return {
      path: `/dev/${name}`,
      vendor,
      product,
      ...(description && { description }),
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
