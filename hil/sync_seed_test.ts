/**
 * The examples of the specification's chapters "File Management" and "Device Configuration", each on
 * a board in the state that it assumes (docs/sync.md has the table). Dates and the time that a
 * program took are the test's own; all else is printed as it is there.
 */

import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { fileOf, SyncDesk } from "./sync_testing.ts";

const BOOT = `# This file is executed on every boot (including wake-boot from deepsleep)
#import esp
#esp.osdebug(None)
#import webrepl
#webrepl.start()
`;

/** A module that says what the specification's own says. */
const PYSTONE = `def main(loops):
    print("Pystone(1.2) time for %d passes = %g seconds" % (loops, 1.968))
    print("This machine benchmarks at %g pystones/second" % 1016.26)
`.padEnd(7932, "#") + "\n";

const LIBRARIES = {
  "iot49/libs/pystone.py": PYSTONE,
  "iot49/libs/secrets.py": fileOf(317),
  "iot49/libs/bno055/bno055.py": fileOf(6491),
  "iot49/libs/bno055/bno055_base.py": fileOf(5598),
  "iot49/libs/bno055/bno055_test.py": fileOf(1078),
};

const STARTED = `print("WebREPL daemon started on ws://10.39.40.163:8266")
print("Started webrepl in normal mode")
`;

const ESP32 = {
  "iot49/libs/esp32/boot.py": STARTED.padEnd(1786, "#") + "\n",
  "iot49/libs/esp32/mp_main.py": fileOf(418),
  "iot49/libs/esp32/webrepl_cfg.py": fileOf(52),
  "iot49/libs/esp32/lib/ota32/__init__.py": fileOf(51),
  "iot49/libs/esp32/lib/ota32/open_url.py": fileOf(2048),
  "iot49/libs/esp32/lib/ota32/ota.py": fileOf(3489),
};

const SIMPLE = `huzzah32:
    uid: UID
    resources:
        - pystone.py
        - secrets.py
        - bno055
`;

const CUSTOM = `huzzah32:
    uid: UID
    resources:
        - esp32:
            install-dir: /
            unpack: true
        - pystone.py
        - secrets.py: /
        - bno055
`;

const FULL = `test-stm32:
    uid: UID
    libs:
        - $IOT49/libs
        - $IOT/projects/airlift/libs
    install-dir: /spi/lib
    resources:
        - stm32: 
            install-dir: /flash
            unpack: true
        - secrets.py: /spi
        - neopixel.py
        - airlift_client:
            unpack: true
        - mp_server:
            unpack: true
            install-dir: /spi/lib/mp
`;

/** Dates as the specification's: only their form can be the same. */
function withoutDates(text: string): string {
  return text.replace(/\b[A-Z][a-z]{2} \d\d \d\d:\d\d \d{4}\b/g, "Jun 29 18:41 2021");
}

/** The board's flash as the host's files would be on it. */
function onBoard(host: Record<string, string>, from: string, to: string): Record<string, string> {
  const prefix = `iot49/libs/${from}`;
  return Object.fromEntries(
    Object.entries(host).filter(([path]) => path.startsWith(prefix))
      .map(([path, data]) => [to + path.slice(prefix.length), data]),
  );
}

Deno.test('"File Management": a fresh board, whose boot.py the configuration brings', async () => {
  await using desk = await SyncDesk.open({
    config: "huzzah32:\n    uid: UID\n    resources:\n        - boot.py: /\n",
    host: { "iot49/libs/boot.py": BOOT },
    board: { "/boot.py": BOOT },
  });
  const listed = await desk.run(
    "%connect huzzah32\n\n# list files on microcontroller\n%rlist",
  );
  assertEquals(
    withoutDates(listed),
    "Connected to huzzah32 @ sim://huzzah32\n    139  Jun 29 18:41 2021  boot.py\n",
  );
  assertEquals(await desk.run("%cat boot.py"), `${BOOT}\n`);
  assertEquals(
    await desk.run("# show differences but do not commit any operations\n%rdiff"),
    "Directories match\n",
  );
  assertEquals(
    await desk.run("# specify -u to upload data only\n\n%rsync -u"),
    "Directories match\n",
  );
});

