/**
 * The tour's steps on unmodified MicroPython firmware, on QEMU's emulated micro:bit, reached as a
 * serial port: connect, compute, an exception, an interrupt, a soft reset.
 */

import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { Microbit } from "../boards/microbit.ts";
import { JupyterKernel } from "./support/jupyter.ts";
import { iot, temporaryDirectory } from "./support/product.ts";

/** An interrupt from Jupyter takes effect within a second; a busy machine gets more. */
const INTERRUPT_LIMIT_MS = 10_000;

// deno-lint-ignore no-control-regex -- the escape character is what is looked for
const withoutColour = (text: string) => text.replace(/\x1b\[[\d;]*m/g, "");

Deno.test("the tour runs on an emulated micro:bit", async (test) => {
  await using board = await Microbit.start();
  const url = `serial://${board.path}`;
  await using prefix = await temporaryDirectory();
  strictEqual((await iot(["install", "--prefix", prefix.path])).code, 0);
  await using kernel = await JupyterKernel.start(prefix.path, {
    env: { IOT_PORTS: url },
  });

  await test.step("discover finds it", async () => {
    const { stdout, reply } = await kernel.execute("%discover");
    assertEquals(reply.status, "ok");
    ok(stdout.trimEnd().endsWith(url), stdout);
  });

  await test.step("connect", async () => {
    const { stdout } = await kernel.execute(`%connect ${url}`);
    match(stdout, /^Connected to [0-9a-f:]+ @ serial:\/\/\/dev\/pts\/\d+\n.*%register NAME.*\n$/);
    assertEquals((await kernel.execute("%platform")).stdout, "microbit\n");
  });

  await test.step("compute", async () => {
    const { stdout } = await kernel.execute("for i in range(5): print(i, i**20)");
    assertEquals(stdout, "0 0\n1 1\n2 1048576\n3 3486784401\n4 1099511627776\n");
  });

  await test.step("an exception with its traceback; the board keeps its state", async () => {
    const cell = "readings = [12, 7, 0]\n\nfor reading in readings:\n    print(84 / reading)";
    const { stdout, reply } = await kernel.execute(cell);
    assertEquals([stdout, reply.ename], ["7.0\n12.0\n", "ZeroDivisionError"]);
    match(reply.traceback.join("\n"), /Traceback.*line 4/s);
    assertEquals((await kernel.execute("print(readings)")).stdout, "[12, 7, 0]\n");
  });

  await test.step("an interrupt stops an endless loop", async () => {
    let since = 0;
    const { reply } = await kernel.execute("x = 5\nprint('on')\nwhile True: pass", async (out) => {
      if (since > 0 || !out.includes("on")) return;
      since = performance.now();
      await kernel.interrupt();
    });
    const elapsedMs = performance.now() - since;
    assertEquals(reply.ename, "KeyboardInterrupt");
    ok(elapsedMs < INTERRUPT_LIMIT_MS, `it took ${elapsedMs} ms`);
    assertEquals((await kernel.execute("print(x)")).stdout, "5\n");
  });

  await test.step("soft reset", async () => {
    const { stdout, reply } = await kernel.execute("a = 5\nprint(a)\n%softreset\nprint(a)");
    match(withoutColour(stdout), /^5\n\n!+\n!!!!! {3}softreset \.\.\. {5}!!!!!\n!+\n\n$/);
    assertEquals(reply.ename, "NameError");
    match(reply.traceback.join("\n"), /line 4/);
  });

  assertEquals(await kernel.end(), true);
});
