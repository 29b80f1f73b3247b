/**
 * Every check is shown to fail: for each there is a board with something wrong with it, on which that
 * check fails and says why, while those that build on it are skipped and say so.
 */

import assert from "node:assert/strict";
import { CHECKS } from "./all.ts";
import type { Check } from "./check.ts";
import { type Mutation, type Rewrite, runOn } from "./mutants_testing.ts";

/** A board that something is wrong with, and what its check must say. */
interface Mutant extends Mutation {
  readonly message: RegExp;
}

/** Ctrl-C does not reach the board; Enter in its place does no harm. */
const NO_INTERRUPT: readonly Rewrite[] = [["\x03", "\r"]];

/** The answer to what is asked once a board is connected has a wrong digit. */
const WRONG_ANSWER: Mutant = {
  in: [["462", "463"]],
  message: /^print\(6 \* 77\) after connecting from .*: expected "462\\n", got "463\\n"/,
};

/** A variable is another one after an interrupt. */
const FORGETFUL: Mutant = {
  out: [["hil_kept = 42", "hil_kept = 43"]],
  message: /^A variable from before the interrupt: expected "42\\n", got "43\\n"/,
};

/** A file that has just got its name gets a byte more: flash that is worn out. */
const WORN_OUT = `
import os
_rename = os.rename
def _worn(old, new):
    _rename(old, new)
    with open(new, "ab") as file:
        file.write(b"x")
os.rename = _worn
`;

/** No file can be put in its place. */
const NO_RENAME = `
import os
def _fails(old, new):
    raise OSError(5)
os.rename = _fails
`;

/** A file that was sent comes back with a byte more. */
const longer = (size: number): Mutant => ({
  boot: WORN_OUT,
  message: new RegExp(`it has ${size + 1} bytes, not ${size}`),
});

const NETWORK = `
STA_IF = 0
class WLAN:
    _in = True
    def __init__(self, interface): pass
    def active(self, on): pass
    def disconnect(self): WLAN._in = False
    def isconnected(self): return WLAN._in
    def status(self): return 201
    def connect(self, name, password): WLAN._in = (name, password) == ("lab-net", "lab-word")
`;

const WIFI: Mutation = {
  spec: { has: ["wifi"] },
  secrets: 'wifi_ssid = "lab-net"\nwifi_pwd = "lab-word"\n',
};

