/**
 * ws:// and mp:// against the simulated boards' own servers, which were written from the same facts
 * and share no code: whole sessions, and how opening fails.
 */

import assert from "node:assert/strict";
import { MemorySink } from "@/base/sink.ts";
import { Environment } from "@/config/environment.ts";
import { CELL_MAGICS, COMMANDS } from "@/commands/registry.ts";
import { Session } from "@/session/session.ts";
import { MpClient } from "@/repl/mp_client.ts";
import { Device } from "@/device/device.ts";
import { runProgram } from "@/device/program.ts";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { type SecretName, type Transport, TransportError } from "@/transport/transport.ts";
import { startBoards } from "../../mocks/sim.ts";
import type { SimulationOptions } from "../../mocks/sim_options.ts";
import { type GateFaults, startGate } from "../proxy_testing.ts";

const PASSWORD = "hunter22";
const secret = () => Promise.resolve(PASSWORD);

type Line = Omit<SimulationOptions, "names">;

/** Starts a board and works with its first address. */
async function withBoard(line: Line, work: (url: string) => Promise<void>) {
  await using simulation = await startBoards({ names: ["air"], password: PASSWORD, ...line });
  await work(simulation.boards[0].addresses[0]);
}

const open = (
  url: string,
  options: { secret?: (name: SecretName) => Promise<string> } = { secret },
) => openTransport(url, BUILT_IN_SCHEMES, options);
const attach = async (url: string) => await Device.attach(await whenFree(() => open(url)));

/** Tries until the board has noticed that its last client is gone. */
async function whenFree(open: () => Promise<Transport>): Promise<Transport> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const busy = error instanceof TransportError && error.code === "busy";
      if (!busy || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const LINES: Record<string, Line> = {
  "an esp32": { profile: "esp32" },
  "an old board": { profile: "legacy" },
  "an esp32 behind 5 ms": { profile: "esp32", latencyMs: 5 },
  "an esp32 on a slow line": { profile: "esp32", baud: 115_200 },
};

for (const [name, line] of Object.entries(LINES)) {
  Deno.test(`a session by WebREPL on ${name}`, async () => {
    await withBoard({ ...line, ws: 0 }, async (url) => {
      const device = await attach(url);
      assert.equal(await device.evaluate("print('é', 6 * 7)"), "é 42\n");
      const code = Array.from({ length: 300 }, (_, i) => `n = ${1000 + i}\n`).join("");
      assert.equal(await device.evaluate(`${code}print(n)`), "1299\n");
      const failed = await device.exec("1/0");
      assert.equal(failed.status === "error" && failed.ename, "ZeroDivisionError");
      await device.exec("kept = 5");
      const stop = new AbortController();
      const interrupted = await device.exec("print('on')\nwhile True: pass", {
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      assert.equal(interrupted.status === "error" && interrupted.ename, "KeyboardInterrupt");
      assert.equal(await device.evaluate("print(kept)"), "5\n");
      const lines = await device.evaluate("for i in range(2000): print(i)");
      assert.equal(lines, Array.from({ length: 2000 }, (_, i) => `${i}\n`).join(""));
      await device.close();
      await using again = await attach(url);
      assert.equal(await again.evaluate("print(kept)"), "5\n");
    });
  });
}

for (const scheme of ["ws", "mp"] as const) {
  Deno.test(`${scheme}: opening fails for want of a password, and with a wrong one`, async () => {
    await withBoard({ [scheme]: 0 }, async (url) => {
      await assert.rejects(open(url, {}), { code: "no-password" });
      const wrong = { secret: () => Promise.resolve("wrong-1") };
      await assert.rejects(whenFree(() => open(url, wrong)), (error: Error & { code?: string }) => {
        assert.equal(error.code, "wrong-password");
        assert.ok(!Deno.inspect(error).includes("wrong-1"), error.message);
        return true;
      });
      await (await whenFree(() => open(url))).close();
    });
  });
}

Deno.test("ws: a second client is told that there is a first", async () => {
  await withBoard({ ws: 0 }, async (url) => {
    await using _first = await open(url);
    await assert.rejects(open(url), { name: "TransportError", code: "busy" });
  });
});

const RESETS: Record<string, GateFaults> = {
  "ends the connection": {},
  "ends the connection, which nobody is told": { hidesEnd: true },
  "ends the connection, and there is none at first": { refuses: 3 },
};
for (const [what, faults] of Object.entries(RESETS)) {
  Deno.test(`ws: a soft reset ${what}, and the cell goes on over a new one`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/secrets.py`, `webrepl_pwd = "${PASSWORD}"\n`);
      await withBoard({ ws: 0 }, async (url) => {
        await using gate = startGate(url, faults);
        await using session = new Session({
          commands: COMMANDS,
          cellMagics: CELL_MAGICS,
          schemes: BUILT_IN_SCHEMES,
          environment: new Environment({ HOME: folder, IOT_SECRETS: `${folder}/secrets.py` }),
          surface: "notebook",
        });
        const sink = new MemorySink();
        const { signal } = new AbortController();
        const cell = `%connect -q ${gate.url}\nkept = 5\n%softreset -q\nprint('back')\nprint(kept)`;
        const outcome = await session.run(cell, sink, { signal });
        assert.equal(sink.stdout, "back\n", JSON.stringify(outcome));
        assert.equal(sink.stderr, ""); // It was asked for, so nobody has to be told.
        assert.equal(outcome.status === "error" && outcome.ename, "NameError");
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a session by iot49's protocol", async () => {
  await withBoard({ mp: 0 }, async (url) => {
    await using device = await attach(url);
    assert.match((await device.identity()).platform, /^esp32/);
    assert.equal(await device.evaluate("print('é', 6 * 7)"), "é 42\n");
    const failed = await device.exec("x = 1\n1/0");
    assert.equal(failed.status === "error" && failed.ename, "ZeroDivisionError");
    assert.equal(await device.evaluate("print(x)"), "1\n");
    await assert.rejects(device.softReset(), { name: "ReplError", code: "unsupported" });
    const stop = new AbortController();
    const running = device.exec("print('on')\nwhile True: pass", {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    await assert.rejects(running, { name: "TransportError", code: "closed" });
    assert.equal(device.lost, true);
  });
});

Deno.test("files by iot49's protocol", async () => {
  await withBoard({ mp: 0 }, async (url) => {
    await using transport = await open(url);
    const client = new MpClient(transport);
    const data = Uint8Array.from({ length: 5_000 }, (_, i) => i * 7);
    await client.fput("/data.bin", data);
    assert.deepEqual(await client.fget("/data.bin"), data);
    await assert.rejects(client.fget("/none"), { name: "ReplError", code: "exception" });
    await assert.rejects(client.fput("/no/dir", data), { code: "exception" });
    assert.deepEqual(await client.exec("pass"), { stderr: "", interrupted: false });
    await client.leave();
  });
});

Deno.test("mp: input() raises rather than wait for an answer that cannot come", async () => {
  await withBoard({ mp: 0 }, async (url) => {
    await using device = await attach(url);
    const { signal } = new AbortController();
    const run = (code: string, sink = new MemorySink()) =>
      runProgram(device, code, { sink, signal, asks: "always" });
    const outcome = await run("kept = 5\ninput('name? ')");
    assert.equal(outcome.status === "error" && outcome.ename, "NotImplementedError");
    assert.match(outcome.status === "error" ? outcome.evalue : "", /^input\(\): mp:\/\/ cannot/);
    const sink = new MemorySink();
    assert.equal((await run("print(kept)", sink)).status, "ok");
    assert.equal(sink.stdout, "5\n");
  });
});
