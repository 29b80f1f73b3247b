import assert from "node:assert/strict";
import { checkOptions, type SimulationOptions } from "./sim_options.ts";

const wrong: [options: Partial<SimulationOptions>, message: RegExp][] = [
  [{ profile: "avr" }, /no profile "avr"\. Profiles are esp32, pico, legacy/],
  [{ faults: ["cut=1", "melt"] }, /no fault "melt"/],
  [{ program: "game" }, /no program "game"\. Programs are aiorepl,/],
  [{ baud: 0 }, /^0 baud is no speed: give a whole number from 50 to \d+\.$/],
  [{ baud: -9600 }, /^-9600 baud is no speed/],
  [{ baud: NaN }, /^NaN baud is no speed/],
  [{ baud: 9600.5 }, /^9600\.5 baud is no speed/],
  [{ baud: Infinity }, /^Infinity baud is no speed/],
  [{ latencyMs: -1 }, /^-1 ms is no latency of a line: give a number from 0 to 60000\.$/],
  [{ latencyMs: NaN }, /^NaN ms is no latency/],
  [{ latencyMs: 1e12 }, /^1000000000000 ms is no latency/],
  [{ seed: NaN }, /^NaN is no seed: give a whole number from 0 to 4294967295\.$/],
  [{ seed: -1 }, /^-1 is no seed/],
  [{ seed: 0.5 }, /^0\.5 is no seed/],
  [{ seed: 2 ** 32 }, /^4294967296 is no seed/],
  [{ tcp: -1 }, /^-1 is no port: give a whole number from 0 to 65535\.$/],
  [{ tcp: 65_536 }, /^65536 is no port/],
  [{ names: ["a", "b"], tcp: 65_535 }, /^65535 is no port: give a whole number from 0 to 65534\.$/],
  [{ ws: 65_536 }, /^65536 is no port/],
  [{ ws: 0, password: "" }, /^A WebREPL's password has 1 to 9 characters, not 0\.$/],
  [{ ws: 0, profile: "circuitpython" }, /^Boards of the profile "circuitpython" have no WebREPL/],
  [{ mp: -1 }, /^-1 is no port/],
  [{ mp: 0, password: "a\nb" }, /^A password is one line/],
  [{ ws: 0, password: "0123456789" }, /password has 1 to 9 characters, not 10/],
  [{ names: [""] }, /^"" is no name for a board/],
  [{ names: [".."] }, /^"\.\." is no name/],
  [{ names: ["a", "../b"] }, /^"\.\.\/b" is no name/],
  [{ names: ["a", "b", "a"] }, /^Two boards have the same name/],
];
for (const [options, message] of wrong) {
  Deno.test(`checkOptions() refuses ${Deno.inspect(options)}`, () => {
    const check = () => checkOptions({ names: ["a"], ...options });
    assert.throws(check, { name: "RangeError", message });
  });
}

const right: Partial<SimulationOptions>[] = [
  {},
  { ws: 8266, password: "secret123" },
  { mp: 54_321, password: "as long as one likes" },
  { names: ["demo", "esp32-1", "a.b", "_x"] },
  { profile: "pico", faults: ["cut=20", "mute"], pty: true },
  { baud: 50, latencyMs: 0, seed: 0, tcp: 0 },
  { baud: 3_000_000, latencyMs: 0.5, seed: 2 ** 32 - 1, tcp: 65_535 },
];
for (const options of right) {
  Deno.test(`checkOptions() takes ${Deno.inspect(options)}`, () => {
    checkOptions({ names: ["a"], ...options });
  });
}
