import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import { openTransport, type Scheme, type Schemes } from "./schemes.ts";
import { traceSchemes } from "./traced.ts";
import { type ModemLines, type Transport, TransportError } from "./transport.ts";

const NO_SECRETS = { inBytes: { longest: 0, find: () => [] }, redact: (text: string) => text };

/** A transport that says `hello`, and then is gone. */
class Fake implements Transport {
  readonly address = "fake://x";
  readonly protocol = "mp";
  readonly modem: ModemLines = {
    state: () => Promise.resolve(undefined),
    set: () => Promise.resolve(true),
  };
  #reads = 0;

  read(): Promise<Uint8Array> {
    if (this.#reads++ === 0) return Promise.resolve(new TextEncoder().encode("hello"));
    return Promise.reject(new TransportError("gone", this.address, "it is gone"));
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function traced(open: Scheme["open"]) {
  const lines: Record<string, unknown>[] = [];
  const scheme: Scheme = { name: "fake", summary: "", example: "fake://x", open };
  const schemes: Schemes = new Map([["fake", scheme]]);
  const write = (line: string) => {
    const { id: _id, ms: _ms, ...facts } = JSON.parse(line);
    lines.push(facts);
  };
  return { lines, ...traceSchemes(schemes, { secrets: NO_SECRETS, write }) };
}

Deno.test("traceSchemes() records a connection from its opening to its end", async () => {
  const { lines, schemes } = traced(() => Promise.resolve(new Fake()));
  {
    await using transport = await openTransport("fake://x", schemes);
    assertEquals(transport.protocol, "mp");
    await transport.write(Uint8Array.of(3));
    await transport.read();
    await transport.modem!.set({ dtr: true, rts: false });
    await rejects(transport.read(), { code: "gone" });
    await transport.close();
  }
  assertEquals(lines, [
    { event: "open", address: "fake://x", protocol: "mp" },
    { event: "host", text: "\x03" },
    { event: "board", text: "hello" },
    { event: "lines", dtr: true, rts: false },
    { event: "error", code: "gone", message: "it is gone" },
    { event: "close" },
  ]);
});

Deno.test("traceSchemes() records why a connection could not be opened", async () => {
  const { lines, schemes } = traced(() => {
    throw new TransportError("busy", "fake://x", "somebody has it");
  });
  await rejects(openTransport("fake://x", schemes), { code: "busy" });
  assertEquals(lines, [
    { event: "failed", address: "fake://x", code: "busy", message: "somebody has it" },
  ]);
});

Deno.test("openTransport() gives a transport without a trace where nobody records", async () => {
  const scheme: Scheme = {
    name: "fake",
    summary: "",
    example: "",
    open: () => Promise.resolve(new Fake()),
  };
  await using transport = await openTransport("fake://x", new Map([["fake", scheme]]));
  ok(transport instanceof Fake);
});
