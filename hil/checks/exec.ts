/** Code runs on a board, and what it prints comes back as it was printed. */

import { concat } from "@/base/bytes.ts";
import { type Check, defineCheck } from "./check.ts";
import { expect, expectOk, expectSame, show } from "./expect.ts";
import { feature } from "./needs.ts";

/** Letters of one to four bytes in UTF-8. */
const UNICODE = "aé€𝄞漢字";

/** Lines of 64 bytes, newline included, and how many of them make 64 KB. */
const LINE = "0123456789abcdef".repeat(4).slice(0, 63);
const LINES = 1024;

/** 0x04 ends output in the raw REPL itself (MicroPython docs, reference/repl). */
const END_OF_OUTPUT = 0x04;

/** Running code. */
export const EXEC_CHECKS: readonly Check[] = [
  defineCheck({
    name: "exec/output",
    summary: "What a cell prints comes back",
    async run(bench) {
      const result = await bench.cell("print('ready', 6 * 7)");
      expectOk(result, "The cell");
      expectSame(result.stdout, "ready 42\n", "print('ready', 6 * 7)");
    },
  }),
  defineCheck({
    name: "exec/state",
    summary: "Variables stay from cell to cell",
    after: ["exec/output"],
    async run(bench) {
      expectOk(await bench.cell("hil_kept = 40"), "The first cell");
      const result = await bench.cell("print(hil_kept + 2)\ndel hil_kept");
      expectOk(result, "The second cell");
      expectSame(result.stdout, "42\n", "hil_kept + 2, kept from the cell before");
    },
  }),
  defineCheck({
    name: "exec/exception",
    summary: "An exception is an error with its name and its line in the cell",
    after: ["exec/output"],
    async run(bench) {
      const { outcome, stdout } = await bench.cell("print('before')\n\n\nhil_missing\n");
      expectSame(stdout, "before\n", "What was printed before the exception");
      if (outcome.status === "ok") return expect(false, "A NameError was reported as success");
      expectSame(outcome.ename, "NameError", "The exception's name");
      expectSame(outcome.origin, "code", "Who failed");
      const traceback = outcome.traceback.join("\n");
      expect(/line 4\b/.test(traceback), `The traceback does not name line 4: ${show(traceback)}`);
    },
  }),
  defineCheck({
    name: "exec/unicode",
    summary: "Letters of one to four bytes go there and back",
    after: ["exec/output"],
    async run(bench) {
      const result = await bench.cell(`hil_text = '${UNICODE}'\nprint(hil_text)\ndel hil_text`);
      expectOk(result, "The cell");
      expectSame(result.stdout, `${UNICODE}\n`, `print('${UNICODE}')`);
    },
  }),
  defineCheck({
    name: "exec/64k",
    summary: "64 KB of output arrive whole and in order",
    after: ["exec/output"],
    async run(bench) {
      const code = `for i in range(${LINES}): print('%04d${LINE.slice(4)}' % i)`;
      const start = performance.now();
      const result = await bench.cell(code);
      const seconds = (performance.now() - start) / 1000;
      expectOk(result, "The cell");
      const lines = result.stdout.split("\n");
      for (let i = 0; i < LINES; i++) {
        const wanted = `${i.toString().padStart(4, "0")}${LINE.slice(4)}`;
        expectSame(lines[i], wanted, `Line ${i + 1} of ${LINES}`);
      }
      expectSame(result.stdout.length, LINES * 64, "The output's length in bytes");
      bench.measure("output", result.stdout.length / 1024 / seconds, "KB/s");
    },
  }),
  defineCheck({
    name: "exec/binary",
    summary: "Bytes of all values but 0x04 arrive as they were written",
    needs: [feature("rawOutput")],
    after: ["exec/output"],
    async run(bench) {
      const device = await bench.device();
      const chunks: Uint8Array[] = [];
      const code = "import sys\n" +
        `sys.stdout.buffer.write(bytes(i for i in range(256) if i != ${END_OF_OUTPUT}))`;
      const { stderr } = await device.converse(code, {
        signal: bench.signal,
        onOutput: (chunk) => void chunks.push(chunk.slice()),
      });
      expectSame(stderr, "", "The traceback");
      const bytes = concat(chunks);
      const wanted = Array.from({ length: 256 }, (_, value) => value)
        .filter((value) => value !== END_OF_OUTPUT);
      expectSame(bytes.length, wanted.length, "The number of bytes");
      for (const [index, value] of wanted.entries()) {
        expectSame(bytes[index], value, `Byte ${index}`);
      }
    },
  }),
];
