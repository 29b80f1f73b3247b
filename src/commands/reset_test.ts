import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";
import { IotError } from "@/base/errors.ts";
import { MemorySink } from "@/base/sink.ts";
import { ReplError } from "@/repl/repl_error.ts";
import type { ModemState } from "@/transport/transport.ts";
import type { Context } from "./command.ts";
import { hardreset } from "./reset.ts";

const URL = "serial:///dev/ttyUSB0";

/** A desk with one board, whose program takes every Ctrl-C for itself until its lines are pulsed. */
class Desk {
  readonly sink = new MemorySink();
  readonly sets: Partial<ModemState>[] = [];
  readonly #state: ModemState | undefined;
  /** Where the line that is opened leads. */
  lineTo = URL;
  returned = 0;

  constructor(state: ModemState | undefined) {
    this.#state = state;
  }

  async run(): Promise<void> {
    const modem = {
      state: () => Promise.resolve(this.#state),
      set: (lines: Partial<ModemState>) => {
        this.sets.push(lines);
        return Promise.resolve(this.#state !== undefined);
      },
    };
    const transport = { address: this.lineTo, modem };
    const devices = {
      connected: undefined,
      current: () =>
        this.sets.length > 0
          ? Promise.resolve()
          : Promise.reject(new ReplError("busy", URL, "It does not stop.")),
      openLine: () => Promise.resolve({ transport, [Symbol.asyncDispose]: async () => {} }),
      awaitReturn: () => Promise.resolve(void this.returned++),
    };
    const { signal } = new AbortController();
    const context = { devices, sink: this.sink, signal, surface: "notebook" };
    await hardreset.run(context as unknown as Context, { timeout: 1 });
  }
}

const LINES: ModemState = { dtr: true, rts: false, cts: false, dcd: false, dsr: false };

Deno.test("%hardreset pulses the lines of a board that does not listen, and leaves them as they were", async () => {
  const desk = new Desk(LINES);
  await desk.run();
  assertEquals(desk.sets, [
    { dtr: false, rts: true },
    { dtr: false, rts: false },
    { dtr: true, rts: false },
  ]);
  assertEquals(desk.returned, 1);
  match(desk.sink.stderr, /DTR and RTS of serial:\/\/\/dev\/ttyUSB0 were pulsed instead/);
});

Deno.test("%hardreset says that a button must do it where there are no lines", async () => {
  const desk = new Desk(undefined);
  await rejects(desk.run(), (error) => {
    ok(error instanceof IotError);
    match(error.message, /cannot be reset from here.*Press its reset button, or unplug it\.$/);
    return true;
  });
  assertEquals(desk.returned, 0);
});

Deno.test("%hardreset pulses no other board's lines", async () => {
  const desk = new Desk(LINES);
  desk.lineTo = "serial:///dev/ttyUSB1";
  await rejects(desk.run(), /cannot be reset from here/);
  assertEquals(desk.sets, []);
});
