import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { observed, observedSchemes } from "./observed.ts";
import { type Transport, TransportError } from "./transport.ts";

/** A transport that answers each read with what is queued, and keeps what is written. */
function fake(parts: Partial<Transport> = {}): Transport & { sent: string; closed: number } {
  return {
    address: "fake://board",
    sent: "",
    closed: 0,
    read: () => Promise.resolve(encode(">>> ")),
    write(data: Uint8Array) {
      this.sent += new TextDecoder().decode(data);
      return Promise.resolve();
    },
    close() {
      this.closed++;
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
    ...parts,
  };
}

Deno.test("observed() tells of traffic in order, and of closing once", async () => {
  const seen: string[] = [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const board = fake();
  const transport = observed(board, {
    onRead: (bytes) => seen.push(`in ${text(bytes)}`),
    onWrite: (bytes) => seen.push(`out ${text(bytes)}`),
    onClose: () => seen.push("closed"),
  });
  await transport.write(encode("\r"));
  await transport.read();
  await transport.close();
  await transport.close();
  await transport.read(); // one that was under way
  assert.deepEqual(seen, ["out \r", "in >>> ", "closed"]);
  assert.equal(board.sent, "\r");
  assert.equal(board.closed, 2);
});

Deno.test("observed() tells of errors, not of waits that were given up", async () => {
  const errors: unknown[] = [];
  const gone = new TransportError("gone", "fake://board", "It went away.");
  const lost = observed(fake({ read: () => Promise.reject(gone) }), {
    onError: (error) => errors.push(error),
  });
  await assert.rejects(lost.read(), gone);
  await assert.rejects(lost.read({ signal: AbortSignal.abort() }), gone);
  assert.deepEqual(errors, [gone]);
});

Deno.test("observed() leaves what a transport says of itself as it is", async () => {
  const set: unknown[] = [];
  const plain = observed(fake(), {});
  assert.equal("trace" in plain, false);
  assert.equal("modem" in plain || "protocol" in plain || "endsOnRestart" in plain, false);
  const modem = {
    state: () => Promise.resolve({ dtr: true }),
    set: () => Promise.resolve(true),
  };
  const trace = { carry: () => ({ holds() {}, [Symbol.dispose]() {} }) };
  const rich = observed(fake({ protocol: "mp", endsOnRestart: true, modem, trace }), {
    onModem: (lines) => set.push(lines),
  });
  assert.equal(rich.protocol, "mp");
  assert.equal(rich.endsOnRestart, true);
  assert.equal(rich.trace, trace);
  assert.deepEqual(await rich.modem?.state(), { dtr: true });
  await rich.modem?.set({ dtr: false });
  assert.deepEqual(set, [{ dtr: false }]);
});

Deno.test("observedSchemes() looks on at every connection that is opened", async () => {
  const opened: string[] = [];
  const scheme = { name: "fake", summary: "", example: "", open: () => Promise.resolve(fake()) };
  const schemes = observedSchemes(new Map([["fake", scheme]]), (address) => {
    opened.push(address);
    return {};
  });
  await schemes.get("fake")!.open({} as never, {});
  assert.deepEqual(opened, ["fake://board"]);
});
