/**
 * A client that never reads what the kernel publishes, and one that reads slowly: neither costs much
 * memory, slows others down, or misses how anything ended.
 */

import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { concat, encode } from "@/base/bytes.ts";
import { pause, within } from "@/base/deadline.ts";
import {
  encodeMessage,
  encodeReady,
  FrameDecoder,
  GREETING,
  GREETING_BYTES,
} from "@/wire/codec.ts";
import { channelEndpoint, type ConnectionInfo } from "@/wire/connection_file.ts";
import { connect } from "@/wire/endpoint.ts";
import { deserialize, type Json, type ReceivedMessage, Signer } from "@/wire/jupyter_message.ts";
import {
  type BareKernel,
  resetPeak,
  startBareKernel,
  statusBytes,
} from "../acceptance/support/bare_kernel.ts";
import { simulate } from "../acceptance/support/simulated.ts";

/** Issue 3: what both together may cost, in bytes. */
const MAX_COST_BYTES = 64e6;

/** No cell here takes longer on the slowest machine. */
const DEADLINE_MS = 60_000;

/** How much slower a flood may be beside slow clients: generous, for the machine is shared. */
const MAX_SLOWER = 3;
const NOISE_MS = 3_000;

/** Thrice what the kernel keeps for one client (`DROP_BYTES` in src/wire/xpub.ts). */
const LINES = 48_000;
const LINE = "x".repeat(999);
const STREAM_FLOOD = `line = ${JSON.stringify(LINE)}\nfor i in range(${LINES}): print(line)`;

/** As much of what takes the place of what was shown before. */
const SHOWN = 2_400;
const SHOWN_BYTES = 20_000;
const showing = (verb: string, id: string, before = "") => `
data = 'y' * ${SHOWN_BYTES - 4}
total = sum(data.encode())
for i in range(${SHOWN}):
    n = '%04d' % i
    ${before}
    print('\\x1b]4949;${verb};text/plain;text;${SHOWN_BYTES};%d;${id};%s%s\\x07' % (total + sum(n.encode()), n, data))
`;
const UPDATE_FLOOD = showing("update", "id=news");
const CLEAR_FLOOD = showing("display", "", "print('\\x1b]4949;clear;wait\\x07')");

/** A subscriber to iopub that takes as much as it is told to. */
class Subscriber implements Disposable {
  /** All that it got so far, in order. */
  readonly messages: ReceivedMessage[] = [];
  readonly #conn: Deno.Conn;
  readonly #signer: Signer;
  readonly #decoder = new FrameDecoder({ maxFrameBytes: 64e6 });
  #parts: Uint8Array[] = [];
  #greeting = GREETING_BYTES;
  #open = true;

  private constructor(conn: Deno.Conn, connection: ConnectionInfo) {
    this.#conn = conn;
    this.#signer = new Signer(connection.key);
  }

  static async connect(connection: ConnectionInfo): Promise<Subscriber> {
    const conn = await connect(channelEndpoint(connection, "iopub"));
    const hello = concat([GREETING, encodeReady("SUB"), encodeMessage([encode("\x01")])]);
    await conn.write(hello);
    const subscriber = new Subscriber(conn, connection);
    await subscriber.readUntil(({ header }) => header.msg_type === "iopub_welcome");
    return subscriber;
  }

  /** Reads as fast as it can until a message is what is looked for; each is looked at once. */
  async readUntil(isLast: (message: ReceivedMessage) => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (let next = 0;;) {
      while (next < this.messages.length) if (isLast(this.messages[next++])) return;
      ok(performance.now() < deadline, "a message that never came");
      await this.#read(64 * 1024);
    }
  }

  /** Reads some kilobytes a second until told to stop. */
  readSlowly(): { stop(): Promise<void> } {
    let stopped = false;
    const reading = (async () => {
      while (!stopped) {
        await this.#read(4 * 1024);
        await pause(50);
      }
    })();
    return {
      stop: () => {
        stopped = true;
        return reading;
      },
    };
  }

