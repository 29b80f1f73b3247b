import { listUsbPorts } from "./usb.ts";
import { deepStrictEqual as assertEquals } from "node:assert/strict";

/** Lays out a sysfs like Linux's for two boards, a plain UART and a port that just vanished. */
async function makeSysfs(): Promise<string> {
  const root = await Deno.makeTempDir();
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  };
  const link = async (path: string, target: string) => {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.symlink(`${root}/${target}`, `${root}/${path}`);
  };
  for (const bus of ["usb", "usb-serial", "platform"]) {
    await Deno.mkdir(`${root}/bus/${bus}`, { recursive: true });
  }
  await write("devices/usb1/1-1/idVendor", "2e8a\n");
  await write("devices/usb1/1-1/idProduct", "0005\n");
  await write("devices/usb1/1-1/product", "Board in FS mode\n");
  await link("devices/usb1/1-1/1-1:1.0/subsystem", "bus/usb");
  await link("class/tty/ttyACM10/device", "devices/usb1/1-1/1-1:1.0");
  await write("devices/usb1/1-2/idVendor", "0403\n");
  await write("devices/usb1/1-2/idProduct", "6001\n");
  await link("devices/usb1/1-2/1-2:1.0/ttyUSB2/subsystem", "bus/usb-serial");
  await link("class/tty/ttyUSB2/device", "devices/usb1/1-2/1-2:1.0/ttyUSB2");
  await link("devices/uart/subsystem", "bus/platform");
  await link("class/tty/ttyS0/device", "devices/uart");
  await Deno.mkdir(`${root}/class/tty/tty1`);
  await link("class/tty/ttyACM9/device", "devices/usb1/gone");
  return root;
}

Deno.test("listUsbPorts() lists USB ports with what the device says of itself", async () => {
  const sysfs = await makeSysfs();
  try {
    assertEquals(await listUsbPorts(sysfs), [
      {
        path: "/dev/ttyACM10",
        vendor: "2e8a",
        product: "0005",
        description: "Board in FS mode",
      },
      { path: "/dev/ttyUSB2", vendor: "0403", product: "6001" },
    ]);
  } finally {
    await Deno.remove(sysfs, { recursive: true });
  }
});

Deno.test("listUsbPorts() is empty where there is no sysfs", async () => {
  assertEquals(await listUsbPorts("/nonexistent"), []);
});
