/**
 * Who makes boards, and the USB-to-serial chips on them, by USB vendor id. Discovery speaks only to
 * these: Ctrl-C and Ctrl-A are no joke to a modem or a printer.
 */

/**
 * USB vendor ids, four hex digits, lower case. Sources: the USB ID Repository (usb.ids), and for
 * what boards use, boards.txt of MicroPython's ports and CircuitPython's `mpconfigboard.mk` files.
 */
const BOARD_VENDORS: ReadonlyMap<string, string> = new Map([
  ["0403", "FTDI"],
  ["0483", "STMicroelectronics"],
  ["04d8", "Microchip"],
  ["04b4", "Infineon"],
  ["0694", "LEGO"],
  ["067b", "Prolific"],
  ["0d28", "Arm DAPLink"],
  ["10c4", "Silicon Labs"],
  ["1209", "pid.codes"],
  ["1366", "SEGGER"],
  ["16c0", "Van Ooijen (Teensy)"],
  ["16d0", "MCS Electronics"],
  ["1915", "Nordic"],
  ["1a86", "WCH"],
  ["1b4f", "SparkFun"],
  ["1d50", "OpenMoko"],
  ["1fc9", "NXP"],
  ["2341", "Arduino"],
  ["239a", "Adafruit"],
  ["2886", "Seeed"],
  ["2a03", "Arduino"],
  ["2e8a", "Raspberry Pi"],
  ["303a", "Espressif"],
  ["31e2", "BDMICRO"],
  ["3343", "DFRobot"],
  ["37c5", "OpenMV"],
  ["caff", "WIZnet"],
  ["f055", "MicroPython"],
  ["f155", "MicroPython"],
]);

/** Makers of USB-to-serial chips, which are in cables as well as on boards; ids as above. */
const ADAPTER_VENDORS: ReadonlySet<string> = new Set(["0403", "067b", "10c4", "1a86"]);

/** Whether a USB device of this vendor may be a cable, which can be put on another board. */
export function isAdapter(vendor: string): boolean {
  return ADAPTER_VENDORS.has(vendor.toLowerCase());
}

/** Whether a USB device of this vendor may be a board. */
export function mayBeBoard(vendor: string): boolean {
  return BOARD_VENDORS.has(vendor.toLowerCase());
}
