import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { isCallOut, listMacPorts, readIoreg } from "./mac_ports.ts";
import { isBoardPort, usbKey, type UsbPort } from "./usb.ts";

/** As `ioreg -r -c IOUSBHostDevice -l -w 0` prints: a hub, a board on it, and an adapter. */
const IOREG = `+-o USB2.0 Hub@01100000  <class IOUSBHostDevice, id 0x100000a01, registered, matched>
  | {
  |   "idVendor" = 1507
  |   "idProduct" = 1544
  |   "USB Product Name" = "USB2.0 Hub"
  | }
  | 
  +-o Board in FS mode@01110000  <class IOUSBHostDevice, id 0x100000a3e, registered, matched>
    | {
    |   "sessionID" = 123456789
    |   "idProduct" = 5
    |   "idVendor" = 11914
    |   "USB Product Name" = "Board in FS mode"
    |   "USB Vendor Name" = "MicroPython"
    |   "USB Serial Number" = "e6614c311b7e6f35"
    |   "IOGeneralInterest" = "IOCommand is not serializable"
    | }
    | 
    +-o IOUSBHostInterface@0  <class IOUSBHostInterface, id 0x100000a41, registered, matched>
    | | {
    | |   "bInterfaceNumber" = 0
    | |   "bInterfaceClass" = 2
    | | }
    | | 
    | +-o AppleUSBACMControl  <class AppleUSBACMControl, id 0x100000a46, registered, matched>
    |     {
    |       "IOClass" = "AppleUSBACMControl"
    |     }
    |     
    +-o IOUSBHostInterface@1  <class IOUSBHostInterface, id 0x100000a42, registered, matched>
      | {
      |   "bInterfaceNumber" = 1
      |   "bInterfaceClass" = 10
      | }
      | 
      +-o AppleUSBACMData  <class AppleUSBACMData, id 0x100000a49, registered, matched>
        | {
        |   "IOTTYBaseName" = "usbmodem"
        | }
        | 
        +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100000a4c, registered, matched>
            {
              "IOCalloutDevice" = "/dev/cu.usbmodem11101"
              "IODialinDevice" = "/dev/tty.usbmodem11101"
            }
            
+-o USB Serial@02200000  <class IOUSBHostDevice, id 0x100000b00, registered, matched>
  | {
  |   "idVendor" = 6790
  |   "idProduct" = 29987
  |   "USB Product Name" = "USB \\"Serial\\""
  | }
  | 
  +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100000b10, registered, matched>
      {
        "IOCalloutDevice" = "/dev/cu.usbserial-2220"
      }
`;

const PICO = {
  vendor: "2e8a",
  product: "0005",
  description: "Board in FS mode",
  manufacturer: "MicroPython",
  serialNumber: "e6614c311b7e6f35",
  interfaceNumber: "01",
};

Deno.test("readIoreg() finds the device that each port hangs on, not the hub", () => {
  assertEquals(
    readIoreg(IOREG),
    new Map<string, Omit<UsbPort, "path">>([
      ["/dev/cu.usbmodem11101", PICO],
      ["/dev/cu.usbserial-2220", {
        vendor: "1a86",
        product: "7523",
        description: 'USB \\"Serial\\"',
      }],
    ]),
  );
  assertEquals(readIoreg("ioreg: error: can't obtain properties.\n"), new Map());
});

const names: [name: string, isPort: boolean][] = [
  ["cu.usbmodem11101", true],
  ["cu.usbserial-2220", true],
  ["cu.SLAB_USBtoUART", true],
  ["cu.wchusbserial110", true],
  ["tty.usbmodem11101", false],
  ["cu.Bluetooth-Incoming-Port", false],
  ["cu.debug-console", false],
  ["cu.wlan-debug", false],
  ["cuaU0", false],
  ["disk0", false],
];

for (const [name, isPort] of names) {
  Deno.test(`isCallOut() is ${isPort} for ${name}`, () => assertEquals(isCallOut(name), isPort));
}

Deno.test("listMacPorts() lists ports by path, and speaks to those of boards only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name] of names) await Deno.writeTextFile(`${folder}/${name}`, "");
    const ioreg = () => Promise.resolve(IOREG.replaceAll("/dev/", `${folder}/`));
    const ports = await listMacPorts({ folder, ioreg });
    assertEquals(ports.map(({ path, vendor }) => [path.slice(folder.length + 1), vendor]), [
      ["cu.SLAB_USBtoUART", "0000"],
      ["cu.usbmodem11101", "2e8a"],
      ["cu.usbserial-2220", "1a86"],
      ["cu.wchusbserial110", "0000"],
    ]);
    assertEquals(ports.map(isBoardPort), [false, true, true, false]);
    assertEquals(ports.map(usbKey), [
      undefined,
      "2e8a:0005:e6614c311b7e6f35:01",
      undefined,
      undefined,
    ]);
    const without = await listMacPorts({ folder, ioreg: () => Promise.resolve(undefined) });
    assertEquals(without.map(({ vendor }) => vendor), ["0000", "0000", "0000", "0000"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
