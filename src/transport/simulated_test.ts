import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { type Link, simulatedScheme } from "./simulated.ts";
import { TransportError } from "./transport.ts";
import { transportSuite } from "./transport_suite.ts";

/** So much lies in one direction before a writer has to wait. */
const ROOM_BYTES = 65_536;

/** One direction of a line within this process. */
class Lane {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #changed = Promise.withResolvers<void>();

  async read(): Promise<Uint8Array | null> {
    while (this.#chunks.length === 0 && !this.#ended) await this.#changed.promise;
    const chunk = this.#chunks.shift() ?? null;
    this.#bytes -= chunk?.length ?? 0;
    this.#change();
    return chunk;
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.#ended) throw gone();
    this.#chunks.push(data.slice());
    this.#bytes += data.length;
    this.#change();
    while (this.#bytes > ROOM_BYTES && !this.#ended) await this.#changed.promise;
    if (this.#ended) throw gone();
  }

  end(): void {
    this.#ended = true;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function gone(): TransportError {
  return new TransportError("gone", "sim://board", "the board is gone");
}

/** A line with both its ends: what is written to one is read from the other. */
function makeLine(): {
  near: Link;
  far: { read: Link["read"]; write: Link["write"]; end(): void };
} {
  const [down, up] = [new Lane(), new Lane()];
  const end = () => {
    down.end();
    up.end();
  };
  return {
    near: {
      read: () => down.read(),
      write: (data) => up.write(data),
      close: () => Promise.resolve(end()),
    },
    far: { read: () => up.read(), write: (data) => down.write(data), end },
  };
}

transportSuite("sim", async ({ writeTimeoutMs }) => {
  const lines: ReturnType<typeof makeLine>[] = [];
  const connect = () => {
    lines.push(makeLine());
    return Promise.resolve(lines.at(-1)!.near);
  };
  const scheme = simulatedScheme({ connect, running: () => [] }, { writeTimeoutMs });
  const open = () => scheme.open(parseAddress("sim://board"), {});
  const transport = await open();
  return {
    transport,
    far: {
      async read() {
        const chunk = await lines.at(-1)!.far.read();
        assert.ok(chunk !== null);
        return chunk;
      },
      write: (data) => lines.at(-1)!.far.write(data),
      hangUp: () => Promise.resolve(lines.at(-1)!.far.end()),
    },
    openAgain: open,
    async [Symbol.asyncDispose]() {
      await transport.close();
      for (const { far } of lines) far.end();
    },
  };
});

Deno.test("sim:// refuses a name that is none", async () => {
  const scheme = simulatedScheme({ connect: () => Promise.reject(gone()), running: () => [] });
  await assert.rejects(scheme.open(parseAddress("sim://"), {}), { name: "UsageError" });
});

Deno.test("sim:// takes an option that a board refuses for wrong usage", async () => {
  const connect = () => Promise.reject(new RangeError('There is no profile "x".'));
  const scheme = simulatedScheme({ connect, running: () => [] });
  const open = () => scheme.open(parseAddress("sim://board?profile=x"), {});
  await assert.rejects(open(), { name: "UsageError", message: 'There is no profile "x".' });
  await assert.rejects(open(), { name: "UsageError" }, "it is busy after a failure");
});
