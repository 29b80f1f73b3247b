/** What moving files costs on the wire: every byte of both directions behind the raw REPL's prompt. */

import assert from "node:assert/strict";
import type { Device } from "@/device/device.ts";
import { openBoardFiles } from "@/device/files/open_board_files.ts";
import type { Fault } from "../mocks/links/faults.ts";
import { Rig } from "./sync/rig_testing.ts";
import { randomFrom, sameBytes, type Tree, wantedFiles } from "./sync/trees_testing.ts";

const PAYLOAD_BYTES = 100_000;
/** Python without `sys.stdin.buffer`, as that of CircuitPython: text comes and goes, no other bytes. */
const TEXT_ONLY = `def _boot():
    import sys
    class Input:
        read = lambda self, n: sys.stdin.read(n)
    class Output:
        write = lambda self, text: sys.stdout.write(text)
    class Modules:
        stdin = Input()
        stdout = Output()
        def __getattr__(self, name):
            return getattr(sys, name)
    sys.modules["sys"] = Modules()
_boot()
del _boot
`;

/** Counts what is on a line. */
class Meter implements Fault {
  bytes = 0;
  /** Programs that were sent. */
  programs = 0;

  toBoard(data: Uint8Array): Uint8Array {
    this.bytes += data.length;
    // How raw paste is asked for (MicroPython docs, reference/repl, "Raw-paste mode").
    if (data.length === 3 && sameBytes(data, Uint8Array.of(0x05, 0x41, 0x01))) this.programs++;
    return data;
  }

  toHost(data: Uint8Array): Uint8Array {
    this.bytes += data.length;
    return data;
  }
}

/** Runs `work` on a board that was just connected to, and says what that cost. */
async function costOf(rig: Rig, work: (device: Device) => Promise<void>): Promise<Meter> {
  const meter = new Meter();
  await using device = await rig.connect({ faults: [meter] });
  // Who it is is known before files are thought of.
  await device.identity();
  meter.bytes = meter.programs = 0;
  await work(device);
  const { bytes, programs } = meter;
  return Object.assign(new Meter(), { bytes, programs });
}

function randomBytes(): Uint8Array<ArrayBuffer> {
  const random = randomFrom(5);
  return Uint8Array.from({ length: PAYLOAD_BYTES }, () => random() >>> 8 & 0xff);
}

for (
  const [kind, options, limit] of [
    ["takes raw bytes", {}, 1.05],
    ["takes text only", { bootProgram: TEXT_ONLY }, 1.40],
  ] as const
) {
  Deno.test(`random bytes cost at most ${limit} bytes each on a board that ${kind}`, async () => {
    const data = randomBytes();
    await using rig = await Rig.start({ profile: "esp32", ...options });
    const upload = await costOf(rig, async (device) => {
      await openBoardFiles(device).upload(await wantedFiles(new Map([["/data.bin", data]])));
    });
    await rig.settled();
    assert.ok(sameBytes(rig.files.get("/data.bin"), data), "what is on the board");
    const ratio = upload.bytes / PAYLOAD_BYTES;
    assert.ok(ratio <= limit, `${ratio} bytes a byte to the board`);
    const download = await costOf(rig, async (device) => {
      const received = await openBoardFiles(device).download("/data.bin");
      assert.ok(sameBytes(received, data), "what came");
    });
    const back = download.bytes / PAYLOAD_BYTES;
    assert.ok(back <= limit, `${back} bytes a byte from the board`);
  });
}

Deno.test("a tree of 200 files that is as it should be costs one round trip and at most 12 KB", async () => {
  const random = randomFrom(6);
  const tree: Tree = new Map(
    Array.from({ length: 200 }, (_, index) => [
      `/lib/package${index % 10}/a_module_${index}.py`,
      Uint8Array.from({ length: 300 }, () => random() >>> 8 & 0xff),
    ]),
  );
  await using rig = await Rig.start({ profile: "esp32", files: tree });
  const wanted = await wantedFiles(tree);
  const { bytes, programs } = await costOf(rig, async (device) => {
    const { add, update, surplus } = await openBoardFiles(device).difference(wanted, {
      roots: ["/"],
      isProtected: () => false,
    });
    assert.deepEqual([add, update, surplus], [[], [], []]);
  });
  assert.ok(bytes <= 12 * 1024, `${bytes} bytes`);
  assert.equal(programs, 1, "programs that were sent");
});
