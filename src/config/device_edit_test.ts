import { type DeviceEdit, editDevices } from "./device_edit.ts";
import { parseYaml } from "./yaml_tree.ts";
import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";

const ADD: DeviceEdit = { kind: "set-uid", name: "pico", uid: "e6:61:4c" };
const RENAME: DeviceEdit = { kind: "rename", from: "pico", to: "robot" };

/** What is done, to which text, and what comes of it. */
const CASES: readonly [string, DeviceEdit, string, string][] = [
  ["an empty file", ADD, "", "pico:\n    uid: e6:61:4c\n"],
  ["a file of comments", ADD, "# mine\n", "# mine\n\npico:\n    uid: e6:61:4c\n"],
  [
    "a file without its last newline",
    ADD,
    "a:  # the first\n   mpy:   true",
    "a:  # the first\n   mpy:   true\n\npico:\n    uid: e6:61:4c\n",
  ],
  ["Windows newlines", ADD, "a: {}\r\n", "a: {}\r\n\r\npico:\r\n    uid: e6:61:4c\r\n"],
  [
    "a device with keys",
    ADD,
    "# top\npico: # the robot\n   # libs first\n   libs: [ x ]\nz: {}\n",
    "# top\npico: # the robot\n   # libs first\n   uid: e6:61:4c\n   libs: [ x ]\nz: {}\n",
  ],
  ["a device on one line", ADD, "pico: { mpy: true }\n", "pico: {uid: e6:61:4c,  mpy: true }\n"],
  [
    "a device without anything",
    ADD,
    "pico:   # soon\nz: {}\n",
    "pico:   # soon\n    uid: e6:61:4c\nz: {}\n",
  ],
  [
    "digits that older YAML takes for a number",
    { ...ADD, uid: "24:04:12" },
    "",
    'pico:\n    uid: "24:04:12"\n',
  ],
  [
    "another name",
    RENAME,
    "# pico\n'pico' :  # pico\n  uid:  24:0a\n",
    "# pico\nrobot :  # pico\n  uid:  24:0a\n",
  ],
];

for (const [what, edit, before, after] of CASES) {
  Deno.test(`editDevices() takes ${what} (${edit.kind})`, async () => {
    assertEquals(await editDevices(before, edit), after);
  });
}

/** Shapes that a splice cannot serve: the library writes them, and keeps the comments. */
const UNUSUAL: readonly [DeviceEdit, string][] = [
  [ADD, "{a: {mpy: true}} # all\n"],
  [ADD, "? pico\n: # all\n  mpy: true\n"],
  [ADD, "pico: {} # all\n"],
  [ADD, "a: # all\n  mpy: true\n...\n"],
];

for (const [edit, before] of UNUSUAL) {
  Deno.test(`editDevices() takes ${JSON.stringify(before)}`, async () => {
    const after = await editDevices(before, edit);
    assert(after.includes("# all"), after);
    const { root, problems } = await parseYaml(after, "");
    assertEquals(problems, []);
    assert(root.kind === "map");
    const pico = root.entries.find(({ key }) => key === "pico");
    assert(pico?.value.kind === "map");
    const uid = pico.value.entries.find(({ key }) => key === "uid");
    assert(uid?.value.kind === "scalar");
    assertEquals(uid.value.text, "e6:61:4c");
  });
}
