import assert from "node:assert/strict";
import type { Simulator } from "@/cli/sim.ts";
import { Environment } from "@/config/environment.ts";
import { Device } from "@/device/device.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { temporaryDirectory } from "../acceptance/support/product.ts";
import { startBoards } from "../../mocks/sim.ts";
import type { BoardSpec, Source } from "./bench.ts";
import type { Mount } from "./mount.ts";
import { startBoard } from "./mount_started.ts";
import { RigError } from "./rig_error.ts";

/** Generous: QEMU starts in two seconds. */
const DEADLINE_MS = 120_000;

type Started = Extract<Source, { kind: "sim" | "qemu" }>;

const PICO: Started = { kind: "sim", profile: "pico", transport: "pty", faults: [] };

const simulator: Simulator = {
  profiles: () => Promise.resolve([]),
  faults: () => Promise.resolve([]),
  programs: () => Promise.resolve([]),
  start: startBoards,
};

/** Starts boards of one bench, by name. */
function withBench(
  test: (start: (name: string, source: Started) => Promise<Mount>) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using folder = await temporaryDirectory();
    const environment = new Environment({ XDG_RUNTIME_DIR: folder.path });
    await test((name, source) =>
      startBoard(
        {
          ...{ name, source, has: [], wiring: {}, transports: [], quirks: {}, timeouts: {} },
          at: { file: `${folder.path}/bench.yaml`, line: 2, column: 3 },
        } satisfies BoardSpec & { source: Started },
        {
          environment,
          simulator,
          signal: AbortSignal.timeout(DEADLINE_MS),
        },
      )
    );
  };
}

/** What a board prints. */
async function evaluate(url: string, code: string): Promise<string> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const transport = await openTransport(url, BUILT_IN_SCHEMES, { signal });
  const device = await Device.attach(transport, { signal });
  try {
    return await device.evaluate(code, { signal });
  } finally {
    await device.close();
  }
}

Deno.test(
  "startBoard() starts a simulated board, whose files outlive its power and not its mount",
  withBench(async (start) => {
    await using mount = await start("sim", PICO);
    assert.match(mount.url, /^serial:\/\//);
    assert.equal(mount.claim, undefined, "nobody else can reach it");
    await evaluate(mount.url, "kept = 1\nwith open('kept.txt', 'w') as f: f.write('kept')");
    await mount.powerCycle!({ signal: AbortSignal.timeout(DEADLINE_MS) });
    assert.equal(await evaluate(mount.url, "print(open('kept.txt').read())"), "kept\n");
    assert.equal(await evaluate(mount.url, "print('kept' in globals())"), "False\n");
    await mount[Symbol.asyncDispose]();
    await using again = await start("sim", PICO);
    assert.equal(
      await evaluate(again.url, "import os\nprint('kept.txt' in os.listdir())"),
      "False\n",
    );
  }),
);

Deno.test(
  "startBoard() locks a board by its place in the bench",
  withBench(async (start) => {
    await using _first = await start("sim", PICO);
    await using _second = await start("other", PICO);
    await assert.rejects(start("sim", PICO), (error) => {
      assert.ok(error instanceof RigError);
      assert.equal(error.code, "locked");
      assert.match(error.message, /^Another run has the board "sim": process \d+\.$/);
      return true;
    });
  }),
);

Deno.test(
  "startBoard() gives the password of a simulated WebREPL as secrets",
  withBench(async (start) => {
    await using mount = await start("air", { ...PICO, transport: "ws" });
    assert.match(mount.url, /^ws:\/\//);
    const secrets = await Deno.readTextFile(mount.variables!.IOT_SECRETS);
    assert.match(secrets, /^webrepl_pwd = "\S{1,9}"$/m, "WebREPL takes nine characters");
  }),
);

Deno.test(
  "startBoard() serves an emulated micro:bit by ser2net, and switches both",
  withBench(async (start) => {
    await using mount = await start("far", {
      kind: "qemu",
      machine: "microbit",
      through: "ser2net",
    });
    assert.match(mount.url, /^rfc2217:\/\/127\.0\.0\.1:\d+$/);
    await evaluate(mount.url, "kept = 1");
    await mount.powerCycle!({ signal: AbortSignal.timeout(DEADLINE_MS) });
    assert.equal(await evaluate(mount.url, "print('kept' in globals())"), "False\n");
  }),
);

Deno.test(
  "startBoard() says what does not start",
  withBench(async (start) => {
    await assert.rejects(
      start("odd", { ...PICO, profile: "none-such" }),
      /Cannot start "odd": .*none-such/,
    );
    // What failed holds no lock.
    await using _mount = await start("odd", PICO);
  }),
);
