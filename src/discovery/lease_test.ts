import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { Lease } from "./lease.ts";
import { listHoldings } from "./lease_request.ts";

Deno.test("Lease goes on to answer when a connection could not be taken", async () => {
  const directory = await Deno.makeTempDir();
  const { listen } = Deno;
  let failures = 0;
  // As accept(2) does with EMFILE, when the process has no descriptor left.
  const failing = (options: Deno.UnixListenOptions & { transport: "unix" }) => {
    const listener = listen(options);
    const { accept } = listener;
    listener.accept = () => {
      if (failures++ === 0) return Promise.reject(new Error("Too many open files (os error 24)"));
      return accept.call(listener);
    };
    return listener;
  };
  const holder = { kind: "notebook", pid: 1 };
  const held = {
    uid: "24:0a",
    platform: "esp32",
    implementation: "micropython",
    version: "1.27.0",
    machine: "",
    url: "serial:///dev/ttyUSB0",
    line: "serial /dev/ttyUSB0",
  };
  try {
    Deno.listen = failing as typeof Deno.listen;
    const serving = Lease.serve({ directory, holder, held, release: () => Promise.resolve(true) });
    await using _lease = await serving.finally(() => Deno.listen = listen);
    const holdings = await listHoldings(directory, { kind: "iot", pid: 2 });
    assertEquals(holdings.map((holding) => [holding.holder, holding.held]), [[holder, held]]);
    assertEquals(failures > 1, true);
  } finally {
    Deno.listen = listen;
    await Deno.remove(directory, { recursive: true });
  }
});
