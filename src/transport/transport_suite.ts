/**
 * What every transport must do, as tests. Each scheme registers them for its own way to open a
 * link: `transportSuite("tcp", openLink)`.
 */

// deno-lint-ignore iot/no-node-on-hot-path -- only tests load this file
import assert from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { within } from "@/base/deadline.ts";
import { type Transport, TransportError, type TransportFailure } from "./transport.ts";

/** The other side of a link, where the board would be. */
export interface FarEnd {
  read(): Promise<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  /** Goes away, as an unplugged board does. */
  hangUp(): Promise<void>;
}

/** An open link with both its ends. Disposing of it closes what is still open. */
export interface Link extends AsyncDisposable {
  readonly transport: Transport;
  readonly far: FarEnd;
  /** Opens the same address again, where a link is exclusive. */
  readonly openAgain?: () => Promise<Transport>;
}

/** Ways in which opening fails, by the code that says so. */
export type Refusals = Partial<Record<TransportFailure, () => Promise<Transport>>>;

/** Opens a link whose writes give up after `writeTimeoutMs`. */
export type OpenLink = (options: { writeTimeoutMs: number }) => Promise<Link>;

const MIB = 1_048_576;
/** Generous: it only has to end at some time. */
const PATIENT = { writeTimeoutMs: 30_000 };
/** More than all buffers between the two ends hold. */
const STUCK_BYTES = 64 * MIB;

/** What no buffer between the two ends holds, in parts. */
const FLOOD_PART_BYTES = 65_536;
/** A part that is not taken for so long is held up. */
const HELD_UP_MS = 300;

/** What hangs must fail instead; far more than any test takes. */
const TEST_DEADLINE_MS = 60_000;

/** What differs between ways to reach a board. */
export interface Traits {
  readonly refusals?: Refusals;
  /**
   * A server stands between the two ends that keeps what it cannot deliver, and its connection
   * open, when the far end goes away: ser2net, while its client writes.
   */
  readonly keepsUndelivered?: boolean;
}

