import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import { MemorySink } from "@/base/sink.ts";
import { declaredBy, readArguments } from "@/commands/arguments.ts";
import type { Context } from "@/commands/command.ts";
import { simCommand, type SimulationOptions, type Simulator } from "./sim.ts";

/** Runs `iot sim` with a simulator that only takes notes, and a user who stops it at once. */
async function sim(...argv: string[]) {
  const started: SimulationOptions[] = [];
  let stopped = false;
  const simulator: Simulator = {
    profiles: () => Promise.resolve([{ name: "pico", summary: "like a Pico" }]),
    faults: () => Promise.resolve([{ name: "mute", summary: "says nothing" }]),
    programs: () => Promise.resolve([{ name: "ticker", summary: "prints" }]),
    start: (options) => {
      started.push(options);
      return Promise.resolve({
        boards: options.names.map((name) => ({ name, addresses: [`sim://${name}`] })),
        [Symbol.asyncDispose]: () => Promise.resolve(void (stopped = true)),
      });
    },
  };
  const command = simCommand(simulator, () => Promise.reject(new Error("not asked for")));
  const read = await readArguments(declaredBy(command, "shell"), argv);
  ok(read.kind === "values");
  const sink = new MemorySink();
  await command.run({ sink, signal: AbortSignal.abort() } as unknown as Context, read.values);
  return { options: started[0], stdout: sink.stdout, stopped };
}

Deno.test("iot sim prints a line for each address, and stops its boards at the end", async () => {
  const { stdout, stopped } = await sim("a", "b");
  assertEquals([stdout, stopped], ["a sim://a\nb sim://b\n", true]);
});

const cases: [argv: string[], options: Partial<SimulationOptions>][] = [
  [[], { names: ["demo"], pty: true }],
  [["a", "b"], { names: ["a", "b"], pty: true }],
  [["a", "--tcp", "0"], { names: ["a"], pty: false, tcp: 0 }],
  [["a", "--tcp", "4000", "--pty"], { names: ["a"], pty: true, tcp: 4000 }],
  [["a", "--pty=/tmp/board"], { names: ["a"], pty: "/tmp/board" }],
  [["a", "--ws", "8266", "--password", "word"], {
    names: ["a"],
    pty: false,
    ws: 8266,
    password: "word",
  }],
  [["a", "--mp", "0", "--program", "ticker", "--fs", "/tmp/files"], {
    pty: false,
    mp: 0,
    program: "ticker",
    fsDir: "/tmp/files",
  }],
  [["--pty", "a", "b"], { names: ["a", "b"], pty: true }],
  [["--latency", "1.5", "--baud", "9600"], { latencyMs: 1.5, baud: 9600 }],
  [["--fault", "mute=7", "--seed", "3", "--profile", "pico"], {
    faults: ["mute=7"],
    seed: 3,
    profile: "pico",
  }],
];

for (const [argv, expected] of cases) {
  Deno.test(`iot sim ${argv.join(" ")} starts what it says`, async () => {
    const { options } = await sim(...argv);
    const names = Object.keys(expected) as (keyof SimulationOptions)[];
    assertEquals(Object.fromEntries(names.map((name) => [name, options[name]])), expected);
  });
}

Deno.test("iot sim wants names that an address can hold, and each once", async () => {
  await rejects(sim("two words"), { name: "UsageError", message: /"two words"/ });
  await rejects(sim(""), { name: "UsageError", message: /""/ });
  await rejects(sim("a", "b", "a"), { name: "UsageError", message: /"a"/ });
});

Deno.test("iot sim names the choices when there is no such one", async () => {
  await rejects(sim("--profile", "vax"), { name: "UsageError", message: /"vax".*pico/ });
  await rejects(sim("--program", "tucker"), { name: "UsageError", message: /"tucker".*ticker/ });
  await rejects(sim("--fault", "mule=1"), { name: "UsageError", message: /"mule".*mute/ });
});

Deno.test("iot sim --profiles, --faults and --programs list them, and start nothing", async () => {
  assertEquals(await sim("--profiles"), {
    options: undefined,
    stdout: "pico  like a Pico\n",
    stopped: false,
  } as unknown as Awaited<ReturnType<typeof sim>>);
  assertEquals((await sim("--faults")).stdout, "mute  says nothing\n");
  assertEquals((await sim("--programs")).stdout, "ticker  prints\n");
});
