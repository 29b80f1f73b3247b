import { describeUsb, isBoardPort, listUsbPorts, usbKey, type UsbPort } from "./usb.ts";
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
  await write("devices/usb1/1-1/manufacturer", "MicroPython\n");
  await write("devices/usb1/1-1/serial", "e6614c311b7e6f35\n");
  await write("devices/usb1/1-1/1-1:1.0/bInterfaceNumber", "00\n");
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
        manufacturer: "MicroPython",
        serialNumber: "e6614c311b7e6f35",
        interfaceNumber: "00",
        location: "1-1",
      },
      { path: "/dev/ttyUSB2", vendor: "0403", product: "6001", location: "1-2" },
    ]);
  } finally {
    await Deno.remove(sysfs, { recursive: true });
  }
});

Deno.test("listUsbPorts() is empty where there is no sysfs", async () => {
  assertEquals(await listUsbPorts("/nonexistent"), []);
});

const PICO: UsbPort = { path: "/dev/ttyACM0", vendor: "2e8a", product: "0005" };

const ports: [about: string, port: Partial<UsbPort>, isBoard: boolean][] = [
  ["a Raspberry Pi Pico", {}, true],
  ["an FTDI adapter", { vendor: "0403", product: "6001" }, true],
  ["a vendor id in capitals", { vendor: "2E8A" }, true],
  ["a Huawei modem", { vendor: "12d1", product: "1506" }, false],
  ["a Sierra Wireless modem", { vendor: "1199", product: "68a2" }, false],
  ["an Epson printer", { vendor: "04b8", product: "0202" }, false],
  ["CircuitPython's REPL", { vendor: "239a", interfaceName: "CircuitPython CDC control" }, true],
  ["CircuitPython's data", { vendor: "239a", interfaceName: "CircuitPython CDC2 data" }, false],
];

for (const [about, port, isBoard] of ports) {
  Deno.test(`isBoardPort() is ${isBoard} for ${about}`, () => {
    assertEquals(isBoardPort({ ...PICO, ...port }), isBoard);
  });
}

Deno.test("usbKey() follows a device to another port, and tells its interfaces apart", () => {
  const board = { ...PICO, serialNumber: "e661", interfaceNumber: "00" };
  assertEquals(usbKey(board), usbKey({ ...board, path: "/dev/ttyACM7" }));
  assertEquals(usbKey(board) === usbKey({ ...board, interfaceNumber: "02" }), false);
  assertEquals(usbKey(board) === usbKey({ ...board, serialNumber: "e662" }), false);
});

Deno.test("usbKey() trusts no serial number that many adapters share", () => {
  for (const serialNumber of [undefined, "", "0", "0001", "12345678"]) {
    const port = { ...PICO, ...(serialNumber !== undefined && { serialNumber }) };
    assertEquals(usbKey(port), undefined, serialNumber);
  }
});

Deno.test("describeUsb() names maker and device once", () => {
  assertEquals(describeUsb(PICO), "USB device 2e8a:0005");
  assertEquals(describeUsb({ ...PICO, description: "Pico" }), "Pico");
  const full = { ...PICO, manufacturer: "Raspberry Pi" };
  assertEquals(describeUsb({ ...full, description: "Pico" }), "Raspberry Pi Pico");
  assertEquals(describeUsb({ ...full, description: "Raspberry Pi Pico" }), "Raspberry Pi Pico");
});
