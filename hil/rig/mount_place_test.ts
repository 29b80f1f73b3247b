/** `place:` boards, with labgrid's own coordinator, exporter and client on this computer. */

import assert from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import { Environment } from "@/config/environment.ts";
import { Device } from "@/device/device.ts";
import { openRfc2217 } from "@/transport/rfc2217.ts";
import { parseAddress } from "@/transport/address.ts";
import { LineProcess } from "../acceptance/support/lines.ts";
import { ROOT, run, temporaryDirectory } from "../acceptance/support/product.ts";
import { Microbit } from "../boards/microbit.ts";
import type { BoardSpec, BoardTimeouts, Source } from "./bench.ts";
import { type LabgridRig, startLabgrid } from "./labgrid_testing.ts";
import { takePlace } from "./mount_place.ts";
import { RigError } from "./rig_error.ts";

/** Generous: no step here takes more than a few seconds on an idle machine. */
const DEADLINE_MS = 300_000;

type PlaceSpec = BoardSpec & { readonly source: Extract<Source, { kind: "place" }> };

function spec(place: string, timeouts: BoardTimeouts = {}): PlaceSpec {
  return {
    name: "far",
    source: { kind: "place", place },
    ...{ has: [], wiring: {}, transports: [], quirks: {}, timeouts },
    at: { file: "bench.yaml", line: 2, column: 3 },
  };
}

/** What a test has: servers that take seconds to start are the same for all. */
interface Held {
  readonly rig: LabgridRig;
  readonly environment: Environment;
  /** What the relay was told. */
  readonly switched: string[];
}

const TESTS: Record<string, (held: Held) => Promise<void>> = {};

const signal = () => AbortSignal.timeout(DEADLINE_MS);

async function isRigError(
  work: Promise<AsyncDisposable>,
  code: RigError["code"],
  message: RegExp,
): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RigError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

TESTS["takePlace() reserves, connects, queues others, and gives back"] = async (
  { rig, environment },
) => {
  await using first = await takePlace(spec("bench-7"), { environment, signal: signal() });
  assert.match(first.url, /^rfc2217:\/\/127\.0\.0\.1:\d+$/);
  const transport = await openRfc2217(parseAddress(first.url), { signal: signal() });
  const device = await Device.attach(transport, { signal: signal() });
  assert.equal(await device.evaluate("print(6 * 7)", { signal: signal() }), "42\n");
  await device.close();

  const waits = Promise.withResolvers<string>();
  const second = takePlace(spec("desk"), {
    environment,
    signal: signal(),
    onWait: waits.resolve,
  });
  second.catch(waits.reject);
  assert.match(await waits.promise, /^waiting for the place bench-7, held by \S+\/\S+$/);

  const interrupt = new AbortController();
  const third = takePlace(spec("bench-7"), {
    environment,
    signal: interrupt.signal,
    onWait: () => interrupt.abort(new Error("Ctrl-C")),
  });
  await assert.rejects(third, /Ctrl-C/);

  await isRigError(
    takePlace(spec("bench-7", { waitMs: 3_000 }), { environment, signal: signal() }),
    "locked",
    /^The place "bench-7" was not free for 3 s(, held by \S+\/\S+)?\. Ask them/,
  );

  await first[Symbol.asyncDispose]();
  const held = await second;
  assert.match(held.url, /^rfc2217:/);
  await held[Symbol.asyncDispose]();
  await rig.waitUntilFree();
};

TESTS["takePlace() says what is missing"] = async ({ rig, environment }) => {
  await isRigError(
    takePlace(spec("bench"), { environment, signal: signal() }),
    "missing",
    /has no place "bench"\. There are: bench-7\./,
  );
  const noClient = new Environment({ ...rig.env, PATH: "/nonexistent" });
  await isRigError(
    takePlace(spec("bench-7"), { environment: noClient, signal: signal() }),
    "broken",
    /Cannot start "labgrid-client": there is no such program\. Install labgrid/,
  );
};

TESTS["takePlace() has labgrid switch power"] = async ({ rig, environment, switched }) => {
  await using mount = await takePlace(spec("bench-7"), { environment, signal: signal() });
  await mount.powerCycle!({ signal: signal() });
  assert.deepEqual(switched, ["/relay/1/0", "/relay/1/1"]);
  assert.match(mount.url, /^rfc2217:/);
  await mount[Symbol.asyncDispose]();
  await rig.waitUntilFree();
};

TESTS["hil-test: two runs that want one place both pass, and one that is killed leaves it free"] =
  async ({ rig }) => {
    await using folder = await temporaryDirectory();
    const bench = `${folder.path}/bench.yaml`;
    await Deno.writeTextFile(bench, "boards:\n  far: { place: bench-7 }\n");
    const source = ["run", "-A", "--no-check", `${ROOT}main.ts`, "hil-test", "--bench", bench];
    const env = { ...rig.env, XDG_RUNTIME_DIR: folder.path };
    const go = () =>
      run(Deno.execPath(), [...source, "--check", "exec/output"], {
        env,
        cwd: ROOT,
        timeoutMs: DEADLINE_MS,
      });
    const runs = await Promise.all([go(), go()]);
    for (const { code, stdout, stderr } of runs) {
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /far +exec\/output/);
    }
    await rig.waitUntilFree();

    // The line of its first check: it has the place then.
    const long = new LineProcess(Deno.execPath(), [...source, "--repeat", "1000"], env);
    assert.match(await long.line(), /far/);
    Deno.kill(long.pid, "SIGKILL");
    assert.ok(await within(DEADLINE_MS, long[Symbol.asyncDispose]()));
    await rig.waitUntilFree();
  };

TESTS["takePlace() says that no coordinator answers"] = async ({ rig, environment }) => {
  const held = await takePlace(spec("bench-7"), { environment, signal: signal() });
  await rig.stopCoordinator();
  await assert.rejects(
    async () => await held[Symbol.asyncDispose](),
    /No labgrid coordinator answers/,
  );
  await isRigError(
    takePlace(spec("bench-7"), { environment, signal: signal() }),
    "broken",
    /No labgrid coordinator answers at 127\.0\.0\.1:\d+\. Set LG_COORDINATOR/,
  );
};

Deno.test("place", async (t) => {
  const switched: string[] = [];
  await using relay = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    switched.push(new URL(request.url).pathname);
    return new Response("");
  });
  await using board = await Microbit.start();
  await using rig = await startLabgrid({
    port: board.path,
    relay: `http://127.0.0.1:${relay.addr.port}/relay/{index}/{value}`,
  });
  const environment = new Environment({ ...Deno.env.toObject(), ...rig.env });
  for (const [name, test] of Object.entries(TESTS)) {
    await t.step(name, () => test({ rig, environment, switched }));
  }
});
