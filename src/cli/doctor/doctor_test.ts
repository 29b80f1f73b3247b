import { Environment } from "@/config/environment.ts";
import { ConfigError } from "@/config/problem.ts";
import type { Scene } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { examine, show } from "./doctor.ts";
import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";

/** A computer in a directory: one board on USB, and files by path. */
class Computer implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async build(files: Readonly<Record<string, string>> = {}): Promise<Computer> {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "iot-doctor-" }));
    const computer = new Computer(root);
    await computer.write({
      "sys/devices/usb1/1-1/idVendor": "2e8a\n",
      "sys/devices/usb1/1-1/idProduct": "0005\n",
      "sys/devices/usb1/1-1/product": "Board in FS mode\n",
      "sys/devices/usb1/1-1/1-1:1.0/tty/ttyACM0/dev": "166:0\n",
      "dev/ttyACM0": "",
      "etc/group": "root:x:0:\ndialout:x:20:ada\n",
      "proc/1/comm": "init\n",
      "home/iot49/libs/secrets.py": "webrepl_pwd = 'fjlkflsad'\n",
      "home/bin/iot": "#!/bin/sh\n",
      ...files,
    });
    await Deno.chmod(`${root}/home/iot49/libs/secrets.py`, 0o600);
    await Deno.chmod(`${root}/home/bin/iot`, 0o755);
    await Deno.mkdir(`${root}/sys/bus/usb`, { recursive: true });
    await Deno.mkdir(`${root}/sys/class/tty`, { recursive: true });
    const port = "sys/devices/usb1/1-1/1-1:1.0";
    await Deno.symlink(`${root}/${port}/tty/ttyACM0`, `${root}/sys/class/tty/ttyACM0`);
    await Deno.symlink(`${root}/${port}`, `${root}/${port}/tty/ttyACM0/device`);
    await Deno.symlink(`${root}/sys/bus/usb`, `${root}/${port}/subsystem`);
    return computer;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = `${this.root}/${name}`;
      await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
  }

  async remove(path: string): Promise<void> {
    await Deno.remove(`${this.root}/${path}`, { recursive: true });
  }

  /** Installs the kernel for this user. */
  async installKernel(program = `${this.root}/home/bin/iot`): Promise<void> {
    const spec = { argv: [program, "kernel", "-f", "{connection_file}"], display_name: "IoT" };
    await this.write({ "home/.local/share/jupyter/kernels/iot/kernel.json": JSON.stringify(spec) });
  }

  scene(changes: Partial<Scene> = {}): Scene {
    const home = `${this.root}/home`;
    return {
      environment: new Environment({ HOME: home, XDG_RUNTIME_DIR: home }),
      root: this.root,
      user: { name: "ada", uid: 1000, groups: [1000, 20] },
      launcher: [`${home}/bin/iot`],
      mayUse: () => Promise.resolve(true),
      run: (program) =>
        Promise.resolve(
          program === "python3"
            ? { code: 0, stdout: '["3.11.2", "8.5.0", "5.3", "4.1", null]\n' }
            : undefined,
        ),
      ...changes,
    };
  }

  async findings(name: string, changes: Partial<Scene> = {}) {
    const check = CHECKS.find((check) => check.name === name)!;
    return (await check.run(this.scene(changes))).map(({ verdict, text, remedy }) => {
      const short = (text: string) => text.replaceAll(this.root, "");
      return [verdict, short(text), ...(remedy === undefined ? [] : [short(remedy)])];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

Deno.test("every check of iot doctor has a name of its own and finds something", async () => {
  await using computer = await Computer.build();
  assertEquals(new Set(CHECKS.map(({ name }) => name)).size, CHECKS.length);
  for (const check of CHECKS) ok((await check.run(computer.scene())).length > 0, check.name);
});

Deno.test("iot doctor is content with a computer where all is well", async () => {
  await using computer = await Computer.build();
  await computer.installKernel();
  const rows = await examine(CHECKS, computer.scene());
  // Whether this machine has a network is not the test's to say.
  const complaints = rows.filter(({ verdict, check }) => verdict !== "ok" && check !== "network");
  assertEquals(complaints, []);
});

const CLOSED = "/dev/ttyACM0 (Board in FS mode) is closed to you";

Deno.test("doctor: ports says which group to join, and when to log in again", async () => {
  await using computer = await Computer.build();
  const gid = (await Deno.stat(`${computer.root}/dev/ttyACM0`)).gid!;
  const mayUse = () => Promise.resolve(false);
  const user = { name: "ada", uid: 1000, groups: [1000] };
  const groups = (members: string) => computer.write({ "etc/group": `uucp:x:${gid}:${members}\n` });
  await groups("ben");
  assertEquals(await computer.findings("ports", { mayUse, user }), [[
    "fail",
    `${CLOSED}: it belongs to the group "uucp".`,
    "sudo usermod -aG uucp ada, then log out and in again",
  ]]);
  await groups("ben,ada");
  assertEquals(await computer.findings("ports", { mayUse, user }), [[
    "fail",
    `${CLOSED}: you joined its group "uucp" after you logged in.`,
    "log out and in again",
  ]]);
  const member = { ...user, groups: [1000, gid] };
  assertEquals(await computer.findings("ports", { mayUse, user: member }), [[
    "fail",
    `${CLOSED}, though you are in its group "uucp".`,
    "sudo chmod g+rw /dev/ttyACM0, until it is plugged in again",
  ]]);
  await computer.write({ "etc/group": "" });
  assertEquals(await computer.findings("ports", { mayUse, user }), [[
    "fail",
    `${CLOSED}, and belongs to no group to join.`,
    "sudo chmod a+rw /dev/ttyACM0, until it is plugged in again",
  ]]);
});

Deno.test("doctor: ports tells a port without a device file, and no port at all", async () => {
  await using computer = await Computer.build();
  await computer.remove("dev/ttyACM0");
  const [[verdict, text]] = await computer.findings("ports");
  assertEquals(verdict, "fail");
  match(text, /not in \/dev\. Is this a container\?/);
  await computer.remove("sys/class/tty/ttyACM0");
  const user = { name: "ada", uid: 1000, groups: [1000] };
  assertEquals((await computer.findings("ports", { user })).map(([verdict]) => verdict), [
    "warn",
    "warn",
  ]);
  assertEquals((await computer.findings("ports")).length, 1);
});

Deno.test("doctor: holders names who has a port open", async () => {
  await using computer = await Computer.build({ "proc/4242/comm": "picocom\n", "proc/locks": "" });
  await Deno.mkdir(`${computer.root}/proc/4242/fd`);
  await Deno.symlink(`${computer.root}/dev/ttyACM0`, `${computer.root}/proc/4242/fd/3`);
  assertEquals(await computer.findings("holders"), [[
    "warn",
    "/dev/ttyACM0 is open in picocom (process 4242).",
    "close it there, or: kill 4242",
  ]]);
});

Deno.test("doctor: meddlers finds ModemManager and brltty", async () => {
  await using computer = await Computer.build({
    "proc/7/comm": "ModemManager\n",
    "proc/8/comm": "brltty\n",
  });
  const found = await computer.findings("meddlers");
  assertEquals(found.map(([verdict, , remedy]) => [verdict, remedy]), [
    ["warn", "sudo systemctl disable --now ModemManager"],
    ["warn", "sudo apt remove brltty, unless you use a Braille display"],
  ]);
});

Deno.test("doctor: devices lists what is wrong with device files, and missing resources", async () => {
  await using computer = await Computer.build({
    "home/iot49/devices/a.yaml": "a:\n  uyd: 1\nb:\n  resources: [secrets.py, bno055]\n",
  });
  assertEquals(await computer.findings("devices"), [
    [
      "fail",
      '/home/iot49/devices/a.yaml:2:3: unknown key "uyd" in the device "a".',
      'Did you mean "uid"?',
    ],
    [
      "warn",
      '/home/iot49/devices/a.yaml:4:27: the resource "bno055" of b is in none of /home/iot49/libs.'
        .replace("4:27", "4"),
      "put it there, or name its folder in libs",
    ],
  ]);
});

Deno.test("doctor: secrets never shows one", async () => {
  await using computer = await Computer.build();
  await computer.write({
    "home/iot49/libs/secrets.py": "a = f'hidden'\nwebrepl_pwd = 'much too long'\n",
  });
  await Deno.chmod(`${computer.root}/home/iot49/libs/secrets.py`, 0o644);
  const found = await computer.findings("secrets");
  assertEquals(found.map(([verdict]) => verdict), ["warn", "fail", "warn"]);
  ok(!JSON.stringify(found).includes("hidden") && !JSON.stringify(found).includes("much too"));
});

Deno.test("no check of iot doctor stumbles over settings that cannot be used", async () => {
  await using computer = await Computer.build({ "proc/9/comm": "ser2net\n" });
  const problem = { file: "config.yaml", line: 1, column: 1, message: "broken" };
  for (
    const environment of [
      new Environment({ HOME: `${computer.root}/home` }, new ConfigError([problem])),
      new Environment({ IOT_PORTS: "$NOWHERE", IOT_PYTHON: "$NOWHERE", IOT: "$IOT" }),
    ]
  ) {
    const rows = await examine(CHECKS, computer.scene({ environment }));
    ok(rows.some(({ check, verdict }) => check === "settings" && verdict === "fail"));
    assertEquals(new Set(rows.map(({ check }) => check)).size, CHECKS.length);
  }
});

Deno.test("doctor says once what is wrong with config.yaml", async () => {
  await using computer = await Computer.build();
  const problem = { file: "config.yaml", line: 1, column: 1, message: "broken" };
  const home = { HOME: `${computer.root}/home` };
  const environment = new Environment(home, new ConfigError([problem]));
  const rows = await examine(CHECKS, computer.scene({ environment }));
  assertEquals(
    rows.filter(({ text }) => text.includes("broken")).map(({ check }) => check),
    ["settings"],
  );
  const unlooked = rows.filter(({ text }) => text.startsWith("Not looked at"));
  assertEquals(unlooked.map(({ check, verdict }) => [check, verdict]), [
    ["devices", "warn"],
    ["secrets", "warn"],
  ]);
});

Deno.test("doctor: settings and places say what cannot be used", async () => {
  await using computer = await Computer.build();
  const environment = new Environment({ IOT: "$NOWHERE" });
  for (const name of ["settings", "devices", "secrets"]) {
    const [[verdict, text]] = await computer.findings(name, { environment });
    assertEquals(verdict, "fail");
    match(text, /NOWHERE is not set/);
  }
  await computer.write({ "home/.cache": "a file" });
  const [[verdict, text]] = await computer.findings("places");
  assertEquals([verdict, text], [
    "fail",
    'The cache directory "/home/.cache/iot" cannot be written.',
  ]);
});

Deno.test("doctor: python tells what is missing, and how to get it", async () => {
  await using computer = await Computer.build();
  const without = { run: () => Promise.resolve(undefined) };
  assertEquals((await computer.findings("python", without)).map(([verdict]) => verdict), ["warn"]);
  const stdout = '["3.11.2", null, null, null, null]';
  const run: Scene["run"] = (program) =>
    Promise.resolve(program === "python3" ? { code: 0, stdout } : undefined);
  assertEquals((await computer.findings("python", { run })).map(([, , remedy]) => remedy), [
    undefined,
    '"python3" -m pip install ipython',
    '"python3" -m pip install jupyterlab',
  ]);
  const broken: Scene["run"] = () => Promise.resolve({ code: 0, stdout: "hello" });
  assertEquals((await computer.findings("python", { run: broken }))[0][0], "warn");
});

Deno.test("doctor: kernelspec tells whether Jupyter starts a program that is there", async () => {
  await using computer = await Computer.build();
  const verdicts = async (changes: Partial<Scene> = {}) =>
    (await computer.findings("kernelspec", changes)).map(([verdict]) => verdict);
  assertEquals(await verdicts(), ["warn"]);
  await computer.installKernel();
  assertEquals(await verdicts(), ["ok"]);
  assertEquals(await verdicts({ launcher: ["/elsewhere/iot"] }), ["warn"]);
  await computer.installKernel("/gone/iot");
  assertEquals(await verdicts(), ["fail"]);
});

Deno.test("show() puts what mends it below what is wrong", () => {
  const rows = [
    { check: "a", title: "A", verdict: "ok" as const, text: "Fine." },
    { check: "b", title: "Long", verdict: "fail" as const, text: "Bad.", remedy: "mend it" },
  ];
  assertEquals(
    show(rows, { colour: false }),
    "ok    A     Fine.\nfail  Long  Bad.\n            → mend it",
  );
  ok(show(rows, { colour: true }).includes("\x1b[31mfail\x1b[0m"));
});
