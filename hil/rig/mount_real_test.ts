import assert from "node:assert/strict";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Environment } from "@/config/environment.ts";
import type { UsbPort } from "@/discovery/usb.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { temporaryDirectory } from "../acceptance/support/product.ts";
import { startBoards } from "../../mocks/sim.ts";
import type { BoardSpec, Source } from "./bench.ts";
import type { Mount } from "./mount.ts";
import { findBoard } from "./mount_real.ts";
import { RigError } from "./rig_error.ts";

const DEADLINE_MS = 60_000;

const PICO: UsbPort = {
  path: "/dev/ttyACM0",
  vendor: "2e8a",
  product: "0005",
  serialNumber: "E6614C311B7E6F35",
  location: "1-1.2",
  description: "Board in FS mode",
};
const OTHER: UsbPort = { ...PICO, path: "/dev/ttyACM1", serialNumber: "FF00", location: "1-1.3" };

type Real = Extract<Source, { kind: "usb" | "uid" | "url" }>;

/** Finds a board where these ports are plugged in, in turn. */
function withPorts(
  plugged: readonly (readonly UsbPort[])[],
  test: (find: (source: Real, spec?: Partial<BoardSpec>) => Promise<Mount>) => Promise<void>,
  variables: () => Record<string, string> = () => ({}),
): () => Promise<void> {
  return async () => {
    await using folder = await temporaryDirectory();
    const { path } = folder;
    const environment = new Environment({
      ...{ HOME: path, XDG_RUNTIME_DIR: path, XDG_DATA_HOME: path, ...variables() },
    });
    let looks = 0;
    const find = (source: Real, spec: Partial<BoardSpec> = {}) =>
      findBoard({
        name: "pico",
        ...{ has: [], wiring: {}, transports: [], quirks: {}, timeouts: {} },
        at: { file: "bench.yaml", line: 2, column: 3 },
        ...spec,
        source,
      }, {
        environment,
        product: {
          version: "test",
          commands: COMMANDS,
          cellMagics: CELL_MAGICS,
          schemes: BUILT_IN_SCHEMES,
        },
        signal: AbortSignal.timeout(DEADLINE_MS),
        listUsbPorts: () => Promise.resolve(plugged[Math.min(looks++, plugged.length - 1)]),
      });
    await test(find);
  };
}

async function isRigError(
  work: Promise<unknown>,
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

/** What a bench may say, and the port that it means. */
const MATCHES: readonly (readonly [Omit<Extract<Real, { kind: "usb" }>, "kind">, string])[] = [
  [{ serial: "e6614c311b7e6f35" }, "serial:///dev/ttyACM0"],
  [{ location: "1-1.3" }, "serial:///dev/ttyACM1"],
  [{ vendor: "2e8a", product: "0005", serial: "FF00" }, "serial:///dev/ttyACM1"],
];

for (const [match, url] of MATCHES) {
  Deno.test(
    `findBoard() finds the port that is ${JSON.stringify(match)}`,
    withPorts([[PICO, OTHER]], async (find) => {
      await using mount = await find({ kind: "usb", ...match });
      assert.equal(mount.url, url);
      assert.equal(mount.powerCycle, undefined);
    }),
  );
}

Deno.test(
  "findBoard() says what is plugged in instead, or which ports it might be",
  withPorts([[PICO, OTHER]], async (find) => {
    await isRigError(
      find({ kind: "usb", vendor: "303a" }),
      "missing",
      /^No USB port matches "pico", vendor 303a\. There are: \/dev\/ttyACM0 \(Board in FS mode 2e8a/,
    );
    await isRigError(
      find({ kind: "usb", vendor: "2e8a" }),
      "other",
      /^Several USB ports match "pico": \/dev\/ttyACM0 .*\/dev\/ttyACM1 .*Add its serial number/,
    );
  }),
);

Deno.test(
  "findBoard() follows a board to another port after its power was cut",
  withPorts([[PICO], [], [], [{ ...PICO, path: "/dev/ttyACM5" }]], async (find) => {
    const power = { kind: "commands", on: "true", off: "true" } as const;
    await using mount = await find({ kind: "usb", vendor: "2e8a" }, { power });
    assert.equal(mount.url, "serial:///dev/ttyACM0");
    await mount.powerCycle!({ signal: AbortSignal.timeout(DEADLINE_MS) });
    assert.equal(mount.url, "serial:///dev/ttyACM5");
  }),
);

Deno.test(
  "findBoard() gives up on a board that does not come back",
  withPorts([[PICO], []], async (find) => {
    const power = { kind: "commands", on: "true", off: "true" } as const;
    const spec = { power, timeouts: { bootMs: 300 } };
    await using mount = await find({ kind: "usb", vendor: "2e8a" }, spec);
    const cycling = mount.powerCycle!({ signal: AbortSignal.timeout(DEADLINE_MS) });
    await isRigError(cycling, "missing", /No USB port matches "pico".*There are: none\./);
  }),
);

Deno.test(
  "findBoard() claims a UID once, and not one that another has",
  withPorts([[PICO, OTHER]], async (find) => {
    await using first = await find({ kind: "usb", location: "1-1.2" });
    await using second = await find({ kind: "usb", location: "1-1.3" });
    await first.claim!("fe:ed:01:02");
    await first.claim!("fe:ed:01:02");
    await isRigError(second.claim!("fe:ed:01:02"), "locked", /Another run has the board "pico"/);
    await first[Symbol.asyncDispose]();
    await second.claim!("fe:ed:01:02");
  }),
);

Deno.test("findBoard() finds a UID wherever it answers, and locks it at once", async () => {
  await using simulation = await startBoards({ names: ["found"], tcp: 0 });
  const [{ addresses: [url] }] = simulation.boards;
  await withPorts([[]], async (find) => {
    await using byUrl = await find({ kind: "url", url });
    assert.equal(byUrl.url, url);
    await isRigError(find({ kind: "url", url }), "locked", /Another run has the board/);
    const uid = await uidOf(url);
    await using byUid = await find({ kind: "uid", uid });
    assert.equal(byUid.url, url);
    await isRigError(find({ kind: "uid", uid }), "locked", /Another run has the board/);
    await isRigError(
      find({ kind: "uid", uid: "01:02:03" }),
      "missing",
      /^The board "pico" is not there: /,
    );
  }, () => ({ IOT_PORTS: url }))();
});

async function uidOf(url: string): Promise<string> {
  const { Device } = await import("@/device/device.ts");
  const { openTcp } = await import("@/transport/tcp.ts");
  const { parseAddress } = await import("@/transport/address.ts");
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const device = await Device.attach(await openTcp(parseAddress(url), { signal }), { signal });
  try {
    return (await device.identity({ signal })).uid;
  } finally {
    await device.close();
  }
}