Deno.test('"Simple": from a clean slate to a program that runs', async () => {
  await using desk = await SyncDesk.open({
    config: SIMPLE,
    host: LIBRARIES,
    board: { "/lib/old.py": "old", "/lib/bno055/old.py": "old" },
  });
  assertEquals(
    await desk.run("%connect huzzah32\n\n# start with a clean slate\n%rm -rf /lib"),
    "Connected to huzzah32 @ sim://huzzah32\n",
  );
  assertEquals(
    await desk.run("%rsync"),
    `ADD     /lib/bno055/bno055.py
ADD     /lib/bno055/bno055_base.py
ADD     /lib/bno055/bno055_test.py
ADD     /lib/pystone.py
ADD     /lib/secrets.py
`,
  );
  assertEquals(
    withoutDates(await desk.run("%rlist")),
    `                            lib/
                                bno055/
   6491  Jun 29 18:41 2021          bno055.py
   5598  Jun 29 18:41 2021          bno055_base.py
   1078  Jun 29 18:41 2021          bno055_test.py
   7933  Jun 29 18:41 2021      pystone.py
    317  Jun 29 18:41 2021      secrets.py
`,
  );
  assertEquals(
    await desk.run("%rsync\n%softreset\n\nimport pystone\npystone.main(2000)"),
    `Directories match

!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!!!!   softreset ...     !!!!!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!

Pystone(1.2) time for 2000 passes = 1.968 seconds
This machine benchmarks at 1016.26 pystones/second
`,
  );
});

Deno.test('"Custom Destination": all is there already, but for the boot.py of before', async () => {
  const host = { ...LIBRARIES, ...ESP32 };
  await using desk = await SyncDesk.open({
    config: CUSTOM,
    host,
    board: {
      ...onBoard(host, "esp32/", "/"),
      ...onBoard(host, "bno055/", "/lib/bno055/"),
      "/lib/pystone.py": PYSTONE,
      "/secrets.py": LIBRARIES["iot49/libs/secrets.py"],
      "/boot.py": BOOT,
    },
  });
  assertEquals(
    withoutDates(await desk.run("%rsync\n%rlist")),
    `UPDATE  /boot.py
   1787  Jun 29 18:41 2021  boot.py
                            lib/
                                bno055/
   6491  Jun 29 18:41 2021          bno055.py
   5598  Jun 29 18:41 2021          bno055_base.py
   1078  Jun 29 18:41 2021          bno055_test.py
                                ota32/
     51  Jun 29 18:41 2021          __init__.py
   2048  Jun 29 18:41 2021          open_url.py
   3489  Jun 29 18:41 2021          ota.py
   7933  Jun 29 18:41 2021      pystone.py
    418  Jun 29 18:41 2021  mp_main.py
    317  Jun 29 18:41 2021  secrets.py
     52  Jun 29 18:41 2021  webrepl_cfg.py
`,
  );
  const started = await desk.run("%softreset -q\nimport boot");
  // The board runs it as it starts, and again when it is imported.
  match(started, /WebREPL daemon started on ws:\/\/10\.39\.40\.163:8266\r?\nStarted webrepl/);
});

Deno.test('"Full Example": two flash memories, and libraries of a project', async () => {
  await using desk = await SyncDesk.open({
    config: FULL,
    host: {
      "iot49/libs/stm32/boot.py": fileOf(20),
      "iot49/libs/stm32/spi_flash.py": fileOf(30),
      "iot49/libs/secrets.py": fileOf(317),
      "projects/airlift/libs/neopixel.py": fileOf(40),
      "projects/airlift/libs/airlift_client/airlift.py": fileOf(50),
      "projects/airlift/libs/mp_server/server.py": fileOf(60),
      // The first of the libs that has it.
      "projects/airlift/libs/secrets.py": fileOf(5),
    },
  });
  await desk.run(`import os, vfs

class Flash:
    def __init__(self, path, size):
        self.size = size
        self.path = path
        os.mkdir(path)
        self.vfs = vfs.VfsPosix(path)

    def __getattr__(self, name):
        return getattr(self.vfs, name)

    # VfsPosix with a root of its own makes both names in one buffer.
    def rename(self, old, new):
        os.rename(self.path + old, self.path + new)

    def statvfs(self, path):
        return 512, 512, self.size, self.size, self.size, 0, 0, 0, 0, 255

os.mount(Flash("/.internal", 100), "/flash")
os.mount(Flash("/.external", 4000), "/spi")
with open("/flash/old.py", "w") as f:
    f.write("old")
with open("/spi/old.py", "w") as f:
    f.write("old")
`);
  const expected = `ADD     /flash/boot.py
ADD     /flash/spi_flash.py
ADD     /spi/lib/airlift.py
ADD     /spi/lib/mp/server.py
ADD     /spi/lib/neopixel.py
ADD     /spi/secrets.py
DELETE  /flash/old.py
DELETE  /spi/old.py
`;
  assertEquals(await desk.run("%rdiff"), expected);
  assertEquals(await desk.run("%rsync"), expected);
  assertEquals(await desk.run("%rsync"), "Directories match\n");
  assertEquals(await desk.run("print(os.stat('/spi/secrets.py')[6])"), "317\n");
});
