/**
 * The packed executable, in the places and the ways in which people start programs. A small program
 * is packed with the Deno that runs these tests, once for all of them.
 */

import assert from "node:assert/strict";
import { type App, MAIN } from "./bundle.ts";
import { pack } from "./pack.ts";
import { capture, type RunResult } from "../run.ts";
import { findTarget } from "./targets.ts";

const DEADLINE_MS = 60_000;
/** The first is what the unpacking says, the second what a start that finds all in place says. */
const UNPACKING = /^iot: first start of this version: unpacking .* into .*\n$/;
const NOTHING = /^$/;

/** Shows what it was started with; `part.js` is a part that is loaded when used. */
const APP: App = new Map([
  [
    MAIN,
    `
const [what, ...rest] = Deno.args;
if (self.name === "worker") {
  self.onmessage = (event) => self.postMessage("worker: " + event.data);
} else if (what === "args") {
  console.log(JSON.stringify(rest));
} else if (what === "env") {
  console.log(JSON.stringify(Deno.env.toObject()));
} else if (what === "child") {
  const { stdout } = await new Deno.Command("env").output();
  Deno.stdout.writeSync(stdout);
} else if (what === "stdin") {
  const bytes = await new Response(Deno.stdin.readable).bytes();
  console.log(bytes.toHex());
} else if (what === "exit") {
  Deno.exit(Number(rest[0]));
} else if (what === "part") {
  console.log((await import(String("./part.js"))).default);
} else if (what === "worker") {
  const worker = new Worker(import.meta.url, { type: "module", name: "worker" });
  worker.onmessage = ({ data }) => { console.log(data); worker.terminate(); };
  worker.postMessage("hello");
} else if (what === "wait") {
  if (rest[0] === "trap") {
    Deno.addSignalListener("SIGTERM", () => { console.log("trapped"); Deno.exit(7); });
  }
  console.log(Deno.pid);
  setInterval(() => {}, 1e6);
} else {
  console.log("hello");
}
`,
  ],
  ["part.js", `export default "a part";\n`],
]);

let packing: Promise<Uint8Array<ArrayBuffer>> | undefined;

function packed(): Promise<Uint8Array<ArrayBuffer>> {
  return packing ??= (async () =>
    await pack({
      app: APP,
      runtime: await Deno.readFile(Deno.execPath()),
      runtimeVersion: Deno.version.deno,
      target: findTarget(Deno.build.target),
      version: "1.2.3",
    }))();
}

/** A folder of its own for a test, holding the executable. Nothing of ours is in the environment. */
class Room implements AsyncDisposable {
  private constructor(readonly folder: string, readonly executable: string) {}

  static async make(name = "iot"): Promise<Room> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "iot pack " }));
    const executable = `${folder}/${name}`;
    await Deno.writeFile(executable, await packed(), { mode: 0o755 });
    return new Room(folder, executable);
  }

  get cache(): string {
    return `${this.folder}/.cache/iot`;
  }

  get environment(): Record<string, string> {
    return { HOME: this.folder, PATH: "/usr/bin:/bin", TMPDIR: `${this.folder}/tmp` };
  }

  run(
    args: readonly string[] = [],
    options: { program?: string; env?: Record<string, string>; cwd?: string } = {},
  ): Promise<RunResult> {
    return capture(options.program ?? this.executable, {
      args,
      cwd: options.cwd ?? this.folder,
      env: options.env ?? this.environment,
      clearEnv: true,
      timeoutMs: DEADLINE_MS,
    });
  }

  /** Names of what lies in the cache, without the parts that vary. */
  async cached(folder = this.cache): Promise<string[]> {
    const names = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name.replace(/[-.]\w{6,}$/, ""));
    return names.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Asserts that the run went well, printed `stdout`, and that its stderr fits. */
function assertRan(result: RunResult, stdout: string, stderr: RegExp): void {
  assert.match(result.stderr, stderr);
  assert.equal(result.stdout, stdout);
  assert.equal(result.code, 0);
}

