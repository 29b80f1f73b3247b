import { readDevices, refuseName } from "./device_config.ts";
import { Environment } from "./environment.ts";
import { formatProblem } from "./problem.ts";
import { parseYaml } from "./yaml_tree.ts";
import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
import fc from "fast-check";

const ENVIRONMENT = new Environment({ HOME: "/home/ada" });

async function read(text: string) {
  const { root, problems } = await parseYaml(text, "d.yaml");
  const read = readDevices(root, ENVIRONMENT);
  return {
    devices: read.devices,
    problems: [...problems, ...read.problems].map(formatProblem),
  };
}

Deno.test("readDevices() takes the specification's simple example", async () => {
  const { devices, problems } = await read(`
huzzah32:
    uid: 24:0a:c4:12:87:7c
    resources:
        - pystone.py
        - secrets.py
        - bno055
`);
  assertEquals(problems, []);
  const [{ name, uid, installDir, libs, resources }] = devices;
  assertEquals([name, uid, installDir, libs], [
    "huzzah32",
    "24:0a:c4:12:87:7c",
    "/lib",
    undefined,
  ]);
  assertEquals(resources?.map(({ name, installDir }) => `${installDir}/${name}`), [
    "/lib/pystone.py",
    "/lib/secrets.py",
    "/lib/bno055",
  ]);
});

Deno.test("readDevices() takes the specification's full example", async () => {
  const { devices, problems } = await read(`
test-stm32:
    uid: 27:00:55:00:09:50:52:42:4e:30:39:20
    libs:
        - $IOT49/libs
        - $IOT/projects/airlift/libs
        - more/libs
    install-dir: /spi/lib
    resources:
        - stm32: 
            install-dir: /flash
            unpack: true
        - secrets.py: /spi
        - neopixel.py
        - mp_server:
            unpack: true
            install-dir: /spi/lib/mp
`);
  assertEquals(problems, []);
  const [{ libs, resources, installDir }] = devices;
  assertEquals(libs, [
    "/home/ada/iot49/libs",
    "/home/ada/projects/airlift/libs",
    "/home/ada/more/libs",
  ]);
  assertEquals(installDir, "/spi/lib");
  assertEquals(resources?.map(({ name, installDir, unpack }) => [name, installDir, unpack]), [
    ["stm32", "/flash", true],
    ["secrets.py", "/spi", false],
    ["neopixel.py", "/spi/lib", false],
    ["mp_server", "/spi/lib/mp", true],
  ]);
});

Deno.test("readDevices() lets resources inherit what their device says, wherever it says it", async () => {
  const { devices, problems } = await read(`
a:
  resources:
    - x:
        exclude: "*.bak"
    - y: {mpy: false, include: ["*.py"]}
  exclude: [test_*]
  install-dir: apps/
  mpy: true
b:
c: {resources: }
`);
  assertEquals(problems, []);
  assertEquals(devices.map(({ resources }) => resources?.length), [2, undefined, 0]);
  assertEquals(
    devices[0].resources?.map(({ installDir, include, exclude, mpy }) => [
      installDir,
      include,
      exclude,
      mpy,
    ]),
    [
      ["/apps", [], ["test_*", "*.bak"], true],
      ["/apps", ["*.py"], ["test_*"], false],
    ],
  );
});

Deno.test("readDevices() reads a UID as it is written, whatever YAML makes of it", async () => {
  const { devices, problems } = await read(
    "a: {uid: 240412877000}\nb: {uid: 0012345678}\nc: {uid: 12e45678}\nd: {uid: '24-0A-C4-12-87-7C'}\n",
  );
  assertEquals(problems, []);
  assertEquals(devices.map(({ uid }) => uid), [
    "24:04:12:87:70:00",
    "00:12:34:56:78",
    "12:e4:56:78",
    "24:0a:c4:12:87:7c",
  ]);
});

Deno.test("readDevices() shares lists by anchors", async () => {
  const { devices, problems } = await read(
    "a: {resources: &both [x.py, y.py]}\nb: {resources: *both}\n",
  );
  assertEquals(problems, []);
  assertEquals(devices[1].resources?.map(({ name }) => name), ["x.py", "y.py"]);
});

