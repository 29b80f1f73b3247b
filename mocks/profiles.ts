/** The kinds of board there are: one small table. */

import { ENGLISH, GERMAN, type Messages } from "./circuitpython/messages.ts";
import type { FlashShape } from "./interpreter/file_system.ts";

/** What becomes of bytes that arrive while the receive ring is full. */
export type Overflow =
  /** They are lost, as on a UART without flow control. */
  | "drop"
  /** The sender has to wait, as on USB. */
  | "hold";

/** A kind of board. */
export interface Profile {
  readonly name: string;
  readonly summary: string;
  /** `sys.platform`. */
  readonly platform: string;
  /** What the banner says behind the version: `BOARD with CHIP`. */
  readonly machine: string;
  /** The version as the banner has it, e.g. `1.27.0`. */
  readonly release: string;
  /** The day of the build in the banner. */
  readonly released: string;
  /** Printed at a soft reset. */
  readonly softResetText: string;
  /** How many bytes `machine.unique_id()` has, and those that it starts with. */
  readonly uid: { readonly bytes: number; readonly prefix: readonly number[] };
  readonly frequencyHz: number;
  /** Where the board's time begins, in seconds since 1970. */
  readonly epochOffsetSeconds: number;
  readonly receiveBytes: number;
  readonly overflow: Overflow;
  /**
   * What becomes of bytes that its WebREPL cannot put into the receive ring: a board that is told of
   * data by its network stack takes all at once and loses the rest; `absent`: it has none.
   */
  readonly webRepl: "lost" | "hold" | "absent";
  /** Bytes that one grant of a raw paste allows; `refused` answers `R\x00`, `absent` knows none. */
  readonly rawPaste: number | "refused" | "absent";
  /** How much memory a fresh board has for programs: what `gc.mem_free()` says there. */
  readonly heapBytes: number;
  readonly flash: FlashShape;
  /** What makes it a CircuitPython board. */
  readonly circuitPython?: {
    /** `board.board_id` */
    readonly boardId: string;
    readonly messages: Messages;
  };
}

const KIB = 1024;

/** 2000-01-01; MicroPython docs, library/time, "Time Epoch". */
const EPOCH_2000_SECONDS = 946_684_800;

/** What CircuitPython does alike on all its boards. */
const CIRCUITPYTHON = {
  softResetText: "",
  epochOffsetSeconds: 0,
  // lib/tinyusb: CFG_TUD_CDC_RX_BUFSIZE of supervisor/shared/usb/tusb_config.h
  receiveBytes: 256,
  overflow: "hold",
  // It has a web workflow instead, on boards with WiFi.
  webRepl: "absent",
  rawPaste: 128,
} as const;

/** CircuitPython 9, in English. */
const CIRCUITPYTHON_9 = {
  ...CIRCUITPYTHON,
  release: "9.2.1",
  released: "2024-11-20",
} as const;

/** A Pico with CircuitPython, but for its version and language. */
const CIRCUITPYTHON_PICO = {
  ...CIRCUITPYTHON,
  platform: "RP2040",
  // ports/raspberrypi/boards/raspberry_pi_pico/mpconfigboard.h of CircuitPython
  machine: "Raspberry Pi Pico with rp2040",
  uid: { bytes: 8, prefix: [0xe6, 0x60] },
  frequencyHz: 125_000_000,
  heapBytes: 150 * KIB,
  // 2 MB of flash, 1 MiB of it for CIRCUITPY.
  flash: { kind: "fat", blockBytes: 512, blocks: 2048 },
} as const;