const LOOPBACK: Mutation = { spec: { wiring: { loopback: { out: 4, in: 5 } } } };
const BUS: Mutation = { spec: { wiring: { i2c: { scl: 22, sda: 21, addresses: [0x3c] } } } };

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "exec/output": {
    in: [["ready 42", "ready 43"]],
    message: /^print\('ready', 6 \* 7\): expected "ready 42\\n", got "ready 43\\n"/,
  },
  "exec/state": {
    out: [["hil_kept = 40", "hil_kept = 41"]],
    message: /^hil_kept \+ 2, kept from the cell before: expected "42\\n", got "43\\n"/,
  },
  "exec/exception": { in: [["line 4", "line 9"]], message: /does not name line 4: .*line 9/ },
  "exec/unicode": { in: [["é", "è"]], message: /^print\('aé€𝄞漢字'\): expected "aé.*, got "aè/ },
  "exec/64k": { in: [["0512456789", "0512456780"]], message: /^Line 513 of 1024: expected/ },
  "exec/binary": {
    in: [["\x7b\x7c", "\x7b\x00"]],
    message: /^Byte 123: expected 124, got 0/,
  },
  "connect/prompt": WRONG_ANSWER,
  "connect/half-line": WRONG_ANSWER,
  "connect/continuation": WRONG_ANSWER,
  "connect/paste": WRONG_ANSWER,
  "connect/raw": WRONG_ANSWER,
  "connect/raw-half": WRONG_ANSWER,
  "connect/raw-paste-half": WRONG_ANSWER,
  "connect/loop": {
    out: NO_INTERRUPT,
    message: /Nothing answers at .*: Ctrl-C and Ctrl-A were sent|does not stop what it does/,
  },
  "connect/printing": WRONG_ANSWER,
  "connect/input": WRONG_ANSWER,
  "interrupt/loop": FORGETFUL,
  "interrupt/sleep": FORGETFUL,
  "interrupt/printing": {
    in: [["KeyboardInterrupt", "KeyboardInterrupd"]],
    message: /^What ended the program: expected "KeyboardInterrupt"/,
  },
  "reset/soft": { boot: "hil_kept = 1\n", message: /^A variable from before .* is still there/ },
  "reset/hard": { boot: "hil_kept = 1\n", message: /^A variable from before .* is still there/ },
  "endurance/1000-execs": {
    boot: `
_leak = []
_print = print
def print(*words):
    _leak.append(len(_leak) * 0.5)
    _print(*words)
`,
    message: /^The board has \d+ bytes less than before 1000 programs/,
  },
  "endurance/echo": {
    in: [["\x0401234567890123", "\x0401234567890124"]],
    message: /^The echo of 14 letters: expected/,
  },
  "files/round-trip-0": longer(0),
  "files/round-trip-1": longer(1),
  "files/round-trip-63": longer(63),
  "files/round-trip-64": longer(64),
  "files/round-trip-65": longer(65),
  "files/round-trip-255": longer(255),
  "files/round-trip-256": longer(256),
  "files/round-trip-257": longer(257),
  "files/round-trip-4096": longer(4096),
  "files/round-trip-50000": longer(50_000),
  "files/missing": { files: { "iot_hil_missing.txt": "x" }, message: /is not there was shown/ },
  "sync/twice": { boot: WORN_OUT, message: /second %rsync -u still had something to do: .*UPDATE/ },
  "sync/cut": { boot: WORN_OUT, message: /iot_hil_a\.py is neither the old file nor the new one/ },
  "clock/synctime": {
    boot: "import time\ntime.localtime = lambda *_: (2001, 1, 1, 0, 0, 0, 0, 1)\n",
    message: /^%synctime failed: .*2001/,
  },
  "completion/names": { out: [["hil_latch", "hil_latcm"]], message: /hil_latch not offered/ },
  "completion/attributes": { in: [["collect", "collecs"]], message: /gc\.collect is not offered/ },
  "store/round-trip": { in: [["True", "Trux"]], message: /^Whether 0 came back equal/ },
  "webrepl/right-password": {
    by: "ws",
    in: [["by air", "by aim"]],
    message: /^print\('by air'\): expected "by air\\n", got "by aim\\n"/,
  },
  "webrepl/wrong-password": {
    by: "ws",
    password: "not-it",
    message: /^A wrong password was accepted/,
  },
  "gpio/loopback": {
    ...LOOPBACK,
    message: /^Levels of pin 4, read at pin 5: expected "1 0 1 1 0", got "0 0 0 0 0"/,
  },
  "gpio/i2c": { ...BUS, message: /^0x3c did not answer, but/ },
  "wifi/reconnect": {
    ...WIFI,
    files: { "network.py": NETWORK.replace("WLAN._in = (name", "raise OSError('radio off') # (") },
    message: /^Joining: OSError: radio off/,
  },
  "throughput/files": {
    boot: NO_RENAME,
    message: /^Copying 32768 bytes \(up, random\) failed: .*error 5/i,
  },
};

/** Boards that have what a simulated one lacks: their checks pass, so that the above can be believed. */
const SOUND: Readonly<Record<string, Mutation>> = {
  "gpio/loopback": {
    ...LOOPBACK,
    boot: `
import machine
class _Wired:
    level = 0
    def get(self, pin, default=0): return self.level if pin == 5 else default
    def __setitem__(self, pin, level): self.level = level
machine.Pin._levels = _Wired()
`,
  },
  "gpio/i2c": { ...BUS, boot: "import machine\nmachine.I2C.scan = lambda _: [0x3c]\n" },
  "wifi/reconnect": { ...WIFI, files: { "network.py": NETWORK } },
  "webrepl/right-password": { by: "ws" },
  "webrepl/wrong-password": { by: "ws" },
};

Deno.test("every check has a board on which it must fail", () => {
  const names = CHECKS.map(({ name }) => name);
  assert.deepEqual(Object.keys(MUTANTS).sort(), names.sort());
});

for (const [name, { message, ...mutation }] of Object.entries(MUTANTS)) {
  Deno.test(`${name} fails where it should, and says why`, async () => {
    const check = CHECKS.find((check) => check.name === name)!;
    const dependents = CHECKS.filter(({ after }) => after?.includes(name)).slice(0, 1);
    const { checks } = await runOn(mutation, [check, ...dependents.map(independent(name))]);
    const [result, dependent] = checks;
    assert.equal(result.verdict, "fail", `${result.verdict}: ${result.message}`);
    assert.match(result.message!, message);
    assert.ok(result.attempts.every(({ transcript }) => transcript.length > 0));
    if (dependents.length === 0) return;
    assert.equal(dependent.verdict, "skip");
    assert.equal(dependent.message, `builds on ${name}, which failed`);
  });
}

for (const [name, mutation] of Object.entries(SOUND)) {
  Deno.test(`${name} passes on a board that has what it takes`, async () => {
    const { checks: [result] } = await runOn(
      mutation,
      CHECKS.filter((check) => check.name === name),
    );
    assert.equal(result.verdict, "pass", result.message);
  });
}

/** A check that builds on nothing but `name`, and lacks nothing. */
function independent(name: string): (check: Check) => Check {
  return (check) => ({ ...check, after: [name], needs: [] });
}