/** Starts the executable and gives it to `use`, ended in any case. */
async function withChild<T>(
  room: Room,
  args: string[],
  use: (child: Deno.ChildProcess) => Promise<T>,
): Promise<T> {
  const child = new Deno.Command(room.executable, {
    args,
    env: room.environment,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    return await use(child);
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
    await child.stdout.cancel();
  }
}

/** The next text of a stream that must not be at its end. */
async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  try {
    const { value } = await reader.read();
    assert(value !== undefined, "the program printed nothing more");
    return new TextDecoder().decode(value);
  } finally {
    reader.releaseLock();
  }
}

/** Waits until `condition` holds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!await condition()) {
    assert(Date.now() < deadline, "the condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("pack() gives the same bytes for the same contents", async () => {
  const runtime = new TextEncoder().encode("not a runtime");
  const contents = {
    app: APP,
    runtime,
    runtimeVersion: "0",
    target: findTarget("aarch64-unknown-linux-gnu"),
    version: "1",
  };
  const first = await pack(contents);
  assert.deepEqual(await pack({ ...contents, app: new Map([...APP].reverse()) }), first);
  assert.notDeepEqual(await pack({ ...contents, version: "2" }), first);
});

Deno.test("a packed executable unpacks once, says so once, and then just starts", async () => {
  await using room = await Room.make();
  assertRan(await room.run(), "hello\n", UNPACKING);
  assertRan(await room.run(), "hello\n", NOTHING);
  assert.deepEqual(await room.cached(), ["app-1.2.3", `deno-${Deno.version.deno}`]);
});

Deno.test("a packed executable hands arguments on as they are", async () => {
  await using room = await Room.make();
  const args = ["", "a b", "--", "--help", "-A", "$HOME `id` \\ \"'", "two\nlines", "µ⚡", "*"];
  const { stdout } = await room.run(["args", ...args]);
  assert.deepEqual(JSON.parse(stdout), args);
  const { stdout: flags } = await room.run(["args", "--version", "-h"]);
  assert.deepEqual(JSON.parse(flags), ["--version", "-h"]);
});

Deno.test("a packed executable hands stdin, exit codes, parts and workers on", async () => {
  await using room = await Room.make();
  assert.equal((await room.run(["exit", "42"])).code, 42);
  assertRan(await room.run(["part"]), "a part\n", NOTHING);
  assertRan(await room.run(["worker"]), "worker: hello\n", NOTHING);

  const child = new Deno.Command(room.executable, {
    args: ["stdin"],
    env: room.environment,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array([0, 255, 10, 13, 128]));
  await writer.close();
  assert.equal(new TextDecoder().decode((await child.output()).stdout), "00ff0a0d80\n");
});

Deno.test("a packed executable's process is the program: signals reach it", async () => {
  await using room = await Room.make();
  await room.run();
  await withChild(room, ["wait", "trap"], async (child) => {
    assert.equal(await readText(child.stdout), `${child.pid}\n`);
    child.kill("SIGTERM");
    assert.equal(await readText(child.stdout), "trapped\n");
    assert.equal((await child.status).code, 7);
  });
  await withChild(room, ["wait"], async (child) => {
    await readText(child.stdout);
    child.kill("SIGINT");
    assert.equal((await child.status).signal, "SIGINT");
  });
});

Deno.test("a packed executable says where it is, whichever way it was started", async () => {
  await using room = await Room.make("i o t");
  await Deno.symlink(room.executable, `${room.folder}/link`);
  const environment = { ...room.environment, PATH: `${room.folder}:/usr/bin:/bin` };
  const ways: [string, string[], string][] = [
    [room.executable, [], room.executable],
    ["./i o t", [], room.executable],
    [`${room.folder}/link`, [], `${room.folder}/link`],
    ["link", [], `${room.folder}/link`],
    ["sh", ["i o t"], room.executable],
    ["sh", ["./i o t"], room.executable],
    ["sh", ["-c", 'exec "./i o t" env'], room.executable],
  ];
  for (const [program, args, launcher] of ways) {
    const { stdout } = await room.run([...args, "env"], { program, env: environment });
    assert.equal(JSON.parse(stdout).IOT_LAUNCHER, launcher, `${program} ${args.join(" ")}`);
  }
});

Deno.test("a packed executable keeps the user's settings for Deno from itself, not from children", async () => {
  await using room = await Room.make();
  const settings = {
    DENO_DIR: `${room.folder}/users own`,
    DENO_V8_FLAGS: "--no-such-flag",
    DENO_COVERAGE_DIR: `${room.folder}/coverage`,
    DENO_LOG: "debug\n$(touch oops)'\"",
  };
  const env = { ...room.environment, ...settings };
  const { stdout, stderr } = await room.run(["env"], { env });
  assert.match(stderr, UNPACKING);
  assert.deepEqual({ ...env, IOT_LAUNCHER: room.executable, PWD: room.folder }, {
    PWD: room.folder, // Not every shell sets it.
    ...JSON.parse(stdout),
  });
  assert.match((await room.run(["child"], { env })).stdout, /^DENO_V8_FLAGS=--no-such-flag$/m);
  assert.doesNotMatch(
    (await room.run(["child"])).stdout,
    /^(DENO_|IOT_(?!LAUNCHER)|OLDPWD)/m,
  );
  for (const path of ["users own", "coverage", "oops"]) {
    assert.equal(await exists(`${room.folder}/${path}`), false, path);
  }
});

Deno.test("a packed executable survives four first starts at once", async () => {
  await using room = await Room.make();
  const results = await Promise.all([1, 2, 3, 4].map(() => room.run(["part"])));
  for (const result of results) assertRan(result, "a part\n", /^(iot: first start .*\n)?$/);
  assert.deepEqual(await room.cached(), ["app-1.2.3", `deno-${Deno.version.deno}`]);
});

Deno.test("a packed executable that was killed while it unpacked starts the next time", async () => {
  await using room = await Room.make();
  await withChild(room, [], async (child) => {
    await until(async () => await exists(room.cache) && (await room.cached()).includes(".unpack"));
    child.kill("SIGKILL");
    await child.status;
  });
  assertRan(await room.run(), "hello\n", UNPACKING);
  assertRan(await room.run(), "hello\n", NOTHING);
});

Deno.test("a packed executable does without what is missing in its cache, and restores it", async () => {
  await using room = await Room.make();
  await room.run();
  for await (const { name } of Deno.readDir(room.cache)) {
    for (const part of ["main.js", "part.js", "iot"]) {
      const path = `${room.cache}/${name}/${part}`;
      if (!await exists(path)) continue;
      await Deno.remove(path);
      assertRan(await room.run(["part"]), "a part\n", UNPACKING);
    }
  }
});

Deno.test("a packed executable needs nothing but busybox", async () => {
  await using room = await Room.make();
  const tools = `${room.folder}/tools`;
  await Deno.mkdir(tools);
  const found = await capture("sh", {
    args: ["-c", "command -v busybox"],
    timeoutMs: DEADLINE_MS,
  });
  const busybox = found.stdout.trim();
  const applets = (await capture(busybox, { args: ["--list"], timeoutMs: DEADLINE_MS })).stdout;
  for (const name of applets.trim().split("\n")) await Deno.symlink(busybox, `${tools}/${name}`);
  const env = { ...room.environment, PATH: tools };
  const start = { program: `${tools}/sh`, env };
  assertRan(await room.run([room.executable], start), "hello\n", UNPACKING);
  assertRan(await room.run([room.executable], start), "hello\n", NOTHING);
});

Deno.test("a packed executable needs neither PATH nor HOME", async () => {
  await using room = await Room.make();
  const temporary = `${room.folder}/tmp`;
  await Deno.mkdir(temporary);
  const env = { TMPDIR: temporary };
  assertRan(await room.run([], { env }), "hello\n", UNPACKING);
  assertRan(await room.run([], { env }), "hello\n", NOTHING);
  const mode = (await Deno.stat(`${temporary}/iot-${Deno.uid()}`)).mode;
  assert.equal(mode! & 0o777, 0o700);
});

Deno.test("a packed executable goes to TMPDIR when its cache cannot be written", async () => {
  await using room = await Room.make();
  await Deno.mkdir(`${room.folder}/tmp`);
  // Below a file nothing can be made, not even by root.
  const env = { ...room.environment, XDG_CACHE_HOME: `${room.executable}/below` };
  assertRan(await room.run([], { env }), "hello\n", UNPACKING);
  assertRan(await room.run([], { env }), "hello\n", NOTHING);
  assert.equal(await exists(room.cache), false);
});

Deno.test("a packed executable trusts no link in TMPDIR, and says what it needs", async () => {
  await using room = await Room.make();
  await Deno.mkdir(`${room.folder}/tmp`);
  await Deno.mkdir(`${room.folder}/elsewhere`);
  await Deno.symlink(`${room.folder}/elsewhere`, `${room.folder}/tmp/iot-${Deno.uid()}`);
  const env = { TMPDIR: `${room.folder}/tmp` };
  const { code, stderr } = await room.run([], { env });
  assert.match(stderr, /^iot: cannot unpack .*Set XDG_CACHE_HOME to such a folder\.\n$/);
  assert.equal(code, 2);
});

Deno.test("a packed executable that was cut short says so", async () => {
  await using room = await Room.make();
  const whole = await packed();
  await Deno.truncate(room.executable, whole.length - 500);
  const { code, stderr } = await room.run();
  assert.match(stderr, /is damaged .*get it again\.\n$/);
  assert.equal(code, 2);
});

Deno.test("a packed executable for another machine says so", async () => {
  await using room = await Room.make();
  const other = await pack({
    app: APP,
    runtime: new TextEncoder().encode("not a runtime"),
    runtimeVersion: "0",
    target: { ...findTarget(Deno.build.target), machine: "Plan9 mips" },
    version: "1",
  });
  await Deno.writeFile(room.executable, other);
  const { code, stderr } = await room.run();
  assert.match(stderr, /^iot: this file is for Plan9 mips, and this machine is \w+ \w+: .*\n$/);
  assert.equal(code, 2);
});

Deno.test("a packed executable clears away old versions, but none in use", async () => {
  await using room = await Room.make();
  const old = (Date.now() - 100 * 86_400_000) / 1000;
  const make = async (path: string, text: string) => {
    await Deno.mkdir(`${room.cache}/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
    await Deno.writeTextFile(`${room.cache}/${path}`, text);
    await Deno.utime(`${room.cache}/${path}`, old, old);
    await Deno.utime(`${room.cache}/${path.replace(/\/[^/]*$/, "")}`, old, old);
  };
  await make("app-0-unused/runtime", "deno-0-unused\n");
  await make("app-0-unused/main.js", "");
  await make("deno-0-unused/iot", "");
  await make("app-0-recent/runtime", "deno-0-recent\n");
  await make("deno-0-recent/iot", "");
  await Deno.utime(`${room.cache}/app-0-recent/runtime`, new Date(), new Date());
  await make("app-0-running/runtime", "deno-0-running\n");
  await make("app-0-running/main.js", "setInterval(() => {}, 1e6); console.log('started');");
  await make("deno-0-running/iot", "");
  await make(".unpack.killed/part", "");

  const running = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", `${room.cache}/app-0-running/main.js`],
    env: { DENO_DIR: `${room.folder}/deno` },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    await readText(running.stdout);
    assertRan(await room.run(), "hello\n", UNPACKING);
  } finally {
    running.kill("SIGKILL");
    await running.status;
    await running.stdout.cancel();
  }
  const names = [];
  for await (const { name } of Deno.readDir(room.cache)) names.push(name);
  assert.deepEqual(names.filter((name) => /-0-|unpack/.test(name)).sort(), [
    "app-0-recent",
    "app-0-running",
    "deno-0-recent",
    "deno-0-running",
  ]);
});

Deno.test("a packed executable's header, and .ci/run, please shellcheck", async () => {
  await using room = await Room.make();
  const header = new TextDecoder().decode((await packed()).subarray(0, 32_768));
  const script = `${room.folder}/header.sh`;
  await Deno.writeTextFile(script, header.slice(0, header.lastIndexOf("\nexit 2\n") + 8));
  const ci = `${import.meta.dirname}/../../.ci/run`;
  const { code, stdout } = await capture("shellcheck", {
    args: [script, ci],
    timeoutMs: DEADLINE_MS,
  });
  assert.equal(stdout, "");
  assert.equal(code, 0);
});
