import assert from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import type { UsbPort } from "@/discovery/usb.ts";
import { benchText, type FoundBoard } from "./init.ts";
import { parseBench } from "./read_bench.ts";

const PORT: UsbPort = {
  path: "/dev/ttyACM0",
  vendor: "2e8a",
  product: "0005",
  serialNumber: "E6614C311B7E6F35",
  location: "1-1.2",
  description: "Board in FS mode",
};

const BOARDS: readonly FoundBoard[] = [
  { name: "pico 1", url: "serial:///dev/ttyACM0", uid: "e6:61:4c:31:1b:7e:6f:35" },
  { name: "pico 1", url: "ws://10.0.0.7:8266", uid: "e6:61:4c:31:1b:7e:6f:35" },
  { name: "24:0a:c4:12:87:7c", url: "serial:///dev/ttyUSB0", uid: "24:0a:c4:12:87:7c" },
  { name: "", url: "rfc2217://rig2:4000", uid: "" },
  { name: "pico-1", url: "serial:///dev/ttyACM7", uid: "01:02" },
];

Deno.test("benchText() names each board once, by its UID", () => {
  assert.equal(
    benchText(BOARDS, [PORT]),
    `# The boards of this rig. What can be said of each: docs/hil.md.
boards:
  # Board in FS mode, 2e8a:0005, E6614C311B7E6F35, at 1-1.2
  pico-1:
    uid: "e6:61:4c:31:1b:7e:6f:35"
    transports: [ws://10.0.0.7:8266]
  board-12877c:
    uid: "24:0a:c4:12:87:7c"
  board:
    url: rfc2217://rig2:4000
  pico-1-2:
    uid: "01:02"
`,
  );
});

Deno.test("benchText() writes what readBench() reads", async () => {
  const environment = new Environment({ HOME: "/home/me" });
  const { boards } = await parseBench(benchText(BOARDS, [PORT]), { path: "b.yaml", environment });
  assert.deepEqual(boards.map(({ name }) => name), ["pico-1", "board-12877c", "board", "pico-1-2"]);
});
