/** A labgrid rig on this computer: a coordinator, an exporter, and one place with a serial port. */

import { within } from "@/base/deadline.ts";
import { venv } from "../acceptance/support/product.ts";
import { need } from "../../scripts/run.ts";

/** No command of labgrid's may take longer. */
const CALL_MS = 60_000;
/** How long its servers may take to start, and to end when they are told to. */
const START_MS = 60_000;
const STOP_MS = 10_000;
const POLL_MS = 200;

/** Runs its arguments until its standard input ends, which it does however this process ends. */
const RUN_UNTIL_EOF =
  '"$@" </dev/null & cat >/dev/null; kill $!; (sleep 5; kill -9 $!) 2>/dev/null & wait $!';

/** What is exported. */
export interface Exported {
  /** The path of a serial port. */
  readonly port: string;
  /** The address of a relay, whose `{value}` is 0 or 1: labgrid's `simplerest`. */
  readonly relay?: string;
}

/** A rig with the place `bench-7`, also called `desk`. */
export interface LabgridRig extends AsyncDisposable {
  /** What programs find it by. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs labgrid's client. Resolves with what it printed. */
  client(...args: string[]): Promise<string>;
  /** Waits until nobody has the place, and nobody queues for it. */
  waitUntilFree(): Promise<void>;
  /** Ends the coordinator. */
  stopCoordinator(): Promise<void>;
}

/** Starts one. */
export async function startLabgrid({ port, relay }: Exported): Promise<LabgridRig> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "iot-labgrid-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const [program, address] = [await venv("labgrid-client"), `127.0.0.1:${freePort()}`];
  const bin = program.slice(0, program.lastIndexOf("/"));
  const env = { LG_COORDINATOR: address, PATH: `${bin}:${Deno.env.get("PATH")}` };
  const client = (...args: string[]) => need(program, { args, env, timeoutMs: CALL_MS });
  const resources = [
    "desk:",
    `  RawSerialPort: { port: ${port}, speed: 115200 }`,
    ...(relay === undefined
      ? []
      : [`  NetworkPowerPort: { model: simplerest, host: "${relay}", index: "1" }`]),
  ];
  await Deno.writeTextFile(`${folder}/exporter.yaml`, resources.join("\n") + "\n");
  // It keeps its places where it is started.
  const coordinator = stack.use(start(`${bin}/labgrid-coordinator`, ["-l", address], folder));
  await until("the coordinator answers", () => client("places"));
  await client("-p", "bench-7", "create");
  await client("-p", "bench-7", "add-alias", "desk");
  await client("-p", "bench-7", "add-match", "hil/desk/*");
  const exporting = ["-c", address, "-n", "hil", "--hostname", "127.0.0.1", "exporter.yaml"];
  stack.use(start(`${bin}/labgrid-exporter`, exporting, folder));
  await until("the port is exported", async () => {
    const shown = await client("-p", "bench-7", "show");
    if (!shown.includes("NetworkSerialPort")) throw new Error(shown);
  });
  const running = stack.move();
  return {
    env,
    client,
    waitUntilFree: () =>
      until("the place is free", async () => {
        const shown = await client("-p", "bench-7", "show") + await client("reservations");
        if (!/acquired: None/.test(shown) || /reservation/i.test(shown)) throw new Error(shown);
      }),
    stopCoordinator: () => coordinator[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Server extends AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}

/** A program that is started in `cwd`, and ended when disposed of. */
function start(program: string, args: readonly string[], cwd: string): Server {
  const child = new Deno.Command("sh", {
    args: ["-c", RUN_UNTIL_EOF, "sh", program, ...args],
    ...{ cwd, stdin: "piped", stdout: "null", stderr: "null" },
  }).spawn();
  const writer = child.stdin.getWriter();
  let isOpen = true;
  return {
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      await writer.close().catch(() => {});
      if (!await within(STOP_MS, child.status)) throw new Error(`${program} does not end`);
    },
  };
}

async function until(what: string, attempt: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + START_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > end) throw new Error(`waiting until ${what}`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Neither of labgrid's servers says which port it took, so one is chosen for it. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
