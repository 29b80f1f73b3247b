/** The executable on the shell: output, exit codes, and what it says when something is wrong. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { iot, temporaryDirectory } from "./support/product.ts";
import { simulate } from "./support/simulated.ts";

Deno.test("iot --help lists every command, and each has help of its own", async () => {
  const { code, stdout } = await iot(["--help"]);
  assertEquals(code, 0);
  const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name);
  for (const name of ["discover", "exec", "run", "repl", "sim", "install", "kernel", "execute"]) {
    ok(names.includes(name), `${name} is missing in\n${stdout}`);
  }
  for (const name of names) {
    const help = await iot([name, "-h"]);
    assertEquals(help.code, 0, name);
    match(help.stdout, new RegExp(`^usage: iot ${name} \\[-h\\]`));
    assertEquals(help.stderr, "", name);
  }
});

Deno.test("iot --version prints one line", async () => {
  const { code, stdout } = await iot(["--version"]);
  assertEquals(code, 0);
  match(stdout, /^iot \d+\.\d+\.\d+\n$/);
});

Deno.test("iot exec prints what the board prints, and nothing else", async () => {
  const { code, stdout, stderr } = await iot(["exec", "-d", "sim://a", "print('é€😀', end='')"]);
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "é€😀", stderr: "" });
});

Deno.test("iot exec shows an exception on stderr and exits with 1", async () => {
  const { code, stdout, stderr } = await iot(["exec", "-d", "sim://a", "print(1)\n1/0"]);
  assertEquals({ code, stdout }, { code: 1, stdout: "1\n" });
  match(
    stderr,
    /^Traceback .*\n {2}File "<stdin>", line 2, in <module>\n {4}.+\nZeroDivisionError: .*\n$/,
  );
});

Deno.test("iot exec shows a syntax error", async () => {
  const { code, stderr } = await iot(["exec", "-d", "sim://a", "for"]);
  assertEquals(code, 1);
  match(stderr, /SyntaxError/);
});

Deno.test("iot run names the file in a traceback", async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/blink me.py`;
  await Deno.writeTextFile(file, "print('on')\n\nraise ValueError('no light')\n");
  const { code, stdout, stderr } = await iot(["run", file, "-d", "sim://a"]);
  assertEquals({ code, stdout }, { code: 1, stdout: "on\n" });
  ok(stderr.includes(`File "${file}", line 3`), stderr);
});

Deno.test("$IOT_DEVICE says which board to use, -d wins over it", async () => {
  const env = { IOT_DEVICE: "sim://first" };
  assertEquals((await iot(["name"], { env })).stdout, "first\n");
  assertEquals((await iot(["name", "-d", "sim://second"], { env })).stdout, "second\n");
  assertEquals((await iot(["--device=sim://third", "name"], { env })).stdout, "third\n");
});

Deno.test("a board is found on $IOT_PORTS, and used when it is the only one", async () => {
  await using board = await simulate("--pty");
  const env = { IOT_PORTS: board.addresses.serial };
  const { code, stdout } = await iot(["discover", "--json"], { env });
  assertEquals(code, 0);
  const [row, ...more] = JSON.parse(stdout);
  assertEquals([row.url, row.platform, more], [board.addresses.serial, "esp32", []]);
  match(row.uid, /^[0-9a-f]{2}(:[0-9a-f]{2})+$/);
  assertEquals((await iot(["exec", "print(6 * 7)"], { env })).stdout, "42\n");
  assertEquals((await iot(["exec", "-d", row.uid, "print(1)"], { env })).stdout, "1\n");
});

Deno.test("a board is known by its UID where $IOT_DEVICE says an address", async () => {
  await using board = await simulate("--pty");
  const env = { IOT_DEVICE: board.addresses.serial };
  const { stdout } = await iot(["uid"], { env });
  assertEquals((await iot(["exec", "-d", stdout.trim(), "print(1)"], { env })).stdout, "1\n");
});

const mistakes: [about: string, args: string[], code: number, stderr: RegExp][] = [
  ["no command", [], 2, /^usage: iot/],
  ["an unknown command", ["discvoer"], 2, /Unknown command "discvoer".*Did you mean "discover"/],
  ["another tool's command", ["ls"], 2, /Unknown command "ls"\. Here, iot rlist does that\./],
  ["a name that begins with a dash", ["rm", "-dash.py"], 2, /after two: iot rm -- -dash\.py/],
  ["a missing argument", ["exec"], 2, /^usage: iot exec .*\niot exec: error: .*CODE/s],
  ["an unknown option", ["exec", "--fast", "1"], 2, /unrecognized arguments: --fast/],
  [
    "a file that is not there",
    ["run", "/none.py", "-d", "sim://a"],
    2,
    /"\/none\.py".*no such file/,
  ],
  ["a name that nobody has", ["name", "-d", "kitchen"], 2, /No device "kitchen" found/],
  ["no device at all", ["exec", "1"], 2, /none was found.*sim:\/\/demo/],
  [
    "an address that is none",
    ["exec", "-d", "://x", "1"],
    2,
    /Cannot read "?:\/\/x"? as an address/,
  ],
  ["an unknown scheme", ["exec", "-d", "usb://x", "1"], 2, /usb:\/\/.*serial:\/\//s],
  ["an unknown option of an address", ["exec", "-d", "sim://a?x=1", "1"], 2, /"x"/],
  ["an unknown profile", ["exec", "-d", "sim://a?profile=vax", "1"], 2, /vax.*esp32/],
  ["a device where none is taken", ["-d", "sim://a", "sim"], 2, /takes no device/],
  ["a fault without a number", ["sim", "--fault", "mute=x"], 2, /mute=100/],
  ["a port that there is not", ["sim", "--tcp", "99999"], 2, /99999/],
  ["a bad port", ["exec", "-d", "tcp://localhost:99999", "1"], 2, /99999.*65535/],
  ["a port that is not there", ["exec", "-d", "serial:///dev/ttyNONE", "1"], 3, /\/dev\/ttyNONE/],
  ["a file that is no port", ["exec", "-d", "serial:///dev/null", "1"], 2, /\/dev\/null/],
  ["nobody listening", ["exec", "-d", "tcp://127.0.0.1:1", "1"], 3, /127\.0\.0\.1:1/],
];

for (const [about, args, code, stderr] of mistakes) {
  Deno.test(`iot says what is wrong: ${about}`, async () => {
    const ended = await iot(args, { env: { IOT_PORTS: "", IOT_DEVICE: "" } });
    assertEquals(ended.code, code, ended.stderr);
    match(ended.stderr, stderr);
    assertEquals(ended.stdout, "");
    ok(!/\bat .*\.[jt]s:\d+/.test(ended.stderr), `a stack trace of ours: ${ended.stderr}`);
  });
}

Deno.test("iot execute -d says which board the notebook runs on", async () => {
  await using directory = await temporaryDirectory();
  const notebook = `${directory.path}/name.ipynb`;
  const cell = { cell_type: "code", execution_count: null, metadata: {}, outputs: [] };
  const cells = [{ ...cell, source: "%name" }];
  const text = JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 });
  await Deno.writeTextFile(notebook, text);
  for (const args of [["execute", "-d", "sim://a"], ["-d", "sim://a", "execute"]]) {
    const { stdout, stderr } = await iot([...args, notebook, "--print"]);
    assertEquals([stdout, stderr], ["In [1]: %name\na\n", ""]);
  }
});

Deno.test("sim://NAME?fs=DIR keeps a board's files from one command to the next", async () => {
  await using directory = await temporaryDirectory();
  const device = `sim://a?fs=${encodeURIComponent(directory.path)}`;
  const write = "f = open('main.py', 'w'); f.write('x = 1'); f.close()";
  assertEquals((await iot(["exec", "-d", device, write])).code, 0);
  assertEquals(await Deno.readTextFile(`${directory.path}/main.py`), "x = 1");
  const { stdout } = await iot(["exec", "-d", device, "print(open('main.py').read())"]);
  assertEquals(stdout, "x = 1\n");
});
