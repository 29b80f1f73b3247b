/** Pins that are wired do what the wire says. */

import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expect, expectSame, show } from "./expect.ts";
import { feature, wiring } from "./needs.ts";

/** Levels that are put on the wire, one after the other. */
const LEVELS = [1, 0, 1, 1, 0];

/** Pins and buses. */
export const GPIO_CHECKS: readonly Check[] = [
  defineCheck({
    name: "gpio/loopback",
    summary: "What one pin puts on the wire, the other one reads",
    needs: [feature("pins"), wiring("loopback")],
    after: ["exec/output"],
    async run(bench) {
      const { out, in: input } = bench.facts.spec.wiring.loopback!;
      const code = [
        "from machine import Pin",
        `hil_out = Pin(${pin(out)}, Pin.OUT)`,
        `hil_in = Pin(${pin(input)}, Pin.IN)`,
        `for hil_level in (${LEVELS.join(", ")}):`,
        "    hil_out.value(hil_level)",
        "    print(hil_in.value())",
        `hil_out = Pin(${pin(out)}, Pin.IN)`,
        "del hil_out, hil_in, hil_level",
      ];
      const read = (await evaluate(bench, code)).trim().split(/\s+/).join(" ");
      expectSame(read, LEVELS.join(" "), `Levels of pin ${out}, read at pin ${input}`);
    },
  }),
  defineCheck({
    name: "gpio/i2c",
    summary: "Everything that is on the bus answers",
    needs: [feature("pins"), wiring("i2c")],
    after: ["exec/output"],
    async run(bench) {
      const { id = 0, scl, sda, addresses } = bench.facts.spec.wiring.i2c!;
      const code = [
        "from machine import I2C, Pin",
        `print(*I2C(${id}, scl=Pin(${pin(scl)}), sda=Pin(${pin(sda)})).scan())`,
      ];
      const found = (await evaluate(bench, code)).trim().split(" ").filter(Boolean).map(Number);
      const missing = addresses.filter((address) => !found.includes(address));
      const names = (list: readonly number[]) => list.map((one) => `0x${one.toString(16)}`);
      expect(
        missing.length === 0,
        `${names(missing).join(", ")} did not answer, but ${show(names(found))}`,
      );
    },
  }),
];

async function evaluate(bench: CheckContext, lines: readonly string[]): Promise<string> {
  return await (await bench.device()).evaluate(lines.join("\n"), { signal: bench.signal });
}

/** A pin as Python writes it. */
function pin(id: number | string): string {
  return typeof id === "number" ? String(id) : `'${id}'`;
}