/** YAML, and what is said about it. */
const MISTAKES: readonly [string, string[]][] = [
  ["a:\n  instal-dir: /x\n", [
    'd.yaml:2:3: unknown key "instal-dir" in the device "a". Did you mean "install-dir"?',
  ]],
  ["a: {install_dir: /x}\n", [
    'd.yaml:1:5: unknown key "install_dir" in the device "a". Did you mean "install-dir"?',
  ]],
  ["a:\n  uid: 24:0a:c4\n  uid: 24:0a:c5\n", ["d.yaml:3:3: this key is there twice."]],
  ["a:\n  uid: 24:a:c4\n", [
    'd.yaml:2:8: "24:a:c4" is no UID. A UID is hex bytes of two digits each, ' +
    "as in 24:0a:c4:12:87:7c; %uid prints a board's.",
  ]],
  ["a:\n  resources: x.py\n", [
    'd.yaml:2:14: resources must be a list, not "x.py". ' +
    "Each item is a line that begins with a dash: - NAME.",
  ]],
  ["a:\n  resources:\n    - x:\n      unpack: true\n", [
    'd.yaml:4:7: "unpack" cannot stand beside "x". ' +
    "Options of a resource are indented further than its name.",
  ]],
  ["a:\n  mpy: yes\n", ['d.yaml:2:8: this must be true or false, not "yes".']],
  ["a:\n  libs: [$NOWHERE/x]\n", [
    'd.yaml:2:10: Cannot expand "$NOWHERE/x": the variable NOWHERE is not set.',
  ]],
  ["a:\n  install-dir: ../x\n", [
    'd.yaml:2:16: "../x" is no directory of a board. Write it from the board\'s root, as in /lib.',
  ]],
  ["a:\n  resources: [/etc/passwd, ../x, x/../y]\n", [
    'd.yaml:2:15: "/etc/passwd" cannot be a resource: it is no path below a folder. ' +
    "Name a file or folder of IOT_LIBS, or list its folder in the device's libs.",
    'd.yaml:2:28: "../x" cannot be a resource: it is no path below a folder. ' +
    "Name a file or folder of IOT_LIBS, or list its folder in the device's libs.",
    'd.yaml:2:34: "x/../y" cannot be a resource: it is no path below a folder. ' +
    "Name a file or folder of IOT_LIBS, or list its folder in the device's libs.",
  ]],
  ["a:\n  resources: [x, y, x]\n", [
    'd.yaml:2:21: the resource "x" is there twice. The first one is in line 2.',
  ]],
  ["a:\n  url: 192.168.1.20\n", [
    'd.yaml:2:8: "192.168.1.20" is no address. ' +
    "Addresses look like ws://192.168.1.20:8266 or serial:///dev/ttyACM0.",
  ]],
  ["24:0a:c4:12:87:7c:\n  mpy: true\n", [
    'd.yaml:1:1: "24:0a:c4:12:87:7c" cannot be a device\'s name: use up to 64 letters, digits, ' +
    '"_", "-" and ".".',
  ]],
  ["- a\n", [
    "d.yaml:1:1: a file of devices, NAME: …, must be keys and values, not a list. " +
    "Is a colon missing?",
  ]],
  ["a:\n\tuid: 1\n", ["*"]],
  ["a: [1\n", ["*"]],
  ["a: *nowhere\n", ["*"]],
  ["a: &x {resources: [*x]}\n", ["*"]],
  ["a: &x [*x]\n", ["*"]],
  ["? {a: 1}\n: 2\n", ["*"]],
];

for (const [text, wanted] of MISTAKES) {
  Deno.test(`readDevices() says what is wrong with ${JSON.stringify(text)}`, async () => {
    const { devices, problems } = await read(text);
    if (wanted[0] !== "*") return assertEquals(problems, wanted);
    // YAML's own rules: the words are the library's.
    assert(problems.length >= 1);
    for (const problem of problems) assert(/^d\.yaml:[12]:\d+: /.test(problem), problem);
    assertEquals(devices.flatMap(({ resources }) => resources ?? []), []);
  });
}

Deno.test("parseYaml() does not let aliases multiply", async () => {
  const levels = Array.from(
    { length: 30 },
    (_, i) => `a${i}: &a${i} [${i === 0 ? "x" : `*a${i - 1}, *a${i - 1}`}]`,
  );
  const { problems } = await parseYaml(levels.join("\n") + "\n", "d.yaml");
  assertEquals(problems.map(formatProblem), ["d.yaml: it is nested too deeply or too large."]);
});

Deno.test("parseYaml() does not follow brackets for ever", async () => {
  const { problems } = await parseYaml("a: " + "[".repeat(100_000), "d.yaml");
  assert(problems.length > 0);
});

Deno.test("refuseName() keeps names apart from UIDs, options and addresses", () => {
  for (const name of ["huzzah32", "test-stm32", "pico", "feed", "cafe", "a.b", "Ωmega", "pi_2"]) {
    assertEquals(refuseName(name), undefined, name);
  }
  for (
    const name of ["", "-d", "a b", "ws://x", "240ac412877c", "24-0a-c4", "a/b", "x".repeat(65)]
  ) {
    assert(refuseName(name) !== undefined, name);
  }
});

Deno.test("readDevices() takes any text without harm, and says where it is wrong", async () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "a:",
      "\n",
      "  ",
      "- ",
      "uid: ",
      "24:0a",
      "resources:",
      "libs: ",
      "url: ",
      "&x ",
      "*x",
      "<<: ",
      "{",
      "}",
      "[",
      "]",
      "? ",
      ": ",
      "|\n",
      "\t",
      "---\n",
      "...\n",
      "!!binary ",
      "'",
      '"',
      "#",
      "$Y",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
      const { root, problems } = await parseYaml(pieces.join(""), "d.yaml");
      for (const problem of [...problems, ...readDevices(root, ENVIRONMENT).problems]) {
        assert(/^d\.yaml(?::\d+:\d+)?: /.test(formatProblem(problem)), formatProblem(problem));
      }
    }),
    { numRuns: 3_000 },
  );
});
