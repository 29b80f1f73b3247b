import assert from "node:assert/strict";
import { temporaryDirectory } from "../acceptance/support/product.ts";
import { commandFor, cyclePower } from "./power.ts";
import { RigError } from "./rig_error.ts";

/** Generous: each switch here takes a moment. */
const DEADLINE_MS = 60_000;

const options = () => ({ board: "pico", signal: AbortSignal.timeout(DEADLINE_MS) });

const rejects = (work: Promise<void>, message: RegExp) =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof RigError, String(error));
    assert.equal(error.code, "power");
    assert.equal(error.board, "pico");
    assert.match(error.message, message);
    return true;
  });

Deno.test("commandFor() makes uhubctl's command line", () => {
  const power = { kind: "uhubctl", location: "1-1.4", port: 2 } as const;
  assert.deepEqual(commandFor(power, "off"), ["uhubctl", "-l", "1-1.4", "-p", "2", "-a", "off"]);
  assert.deepEqual(commandFor(power, "on"), ["uhubctl", "-l", "1-1.4", "-p", "2", "-a", "on"]);
});

Deno.test("cyclePower() switches off, then on", async () => {
  await using folder = await temporaryDirectory();
  const [on, off] = ["on", "off"].map((word) => `echo ${word} >> "${folder.path}/log"`);
  await cyclePower({ kind: "commands", on, off }, options());
  assert.equal(await Deno.readTextFile(`${folder.path}/log`), "off\non\n");
});

Deno.test("cyclePower() says what a command said, and switches on all the same", async () => {
  await using folder = await temporaryDirectory();
  const on = `echo on >> "${folder.path}/log"`;
  const off = "echo No such hub. >&2; exit 3";
  await rejects(
    cyclePower({ kind: "commands", on, off }, options()),
    /^Cannot switch the power of "pico": `sh -c .*` ended with 3: No such hub\.$/,
  );
  assert.equal(await Deno.readTextFile(`${folder.path}/log`), "on\n");
});

Deno.test("cyclePower() leaves no board off when somebody interrupts, and nothing running", async () => {
  await using folder = await temporaryDirectory();
  const interrupt = new AbortController();
  const on = `echo on >> "${folder.path}/log"`;
  // The shell's child holds the pipe: it has to be ended as well.
  const off = `echo off >> "${folder.path}/log"; sleep 1000; true`;
  const cycling = cyclePower({ kind: "commands", on, off }, {
    board: "pico",
    signal: interrupt.signal,
  });
  cycling.catch(() => {});
  const end = performance.now() + DEADLINE_MS;
  while (await Deno.readTextFile(`${folder.path}/log`).catch(() => "") !== "off\n") {
    assert.ok(performance.now() < end, "the command was not started");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  interrupt.abort(new Error("Ctrl-C"));
  await assert.rejects(cycling, /Ctrl-C/);
  assert.equal(await Deno.readTextFile(`${folder.path}/log`), "off\non\n");
});