/** All profiles, the default first. */
export const PROFILES: readonly Profile[] = [
  {
    name: "esp32",
    summary: "ESP32-like: a UART that loses bytes when they come too fast",
    platform: "esp32",
    // ports/esp32/boards/ESP32_GENERIC/mpconfigboard.h
    machine: "Generic ESP32 module with ESP32",
    release: "1.27.0",
    released: "2025-12-09",
    softResetText: "MPY: soft reboot",
    // The chip's MAC address; 24:0a:c4 is one of Espressif's (IEEE OUI list).
    uid: { bytes: 6, prefix: [0x24, 0x0a, 0xc4] },
    // ports/esp32/modmachine.c: the default of ESP-IDF for the ESP32.
    frequencyHz: 160_000_000,
    epochOffsetSeconds: EPOCH_2000_SECONDS,
    // ports/esp32/mphalport.c: stdin_ringbuf_array[260]; a ringbuf holds one byte less than its
    // array (py/ringbuf.h).
    receiveBytes: 259,
    overflow: "drop",
    // extmod/os_dupterm.c, dupterm_notify(): ringbuf_put() without a look at its answer.
    webRepl: "lost",
    // shared/runtime/pyexec.c: half of MICROPY_REPL_STDIN_BUFFER_MAX, 256.
    rawPaste: 128,
    // ports/esp32/mpconfigport.h: MICROPY_GC_INITIAL_HEAP_SIZE is 64 KiB; it may grow by the largest
    // free block of ESP-IDF's heap, about 100 KiB, which gc.mem_free() counts.
    heapBytes: 164 * KIB,
    // 4 MB of flash: the partition "vfs" has 2 MiB (ports/esp32/partitions-4MiB.csv).
    flash: { kind: "littlefs", blockBytes: 4096, blocks: 512 },
  },
  {
    name: "pico",
    summary: "Raspberry Pi Pico-like: native USB, which makes the sender wait",
    platform: "rp2",
    // ports/rp2/boards/RPI_PICO/mpconfigboard.h
    machine: "Raspberry Pi Pico with RP2040",
    release: "1.27.0",
    released: "2025-12-09",
    softResetText: "MPY: soft reboot",
    // The flash chip's 8-byte serial number; a Winbond's starts like this on most boards.
    uid: { bytes: 8, prefix: [0xe6, 0x60] },
    frequencyHz: 125_000_000,
    epochOffsetSeconds: 0,
    // ports/rp2/mphalport.c: MICROPY_HW_STDIN_BUFFER_LEN is 512.
    receiveBytes: 511,
    overflow: "hold",
    // As a Pico W does it.
    webRepl: "lost",
    rawPaste: 128,
    // 264 KB of RAM; gc.mem_free() says about 230 KB on a fresh board.
    heapBytes: 230 * KIB,
    // ports/rp2/boards/RPI_PICO/mpconfigboard.h: MICROPY_HW_FLASH_STORAGE_BYTES, 1408 KiB.
    flash: { kind: "littlefs", blockBytes: 4096, blocks: 352 },
  },
  {
    name: "legacy",
    summary: "an old small board: MicroPython 1.9 manners, no raw paste, 36 KB of memory",
    platform: "esp8266",
    machine: "ESP module with ESP8266",
    release: "1.9.4-8-ga9a3caad0",
    released: "2018-05-11",
    // Up to MicroPython 1.11 all ports said PYB.
    softResetText: "PYB: soft reboot",
    uid: { bytes: 4, prefix: [] },
    frequencyHz: 80_000_000,
    epochOffsetSeconds: EPOCH_2000_SECONDS,
    // ports/esp8266/esp_mphal.c: input_buf_array[256].
    receiveBytes: 255,
    overflow: "drop",
    webRepl: "lost",
    rawPaste: "absent",
    // ports/esp8266/main.c of that time: a heap of 36 KiB.
    heapBytes: 36 * KIB,
    // 1 MB of flash: FatFs on what the firmware leaves, about 381 KB.
    flash: { kind: "fat", blockBytes: 4096, blocks: 93 },
  },
  {
    ...CIRCUITPYTHON_PICO,
    ...CIRCUITPYTHON_9,
    name: "circuitpython",
    summary: "CircuitPython 9 on a Pico: flash read-only to code, a fresh interpreter per REPL",
    circuitPython: { boardId: "raspberry_pi_pico", messages: ENGLISH },
  },
  {
    ...CIRCUITPYTHON_PICO,
    name: "circuitpython-de",
    summary: "CircuitPython 8 on a Pico that speaks German",
    release: "8.2.10",
    released: "2024-02-14",
    circuitPython: { boardId: "raspberry_pi_pico", messages: GERMAN },
  },
  {
    ...CIRCUITPYTHON_9,
    name: "samd51",
    summary: "CircuitPython 9 on a Feather M4 Express: as circuitpython, on another chip",
    // As a board said it: the specification's example of `%%connect --all`.
    platform: "MicroChip SAMD51",
    // ports/atmel-samd/boards/feather_m4_express/mpconfigboard.h
    machine: "Adafruit Feather M4 Express with samd51j19",
    // ports/atmel-samd/common-hal/microcontroller/Processor.h: a UID of 16 bytes.
    uid: { bytes: 16, prefix: [] },
    frequencyHz: 120_000_000,
    // 192 KB of RAM (data sheet); three quarters of it, by estimate.
    heapBytes: 144 * KIB,
    // A flash chip of 2 MB, all of it CIRCUITPY (feather_m4_express/mpconfigboard.mk: GD25Q16C).
    flash: { kind: "fat", blockBytes: 512, blocks: 4096 },
    circuitPython: { boardId: "feather_m4_express", messages: ENGLISH },
  },
  {
    ...CIRCUITPYTHON_9,
    name: "nrf52840",
    summary: "CircuitPython 9 on a Feather nRF52840: as circuitpython, on another chip",
    // As a board said it: the specification's example of `%%connect --all`.
    platform: "nRF52840",
    // ports/nordic/boards/feather_nrf52840_express/mpconfigboard.h
    machine: "Adafruit Feather nRF52840 Express with nRF52840",
    // ports/nordic/common-hal/microcontroller/Processor.h: a UID of 8 bytes.
    uid: { bytes: 8, prefix: [] },
    frequencyHz: 64_000_000,
    // 256 KB of RAM (data sheet); three quarters of it, by estimate.
    heapBytes: 192 * KIB,
    // A flash chip of 2 MB, all of it CIRCUITPY (feather_nrf52840_express/mpconfigboard.mk: GD25Q16C).
    flash: { kind: "fat", blockBytes: 512, blocks: 4096 },
    circuitPython: { boardId: "feather_nrf52840_express", messages: ENGLISH },
  },
  {
    name: "stm32",
    summary: "pyboard-like: native USB, and a small flash with FAT",
    platform: "pyboard",
    // ports/stm32/boards/PYBV11/mpconfigboard.h
    machine: "PYBv1.1 with STM32F405RG",
    release: "1.27.0",
    released: "2025-12-09",
    softResetText: "MPY: soft reboot",
    // The 96 bits of the chip's unique device ID (RM0090, "Device electronic signature").
    uid: { bytes: 12, prefix: [] },
    // ports/stm32/boards/PYBV11/mpconfigboard.h: a PLL of 168 MHz.
    frequencyHz: 168_000_000,
    epochOffsetSeconds: EPOCH_2000_SECONDS,
    // ports/stm32/usbd_cdc_interface.h: USBD_CDC_RX_DATA_SIZE is 1024; the ring holds one byte less.
    receiveBytes: 1023,
    overflow: "hold",
    // It has no radio.
    webRepl: "absent",
    rawPaste: 128,
    // 128 KB of RAM; gc.mem_free() says about 100 KB on a fresh board.
    heapBytes: 100 * KIB,
    // ports/stm32/boards/stm32f405.ld: FLASH_FS has 112 KiB.
    flash: { kind: "fat", blockBytes: 512, blocks: 224 },
  },
];

