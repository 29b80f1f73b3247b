/**
 * The specification's examples: every input cell in its order, and what is printed below it there.
 * Addresses, dates and sizes are the specification's own; compare.ts knows what stands for them.
 */

import type { RuleName } from "./rules.ts";

/** One example. */
export interface SeedCell {
  readonly input: string;
  readonly output: string;
  /** The exception that ends it, as the specification shows it below the output. */
  readonly error?: string;
  /** In what its output may differ, besides what every cell's may. */
  readonly upTo?: readonly RuleName[];
}

/** In the order of the specification. */
export const SEED_CELLS: readonly SeedCell[] = [
  {
    input: "%lsmagic",
    // It ends there in the middle of a word.
    output: `Line Magic:    -h shows help (e.g. %discover -h)
  %cat         Print contents of named file on microcontroller
  %cd          Change the working directory.
  %connect     Connect to device
  %cp          Copy files between host and microcontroller.
  %discover    Discover available devices
  %gettime     Query microcontroller time
  %loglevel    Set logging level.
  %lsmagic     List all magic functions.
  %mkdirs      Create all directories specified by the path, as needed.
  %name        Name of currently connected microcontroller.
  %pip         Install packages from PyPi
  %platform    sys.platform of currently connected device.
  %rdiff       Show differences between microcontroller and host directories
  %register    Register device
  %rlist       List files on microcontroller
  %rm          Delete files relative to path.
  %rsync       Synchronize microcontroller to host directories
  %softreset   R`,
    upTo: ["more lines"],
  },
  {
    input: "%discover -h",
    output: `usage: %discover [-h] [-a] [-v]

Discover available devices

optional arguments:
  -h, --help     show this help message and exit
  -a, --all      list all devices connected to USB ports
  -v, --verbose  show uid
`,
    upTo: ["more lines"],
  },
  {
    input: `%%writefile main.py
# sample program
print("Hello from main.py!")`,
    output: "Overwriting main.py\n",
  },
  {
    input: "!cat main.py",
    output: `# sample program
print("Hello from main.py!")
`,
  },
  { input: "!rm main.py", output: "" },
  {
    input: "%discover",
    output: `test-esp32  ws://10.39.40.135:8266
samd51      serial:///dev/ttyACM0
stm32       serial:///dev/ttyACM1
test-esp32  serial:///dev/ttyUSB2
pico        serial:///dev/ttyUSB0
nrf52840    serial:///dev/ttyACM2
huzzah32    serial:///dev/ttyUSB1
`,
    upTo: ["order of rows"],
  },
  {
    input: `%connect "ws://10.39.40.135:8266"

for i in range(5): print(i, i**20)`,
    output: `Connected to test-esp32 @ ws://10.39.40.135:8266
0 0
1 1
2 1048576
3 3486784401
4 1099511627776
`,
  },
  {
    input: `%%connect --all --host

import sys
print("{:18}   ({})".format(sys.platform, sys.implementation.name))`,
    output: `
----- HOST

linux                (cpython)

----- test-esp32

esp32                (micropython)

----- samd51

MicroChip SAMD51     (circuitpython)

----- stm32

pyboard              (micropython)

----- test-esp32

esp32                (micropython)

----- pico

esp32                (micropython)

----- nrf52840

nRF52840             (circuitpython)

----- huzzah32

esp32                (micropython)
`,
    upTo: ["each board once"],
  },
  {
    input: `%name

a = 5
print(a)
%softreset
print("this will fail ...")
print(a)`,
    output: `test-esp32
5

!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!!!!   softreset ...     !!!!!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!

this will fail ...
`,
    error: `Traceback (most recent call last):
  File "<stdin>", line 2, in <module>
NameError: name 'a' isn't defined`,
  },
  {
    input: `%connect huzzah32

# list files on microcontroller
%rlist`,
    output: `Connected to huzzah32 @ serial:///dev/ttyUSB1
    139  Dec 31 23:00 1999  boot.py
`,
    upTo: ["dates"],
  },
  {
    input: "%cat boot.py",
    output: `# This file is executed on every boot (including wake-boot from deepsleep)
#import esp
#esp.osdebug(None)
#import webrepl
#webrepl.start()

`,
  },
  {
    input: `# show differences but do not commit any operations
%rdiff`,
    output: "Directories match\n",
  },
  {
    input: `# synchronize the microcontroller flash to the host
# by default, %rsync deletes files on the microcontroller that are not present on the host
# specify -u to upload data only

%rsync -u`,
    output: "Directories match\n",
  },
  {
    input: `%connect huzzah32

# start with a clean slate
%rm -rf /lib`,
    output: "Connected to huzzah32 @ serial:///dev/ttyUSB1\n",
  },
  {
    input: "%rsync",
    output: `ADD     /lib/bno055/bno055.py
ADD     /lib/bno055/bno055_base.py
ADD     /lib/bno055/bno055_test.py
ADD     /lib/pystone.py
ADD     /lib/secrets.py
`,
    upTo: ["summary"],
  },
  {
    input: "%rlist",
    output: `                            lib/
                                bno055/
   6491  Jun 29 18:41 2021          bno055.py
   5598  Jun 29 18:41 2021          bno055_base.py
   1078  Jun 29 18:41 2021          bno055_test.py
   7933  Jun 29 18:41 2021      pystone.py
    317  Jun 29 18:41 2021      secrets.py
`,
    upTo: ["dates", "sizes"],
  },
  {
    input: `%rsync
%softreset

import pystone
pystone.main(2000)`,
    output: `Directories match

!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!!!!   softreset ...     !!!!!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!

Pystone(1.2) time for 2000 passes = 1.968 seconds
This machine benchmarks at 1016.26 pystones/second
`,
    upTo: ["measured time"],
  },
  {
    input: `%rsync
%rlist`,
    output: `UPDATE  /boot.py
   1787  Jun 29 18:58 2021  boot.py
                            lib/
                                bno055/
   6491  Jun 29 18:41 2021          bno055.py
   5598  Jun 29 18:41 2021          bno055_base.py
   1078  Jun 29 18:41 2021          bno055_test.py
                                ota32/
     51  Jun 29 18:46 2021          __init__.py
   2048  Jun 29 18:46 2021          open_url.py
   3489  Jun 29 18:46 2021          ota.py
   7933  Jun 29 18:41 2021      pystone.py
    418  Jun 29 18:46 2021  mp_main.py
    317  Jun 29 18:48 2021  secrets.py
     52  Jun 29 18:46 2021  webrepl_cfg.py
`,
    upTo: ["dates", "sizes", "summary"],
  },
  {
    input: `%softreset
import boot`,
    output: `
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!!!!   softreset ...     !!!!!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!

WebREPL daemon started on ws://10.39.40.163:8266
Started webrepl in normal mode
`,
  },
  {
    input: "%connect 'ws://10.39.40.163:8266'",
    output: "Connected to huzzah32 @ ws://10.39.40.163:8266\n",
  },
  {
    input: `import network
wlan = network.WLAN(network.STA_IF)
print(wlan.ifconfig()[0])`,
    output: "10.39.40.163\n",
  },
];