/** Registers the tests of one transport. */
export function transportSuite(name: string, open: OpenLink, traits: Traits = {}): void {
  const { refusals = {}, keepsUndelivered = false } = traits;
  const test = (criterion: string, run: () => Promise<void>) =>
    Deno.test(`${name}: ${criterion}`, async () => {
      const running = run();
      assert.ok(await within(TEST_DEADLINE_MS, running), "it did not come to an end");
      await running;
    });

  test("every byte value arrives, both ways", async () => {
    await using link = await open(PATIENT);
    const all = Uint8Array.from({ length: 256 }, (_, value) => value);
    await link.transport.write(all);
    assert.deepEqual(await collect(link.far, 256), all);
    await link.far.write(all);
    assert.deepEqual(await collect(link.transport, 256), all);
  });

  test("1 MiB goes each way at once, in order", async () => {
    await using link = await open(PATIENT);
    const [down, up] = [pattern(MIB, 1), pattern(MIB, 2)];
    const [, , there, here] = await Promise.all([
      link.transport.write(up),
      link.far.write(down),
      collect(link.far, MIB),
      collect(link.transport, MIB),
    ]);
    assert.ok(equal(there, up), "what was sent did not arrive");
    assert.ok(equal(here, down), "what was received is not what was sent");
  });

  test("bytes that come one by one all arrive", async () => {
    await using link = await open(PATIENT);
    const sent = pattern(512, 4);
    const arriving = collect(link.transport, sent.length);
    for (const byte of sent) await link.far.write(Uint8Array.of(byte));
    assert.ok(equal(await arriving, sent), "what was received is not what was sent");
  });

  test("every pair of bytes arrives that a protocol may take for its own, both ways", async () => {
    await using link = await open(PATIENT);
    // Escapes, commands, line ends and flow control of all that is spoken in this folder.
    const special = [0x00, 0x03, 0x04, 0x0a, 0x0d, 0x11, 0x13, 0x7f, 0x81, 0x88, 0xf0, 0xfa, 0xff];
    const pairs = special.flatMap((a) => special.flatMap((b) => [a, b]));
    const data = Uint8Array.from(pairs);
    await Promise.all([link.transport.write(data), link.far.write(data)]);
    assert.deepEqual(await collect(link.far, data.length), data);
    assert.deepEqual(await collect(link.transport, data.length), data);
  });

  test("a far end that is not read is held up, and loses nothing", async () => {
    await using link = await open(PATIENT);
    // It has to be heard before that: a reader that ran ahead would go on from here.
    await link.far.write(encode("x"));
    await collect(link.transport, 1);
    const part = pattern(FLOOD_PART_BYTES, 5);
    let taken = 0;
    let pending: Promise<void>;
    for (;;) {
      pending = link.far.write(part);
      if (!await within(HELD_UP_MS, pending)) break;
      taken++;
      assert.ok(taken * FLOOD_PART_BYTES < STUCK_BYTES, "it was read ahead without bound");
    }
    const all = collect(link.transport, (taken + 1) * FLOOD_PART_BYTES);
    await pending;
    const arrived = await all;
    for (let i = 0; i <= taken; i++) {
      const from = i * FLOOD_PART_BYTES;
      assert.ok(equal(arrived.subarray(from, from + FLOOD_PART_BYTES), part), `part ${i}`);
    }
  });

  test("a far end that reads slowly gets all, in order", async () => {
    await using link = await open(PATIENT);
    const sent = pattern(MIB, 6);
    let written = false;
    const writing = link.transport.write(sent).then(() => written = true);
    const parts: Uint8Array[] = [];
    for (let have = 0; have < MIB;) {
      const part = await link.far.read();
      parts.push(part);
      have += part.length;
      // Lets the writer run ahead as far as it can.
      if (!written) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await writing;
    assert.ok(equal(concat(parts), sent), "what was received is not what was sent");
  });

  test("writes that are not awaited keep their order", async () => {
    await using link = await open(PATIENT);
    const writes = Array.from({ length: 50 }, (_, i) => link.transport.write(encode(`${i};`)));
    const expected = Array.from({ length: 50 }, (_, i) => `${i};`).join("");
    assert.equal(text(await collect(link.far, expected.length)), expected);
    await Promise.all(writes);
  });

  test("a cancelled read loses nothing", async () => {
    await using link = await open(PATIENT);
    for (let i = 0; i < 20; i++) {
      const stop = new AbortController();
      const reading = link.transport.read({ signal: stop.signal });
      const reason = new Error("enough");
      stop.abort(reason);
      await assert.rejects(reading, reason);
      await link.far.write(encode(`${i}.`));
      assert.equal(text(await collect(link.transport, `${i}.`.length)), `${i}.`);
    }
  });

  test("a read with a signal that has aborted takes nothing", async () => {
    await using link = await open(PATIENT);
    await link.far.write(encode("kept"));
    const reason = new Error("too late");
    await assert.rejects(link.transport.read({ signal: AbortSignal.abort(reason) }), reason);
    assert.equal(text(await collect(link.transport, 4)), "kept");
  });

  test("a read that was cancelled when bytes came is over; the next one has them", async () => {
    await using link = await open(PATIENT);
    const stop = new AbortController();
    const reading = link.transport.read({ signal: stop.signal });
    const reason = new Error("enough");
    stop.abort(reason);
    await Promise.all([assert.rejects(reading, reason), link.far.write(encode("all of it"))]);
    assert.equal(text(await collect(link.transport, 9)), "all of it");
  });

  test("a read or write that is over leaves nothing on its signal", async () => {
    await using link = await open(PATIENT);
    const reason = new Error("enough");
    const done = countListeners(new AbortController());
    await link.far.write(encode("x"));
    await collect({ read: () => link.transport.read({ signal: done.signal }) }, 1);
    await link.transport.write(encode("x"), { signal: done.signal });
    assert.equal(done.listeners, 0, "after a read and a write");
    const stopped = countListeners(new AbortController());
    const { signal } = stopped;
    const reading = link.transport.read({ signal });
    const writing = link.transport.write(new Uint8Array(STUCK_BYTES), { signal });
    const both = [assert.rejects(reading, reason), assert.rejects(writing, reason)];
    stopped.abort(reason);
    await Promise.all(both);
    assert.equal(stopped.listeners, 0, "after a cancelled read and write");
  });

  test("a second read at the same time is refused, and the first goes on", async () => {
    await using link = await open(PATIENT);
    const first = link.transport.read();
    await assert.rejects(link.transport.read(), /already pending; it has one reader at a time/);
    await link.far.write(encode("first"));
    const begun = await first;
    const rest = await collect(link.transport, 5 - begun.length);
    assert.equal(text(concat([begun, rest])), "first");
  });

  test("close() ends a pending read, and may be called again", async () => {
    await using link = await open(PATIENT);
    const reading = link.transport.read();
    await Promise.all([assert.rejects(reading, failure("closed")), link.transport.close()]);
    await assert.rejects(link.transport.read(), failure("closed"));
    await assert.rejects(link.transport.write(encode("x")), failure("closed"));
    await link.transport.close();
  });

  test("a pending read sees that the other side went away", async () => {
    await using link = await open(PATIENT);
    const reading = link.transport.read();
    await Promise.all([assert.rejects(reading, failure("gone")), link.far.hangUp()]);
    await assert.rejects(link.transport.read(), failure("gone"));
  });

  test("writing to a side that went away fails", async () => {
    await using link = await open(PATIENT);
    await link.far.hangUp();
    // A network takes a first write before it learns that nobody is there.
    await assert.rejects(async () => {
      for (;;) await link.transport.write(encode("x"));
    }, failure("gone"));
  });

  test("a write that is under way when the other side goes away fails", async () => {
    await using link = await open(keepsUndelivered ? { writeTimeoutMs: 1_000 } : PATIENT);
    const write = link.transport.write(new Uint8Array(STUCK_BYTES));
    await Promise.all([
      assert.rejects(write, failure("gone", ...keepsUndelivered ? ["timeout"] as const : [])),
      link.far.read().then(() => link.far.hangUp()),
    ]);
  });

  test("a write that nobody takes ends at its deadline", async () => {
    await using link = await open({ writeTimeoutMs: 500 });
    const write = link.transport.write(new Uint8Array(STUCK_BYTES));
    await assert.rejects(write, failure("timeout"));
  });

  test("a write that nobody takes ends when its signal aborts", async () => {
    await using link = await open(PATIENT);
    const stop = new AbortController();
    const write = link.transport.write(new Uint8Array(STUCK_BYTES), { signal: stop.signal });
    const reason = new Error("enough");
    stop.abort(reason);
    await assert.rejects(write, reason);
  });

  test("a write with a signal that has aborted sends nothing, and waits for none", async () => {
    await using link = await open(PATIENT);
    const reason = new Error("too late");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(link.transport.write(encode("never"), { signal }), reason);
    await link.transport.write(encode("sent"));
    assert.equal(text(await collect(link.far, 4)), "sent");
    let stuck = true;
    const earlier = link.transport.write(new Uint8Array(STUCK_BYTES)).finally(() => stuck = false);
    const ended = assert.rejects(earlier, failure("closed"));
    await assert.rejects(link.transport.write(encode("never"), { signal }), reason);
    assert.ok(stuck, "it waited for the write before it");
    await link.transport.close();
    await ended;
  });

  test("a write that is cancelled before its turn sends nothing", async () => {
    await using link = await open(PATIENT);
    const stop = new AbortController();
    const reason = new Error("enough");
    const earlier = link.transport.write(pattern(MIB, 3));
    const cancelled = link.transport.write(encode("never"), { signal: stop.signal });
    const later = link.transport.write(encode("later"));
    stop.abort(reason);
    await assert.rejects(cancelled, reason);
    const arrived = await collect(link.far, MIB + 5);
    await Promise.all([earlier, later]);
    assert.ok(equal(arrived.subarray(0, MIB), pattern(MIB, 3)), "the write before it");
    assert.equal(text(arrived.subarray(MIB)), "later");
  });

  test("close() ends a pending write", async () => {
    await using link = await open(PATIENT);
    const write = link.transport.write(new Uint8Array(STUCK_BYTES));
    await Promise.all([assert.rejects(write, failure("closed")), link.transport.close()]);
  });

  test("an exclusive link cannot be opened twice, and can be again when closed", async () => {
    await using link = await open(PATIENT);
    if (link.openAgain === undefined) return;
    await assert.rejects(link.openAgain(), failure("busy"));
    await link.transport.close();
    await using again = await link.openAgain();
    await again.write(encode("again"));
    assert.equal(text(await collect(link.far, 5)), "again");
  });

  for (const [code, refused] of Object.entries(refusals)) {
    test(`opening fails with the code "${code}"`, async () => {
      await assert.rejects(refused(), failure(code as TransportFailure));
    });
  }
}

/** A controller that counts who listens to its signal. */
function countListeners(controller: AbortController) {
  const { signal } = controller;
  const counted = {
    signal,
    listeners: 0,
    abort: (reason: unknown) => controller.abort(reason),
  };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    counted.listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    counted.listeners--;
    remove(...args);
  };
  return counted;
}

/** Reads until `count` bytes have come. */
async function collect(source: Pick<Transport, "read">, count: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let have = 0; have < count;) {
    const part = await source.read();
    assert.ok(part.length > 0, "a read brought nothing");
    parts.push(part);
    have += part.length;
  }
  return concat(parts);
}

/** Bytes in which a lost, doubled or moved block shows: a linear congruential generator's. */
function pattern(count: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return state >>> 24;
  });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function failure(...codes: TransportFailure[]) {
  return (error: unknown) => {
    assert.ok(error instanceof TransportError, `not a TransportError: ${error}`);
    assert.ok(codes.includes(error.code), `${error.code}, not ${codes}: ${error.message}`);
    assert.equal(error.exitCode, 3);
    return true;
  };
}