/** The name of the profile that boards have unless told otherwise. */
export const DEFAULT_PROFILE = PROFILES[0].name;

const BY_NAME = new Map(PROFILES.map((profile) => [profile.name, profile]));

/**
 * The profile called `name`.
 *
 * @throws {RangeError} when there is none; the message lists those there are.
 */
export function profileNamed(name: string): Profile {
  const profile = BY_NAME.get(name);
  if (profile === undefined) {
    const known = PROFILES.map((known) => known.name).join(", ");
    throw new RangeError(`There is no profile "${name}". Profiles are ${known}.`);
  }
  return profile;
}

/** The interpreter and its version, as a banner has it. */
export function versionText({ circuitPython, release, released }: Profile): string {
  const name = circuitPython === undefined ? "MicroPython v" : "Adafruit CircuitPython ";
  return `${name}${release} on ${released}`;
}

/** The UID of the board called `name`: always the same, and unlike that of any other name. */
export function uidOf(name: string, profile: Profile): Uint8Array<ArrayBuffer> {
  const { bytes, prefix } = profile.uid;
  const uid = new Uint8Array(bytes);
  // FNV-1a (Fowler, Noll, Vo), stretched: stable on every machine and release.
  let hash = 0x811c9dc5;
  const mix = (byte: number) => hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  for (const byte of new TextEncoder().encode(`${profile.name}/${name}`)) mix(byte);
  for (let i = 0; i < bytes; i++) {
    mix(i);
    uid[i] = prefix[i] ?? hash >>> 24 ^ hash & 0xff;
  }
  return uid;
}
