/** rfc2217:// against pyserial's server, which has modem lines: those of a loop-back port. */

import assert from "node:assert/strict";
import { withDeadline } from "@/base/deadline.ts";
import { parseAddress } from "@/transport/address.ts";
import { openRfc2217 } from "@/transport/rfc2217.ts";
import type { Rfc2217Transport } from "@/transport/rfc2217_transport.ts";

const PYTHON = new URL("../../.venv/bin/python", import.meta.url).pathname;
const SERVER = new URL("./rfc2217_server.py", import.meta.url).pathname;
const DEADLINE_MS = 30_000;

/** The server, and what it says. */
class Server implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor() {
    const command = new Deno.Command(PYTHON, { args: [SERVER], stdin: "null", stdout: "piped" });
    this.#process = command.spawn();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line, or the next one that is `wanted`. */
  async line(wanted?: string): Promise<string> {
    return await withDeadline(DEADLINE_MS, async (signal) => {
      const stop = () => void this.#reader.cancel();
      signal.addEventListener("abort", stop, { once: true });
      for (;;) {
        const [line, ...rest] = this.#text.split("\n");
        if (rest.length > 0) {
          this.#text = rest.join("\n");
          if (wanted === undefined || line === wanted) return line;
          continue;
        }
        const { value, done } = await this.#reader.read();
        signal.throwIfAborted();
        assert.ok(!done, "the server has ended");
        this.#text += value;
      }
    }, { error: () => new Error(`the server has not said ${wanted ?? "anything"}`) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#reader.cancel();
    await this.#process.status;
  }
}

async function connected(
  query: string,
  work: (transport: Rfc2217Transport, server: Server) => Promise<void>,
) {
  await using server = new Server();
  const port = await server.line();
  const address = parseAddress(`rfc2217://127.0.0.1:${port}${query}`);
  await using transport = await openRfc2217(address, { connectTimeoutMs: DEADLINE_MS });
  await work(transport, server);
}

/** Reads `count` bytes. */
async function read(transport: Rfc2217Transport, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let have = 0; have < count;) {
    const chunk = await withDeadline(DEADLINE_MS, (signal) => transport.read({ signal }), {
      error: () => new Error(`only ${have} bytes came`),
    });
    bytes.set(chunk, have);
    have += chunk.length;
  }
  return bytes;
}

Deno.test("pyserial's server: every byte value goes there and back", async () => {
  await connected("", async (transport) => {
    const all = Uint8Array.from({ length: 512 }, (_, i) => i);
    await transport.write(all);
    assert.deepEqual(await read(transport, all.length), all);
  });
});

Deno.test("pyserial's server: the port gets speed and 8N1", async () => {
  await connected("?baud=57600", async (_transport, server) => {
    await server.line("57600 8 N 1 True True");
  });
});

Deno.test("pyserial's server: DTR and RTS reach the port, and its answers come back", async () => {
  await connected("?baud=9600", async (transport, server) => {
    for (const lines of [{ dtr: false, rts: true }, { dtr: true, rts: false }]) {
      await transport.modem.set(lines);
      const name = (on: boolean) => on ? "True" : "False";
      await server.line(`9600 8 N 1 ${name(lines.dtr)} ${name(lines.rts)}`);
      // What comes behind the notification tells that it was heard.
      await transport.write(Uint8Array.of(0x21));
      await read(transport, 1);
      const { dtr, rts, cts, dsr } = await transport.modem.state() ?? {};
      assert.deepEqual({ dtr, rts, cts, dsr }, { ...lines, cts: lines.rts, dsr: lines.dtr });
    }
  });
});