  async #read(size: number): Promise<void> {
    const chunk = new Uint8Array(size);
    const reading = this.#conn.read(chunk);
    if (!await within(DEADLINE_MS, reading)) this[Symbol.dispose]();
    const count = await reading;
    if (count === null) throw new Error("The kernel hung up on a slow client.");
    const skipped = Math.min(this.#greeting, count);
    this.#greeting -= skipped;
    for (const { body, more, command } of this.#decoder.push(chunk.subarray(skipped, count))) {
      if (command) continue;
      this.#parts.push(body);
      if (more) continue;
      this.messages.push(deserialize(this.#parts, this.#signer));
      this.#parts = [];
    }
  }

  [Symbol.dispose](): void {
    if (this.#open) this.#conn.close();
    this.#open = false;
  }
}

/** What one cell brought to a client that keeps up. */
interface Ran {
  readonly ms: number;
  readonly reply: Json;
  /** Characters of output. */
  readonly printed: number;
  readonly shown: readonly string[];
}

function plainText({ data }: Json): unknown {
  return (data as Json)["text/plain"];
}

async function run({ client }: BareKernel, code: string): Promise<Ran> {
  const start = performance.now();
  let printed = 0;
  const shown: string[] = [];
  const reply = await client.execute(code, {
    signal: AbortSignal.timeout(DEADLINE_MS),
    onPublish({ header, content }) {
      if (header.msg_type === "stream") printed += String(content.text).length;
      if (/display_data$/.test(header.msg_type)) {
        shown.push(`${plainText(content)}`.slice(0, 4));
      }
    },
  });
  return { ms: performance.now() - start, reply, printed, shown };
}

/** The peak of the kernel's memory while `work` runs, in bytes. */
async function peakDuring({ pid }: BareKernel, work: () => Promise<unknown>): Promise<number> {
  await resetPeak(pid);
  await work();
  return await statusBytes(pid, "VmHWM");
}

async function flood(kernel: BareKernel, code: string): Promise<Ran> {
  const ran = await run(kernel, code);
  assertEquals(ran.reply.status, "ok", `${ran.reply.evalue}`);
  return ran;
}

const floods: [about: string, code: string, isWhole: (ran: Ran) => boolean][] = [
  ["lines", STREAM_FLOOD, ({ printed }) => printed === LINES * (LINE.length + 1)],
  ["updates of a display", UPDATE_FLOOD, ({ shown }) => shown.at(-1) === `${SHOWN - 1}`],
  ["displays cleared away", CLEAR_FLOOD, ({ shown }) => shown.at(-1) === `${SHOWN - 1}`],
];

for (const [about, code, isWhole] of floods) {
  Deno.test(`slow clients beside a flood of ${about} cost little and miss no end`, async () => {
    await using board = await simulate("--pty");
    await using kernel = await startBareKernel();
    const connected = await kernel.client.execute(`%connect -q ${board.addresses.serial}`);
    assertEquals(connected.status, "ok", `${connected.evalue}`);

    await flood(kernel, code); // the first time, memory grows for good
    let alone!: Ran, beside!: Ran;
    const usual = await peakDuring(kernel, async () => alone = await flood(kernel, code));

    using _mute = await Subscriber.connect(kernel.connection);
    using slow = await Subscriber.connect(kernel.connection);
    const reading = slow.readSlowly();
    const peak = await peakDuring(kernel, async () => {
      beside = await flood(kernel, code);
      assertEquals((await run(kernel, "6 * 7")).reply.status, "ok");
      assertEquals((await run(kernel, "1 / 0")).reply.status, "error");
    });
    await reading.stop();

    const figures = `${Math.round(alone.ms)} ms alone, ${Math.round(beside.ms)} ms beside; ` +
      `${Math.round(usual / 1e6)} MB alone, ${Math.round(peak / 1e6)} MB beside`;
    ok(isWhole(alone) && isWhole(beside), `a client that keeps up gets everything: ${figures}`);
    ok(beside.ms < alone.ms * MAX_SLOWER + NOISE_MS, figures);
    ok(peak - usual <= MAX_COST_BYTES, figures);

    // What the slow one missed it is told of, and how each cell ended it sees.
    const marker = await kernel.client.execute("'the last'");
    assertEquals(marker.status, "ok");
    let isThere = false;
    await slow.readUntil(({ header, content }) => {
      isThere ||= header.msg_type === "execute_result" && `${plainText(content)}` === "'the last'";
      return isThere && content.execution_state === "idle";
    });
    const types = slow.messages.map(({ header, content }) =>
      header.msg_type === "status" ? content.execution_state : header.msg_type
    );
    const ends = types.filter((type) => !/^(stream|clear_output|.*display_data)$/.test(`${type}`));
    const cell = (...between: string[]) => ["busy", "execute_input", ...between, "idle"];
    assertEquals(ends, [
      "iopub_welcome",
      ...cell(),
      ...cell("execute_result"),
      ...cell("error"),
      ...cell("execute_result"),
    ]);
    const received = slow.messages.filter(({ header }) => /display_data$/.test(header.msg_type));
    if (about === "lines") {
      ok(/bytes of output left out/.test(JSON.stringify(slow.messages)), figures);
    } else {
      ok(received.length < SHOWN, "it kept up: the flood was too small");
      ok(`${plainText(received.at(-1)!.content)}`.startsWith(`${SHOWN - 1}y`), "the last news");
    }
    console.log(figures);
  });
}
