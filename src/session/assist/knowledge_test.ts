import { Knowledge } from "./knowledge.ts";
import { QuietTime } from "./quiet_time.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import type { Device } from "@/device/device.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { deepStrictEqual as assertEquals } from "node:assert/strict";

const { signal: never } = new AbortController();

/** A desk with one board at a time, which answers questions with what it has at that moment. */
class Desk {
  readonly quiet = new QuietTime();
  readonly knowledge = new Knowledge(this.quiet, this);
  connected: Device | undefined;
  asked = 0;
  /** How many keep the board from others just now. */
  users = 0;

  /** @param answer what the board prints, or throws */
  plugIn(answer: () => string): void {
    const device = {
      url: "sim://a",
      lost: false,
      exec: (
        _program: string,
        { onOutput }: { onOutput: (chunk: Uint8Array) => void },
      ): Promise<Outcome> => {
        this.asked++;
        assertEquals(this.users, 1);
        onOutput(new TextEncoder().encode(answer()));
        return Promise.resolve(OK);
      },
    };
    this.connected = device as unknown as Device;
  }

  use(): Disposable {
    this.users++;
    return { [Symbol.dispose]: () => void this.users-- };
  }

  async names(): Promise<string[]> {
    const names = await this.knowledge.attributes({ root: "a", attributes: [] });
    return [...names?.keys() ?? []];
  }
}

Deno.test("Knowledge asks once, until something ran", async () => {
  const desk = new Desk();
  let name = "one";
  desk.plugIn(() => `i${name}\n`);
  assertEquals([await desk.names(), await desk.names(), desk.asked], [["one"], ["one"], 1]);
  await desk.quiet.run(() => Promise.resolve(name = "two"), { signal: never });
  assertEquals([await desk.names(), desk.asked], [["two"], 2]);
  assertEquals(desk.users, 0);
});

Deno.test("Knowledge asks once for those who want the same at once", async () => {
  const desk = new Desk();
  desk.plugIn(() => "ione\n");
  assertEquals(await Promise.all([desk.names(), desk.names()]), [["one"], ["one"]]);
  assertEquals(desk.asked, 1);
});

Deno.test("Knowledge answers from what it knows while a cell runs", async () => {
  const desk = new Desk();
  desk.plugIn(() => "ione\n");
  await desk.names();
  await desk.quiet.run(async () => {
    assertEquals(await desk.names(), ["one"]);
    assertEquals(await desk.knowledge.folder("/"), undefined);
  }, { signal: never });
  assertEquals(desk.asked, 1);
});

Deno.test("Knowledge leaves a board that does not answer alone, until something ran", async () => {
  const desk = new Desk();
  desk.plugIn(() => {
    throw new ReplError("silent", "sim://a", "It does not answer.");
  });
  assertEquals([await desk.names(), await desk.names(), desk.asked], [[], [], 1]);
  await desk.quiet.run(() => Promise.resolve(), { signal: never });
  assertEquals([await desk.names(), desk.asked], [[], 2]);
});

Deno.test("Knowledge takes a question that raises for one without an answer, and asks others", async () => {
  const desk = new Desk();
  desk.plugIn(() => {
    throw new ReplError("exception", "sim://a", "SyntaxError: invalid syntax");
  });
  assertEquals(await desk.names(), []);
  desk.plugIn(() => "ione\n");
  const other = await desk.knowledge.attributes({ root: "b", attributes: [] });
  assertEquals([...other?.keys() ?? []], ["one"]);
});

Deno.test("Knowledge of one board is not that of the next", async () => {
  const desk = new Desk();
  desk.plugIn(() => "ione\n");
  await desk.names();
  desk.plugIn(() => "itwo\n");
  assertEquals(await desk.names(), ["two"]);
  desk.connected = undefined;
  assertEquals(await desk.names(), ["two"]);
});
