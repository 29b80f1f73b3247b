import assert from "node:assert/strict";
import { UsageError } from "@/base/errors.ts";
import { Environment } from "@/config/environment.ts";
import { ConfigError } from "@/config/problem.ts";
import { parseBench, readBench } from "./read_bench.ts";

const environment = new Environment({ HOME: "/home/me" });

const parse = (text: string) => parseBench(text, { path: "bench.yaml", environment });

Deno.test("parseBench() reads what the documentation shows", async () => {
  const { path, boards } = await parse(`
boards:
  pico-1:
    match: { vendor: 2e8a, serial: E6614C311B7E6F35 }
    has: [wifi]
    wiring: { loopback: { out: 4, in: GP5 }, i2c: { scl: 1, sda: 0, addresses: [0x3c] } }
    power: { uhubctl: { location: 1-1, port: 2 } }
    transports: [ws://10.0.0.7]
    quirks: { "reset/*": "no reset line" }
    timeouts: { check: 120, boot: 5 }
  feather: { uid: "24:0A:C4:12:87:7C", power: { on: ./on, off: ./off } }
  rig2: { url: rfc2217://rig2:4000 }
  micro: { qemu: microbit, through: ser2net }
  sim-esp: { sim: esp32 }
  sim-ws: { sim: esp32, transport: ws, faults: [lose=500], seed: 7 }
  far: { place: bench-7 }
`);
  assert.equal(path, "bench.yaml");
  const [pico] = boards;
  assert.deepEqual({ ...pico, at: undefined }, {
    name: "pico-1",
    at: undefined,
    source: { kind: "usb", vendor: "2e8a", serial: "E6614C311B7E6F35" },
    has: ["wifi"],
    wiring: {
      loopback: { out: 4, in: "GP5" },
      i2c: { scl: 1, sda: 0, addresses: [0x3c] },
    },
    power: { kind: "uhubctl", location: "1-1", port: 2 },
    transports: ["ws://10.0.0.7"],
    quirks: { "reset/*": "no reset line" },
    timeouts: { checkMs: 120_000, bootMs: 5_000 },
  });
  assert.deepEqual(boards.map(({ name, source }) => [name, source]).slice(1), [
    ["feather", { kind: "uid", uid: "24:0a:c4:12:87:7c" }],
    ["rig2", { kind: "url", url: "rfc2217://rig2:4000" }],
    ["micro", { kind: "qemu", machine: "microbit", through: "ser2net" }],
    ["sim-esp", { kind: "sim", profile: "esp32", transport: "pty", faults: [] }],
    ["sim-ws", { kind: "sim", profile: "esp32", transport: "ws", faults: ["lose=500"], seed: 7 }],
    ["far", { kind: "place", place: "bench-7" }],
  ]);
  assert.deepEqual(boards[1].power, { kind: "commands", on: "./on", off: "./off" });
});

Deno.test("parseBench() takes a USB id of digits only for the id, not for a number", async () => {
  const { boards } = await parse("boards:\n  a: { match: { vendor: 0403, product: 6001 } }\n");
  assert.deepEqual(boards[0].source, { kind: "usb", vendor: "0403", product: "6001" });
});

/** Each mistake, and what must be said about it: where, what, and what to do. */
const MISTAKES: readonly (readonly [text: string, message: RegExp])[] = [
  ["", /^bench\.yaml: the bench has no boards\. It begins with the line boards:/],
  ["boards:", /^bench\.yaml:1:\d+: the bench has no boards/],
  ["boards: [a]", /^bench\.yaml:1:9: boards must be keys and values, not a list/],
  ["board: {a: {sim: pico}}", /^bench\.yaml:1:1: unknown key "board".*Did you mean "boards"\?/],
  [
    "boards:\n  a: {}",
    /^bench\.yaml:2:3: the board "a" does not say where it comes from\. It needs/,
  ],
  ["boards:\n  a: {sim: pico, uid: feed0102}", /^bench\.yaml:2:3: .*has both "uid" and "sim"/],
  ["boards:\n  a b: {sim: pico}", /^bench\.yaml:2:3: "a b" cannot be a board's name/],
  ["boards:\n  a: {sim: pico, wirings: 1}", /^bench\.yaml:2:18: unknown key "wirings".*"wiring"/],
  ["boards:\n  a: {qemu: nano}", /^bench\.yaml:2:13: "nano" is not known here\. There is microbit/],
  ["boards:\n  a: {uid: xyz}", /^bench\.yaml:2:12: "xyz" is no UID\. .*24:0a/],
  ["boards:\n  a: {match: {}}", /^bench\.yaml:2:14: match must say what the USB device is/],
  ["boards:\n  a: {match: {vendor: 12345}}", /^bench\.yaml:2:23: "12345" is no USB id/],
  ["boards:\n  a: {match: {location: hub}}", /^bench\.yaml:2:25: "hub" is no USB location/],
  [
    "boards:\n  a: {url: serial:///dev/ttyACM0}",
    /2:12: .* does not name a board for good\. A serial/,
  ],
  ["boards:\n  a: {url: rig2}", /^bench\.yaml:2:12: "rig2" does not name a board/],
  ["boards:\n  a: {uid: feed0102, transport: ws}", /"transport" of the board "a" means nothing/],
  ["boards:\n  a: {sim: pico, transport: ws, through: ser2net}", /ser2net exports serial ports/],
  ["boards:\n  a: {sim: pico, power: {on: x}}", /^bench\.yaml:2:25: power must say how/],
  ["boards:\n  a: {sim: pico, wiring: {loopback: {out: 4}}}", /2:37: loopback needs in\./],
  ["boards:\n  a: {sim: pico, wiring: {i2c: {scl: 4}}}", /i2c needs sda and addresses/],
  [
    "boards:\n  a: {sim: pico, timeouts: {check: 0}}",
    /2:36: this must be a whole number from 1 to/,
  ],
  [
    "boards:\n  a: {uid: feed0102}\n  b: {uid: 'fe:ed:01:02'}",
    /3:3: the board "b" is "a" once more/,
  ],
  ["boards:\n\ta: {sim: pico}", /^bench\.yaml:2:\d+: .*spaces/],
];

Deno.test("parseBench() says what is wrong, where, and what to do", async (t) => {
  for (const [text, message] of MISTAKES) {
    await t.step(JSON.stringify(text), async () => {
      await assert.rejects(parse(text), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

Deno.test("readBench() says how to make the file that is missing", async () => {
  await assert.rejects(readBench("/nowhere/bench.yaml", environment), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /no bench file "\/nowhere\/bench\.yaml".*--init/);
    return true;
  });
});
