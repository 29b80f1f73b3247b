/** The machine's own USB device: a board with a CDC ACM port, plugged in and out by a file. */

import type { Machine } from "./machine.ts";

/** What the gadget says of itself. */
export const GADGET = {
  vendor: "2e8a",
  product: "0005",
  serialNumber: "E6614C311B7E6F35",
  manufacturer: "MicroPython",
  description: "Board in FS mode",
} as const;

const FOLDER = "/sys/kernel/config/usb_gadget/board";
const CONTROLLER = "dummy_udc.0";
const PORT = "/dev/ttyGS0";
/** The virtio port that leads to the board on the host. */
const LINE = "/dev/vport0p1";
/** A command that waits for a device: it appears some milliseconds after it was plugged in. */
export const WAIT_UP = (path: string) =>
  `n=0; while [ ! -e ${path} ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done; [ -e ${path} ]`;

/** Makes the gadget and wires its port to the board on the host; it is not plugged in yet. */
export async function makeGadget(machine: Machine): Promise<void> {
  await machine.need(
    `
    mkdir -p ${FOLDER}/strings/0x409 ${FOLDER}/configs/c.1 ${FOLDER}/functions/acm.0 &&
    cd ${FOLDER} &&
    echo 0x${GADGET.vendor} > idVendor &&
    echo 0x${GADGET.product} > idProduct &&
    echo ${GADGET.serialNumber} > strings/0x409/serialnumber &&
    echo "${GADGET.manufacturer}" > strings/0x409/manufacturer &&
    echo "${GADGET.description}" > strings/0x409/product &&
    ln -s functions/acm.0 configs/c.1/ &&
    cd /
  `.trim().replaceAll(/\s+/g, " "),
  );
  await machine.need(WAIT_UP(PORT));
  await machine.need(`stty -F ${PORT} raw -echo`);
  // The board stays on when its plug is pulled; only the lines to it end and begin anew. Its line to
  // the host can be opened once only.
  await machine.need(`exec 4<>${LINE}`);
  await machine.need(`(while :; do cat ${PORT} >&4; sleep 0.05; done) 2>/dev/null &`);
  await machine.need(`(while :; do cat <&4 >${PORT}; sleep 0.05; done) 2>/dev/null &`);
}

/** The shell's words to plug it in, and out. */
export const PLUG_IN = `echo ${CONTROLLER} > ${FOLDER}/UDC`;
export const PLUG_OUT = `echo "" > ${FOLDER}/UDC`;
