/** What programs that we start are told by their environment. */

import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import { ConfigError } from "@/config/problem.ts";
import { childEnvironment } from "./child_environment.ts";

const HOME = "/home/u";

Deno.test("childEnvironment() has the process's variables and all settings, expanded", () => {
  const environment = new Environment(
    { HOME, PATH: "/bin", IOT_LIBS: "~/a:$IOT49/b" },
    { IOT49: "$IOT/rig" },
  );
  assertEquals(childEnvironment(environment), {
    HOME,
    PATH: "/bin",
    IOT: "/home/u",
    IOT49: "/home/u/rig",
    IOT_DEVICES: "/home/u/rig/devices",
    IOT_SECRETS: "/home/u/rig/libs/secrets.py",
    IOT_LIBS: "/home/u/a:/home/u/rig/b",
  });
});

Deno.test("childEnvironment() tells of the board in use, and of no other", () => {
  const environment = new Environment({ HOME, IOT_DEVICE_NAME: "old", IOT_DEVICE_UID: "00:01" });
  const board = { name: "pico", url: "serial:///dev/ttyACM0" };
  const variables = childEnvironment(environment, board);
  strictEqual(variables.IOT_DEVICE_NAME, "pico");
  strictEqual(variables.IOT_DEVICE_URL, "serial:///dev/ttyACM0");
  strictEqual(variables.IOT_DEVICE_UID, undefined);
  strictEqual(childEnvironment(environment).IOT_DEVICE_NAME, undefined);
  strictEqual(childEnvironment(environment, { ...board, uid: "02:03" }).IOT_DEVICE_UID, "02:03");
});

Deno.test("childEnvironment() leaves alone what cannot be expanded", () => {
  const variables = childEnvironment(new Environment({ HOME, IOT_LIBS: "$NONE/libs" }));
  strictEqual(variables.IOT_LIBS, "$NONE/libs");
  strictEqual(variables.IOT49, "/home/u/iot49");
  assertEquals(childEnvironment(new Environment({ PATH: "/bin" })), { PATH: "/bin" });
});

Deno.test("childEnvironment() does without a config.yaml that cannot be used", () => {
  const broken = new ConfigError([{ file: "config.yaml", line: 1, column: 1, message: "wrong" }]);
  const variables = childEnvironment(new Environment({ HOME, IOT49: "/iot49" }, broken));
  strictEqual(variables.IOT49, "/iot49");
  strictEqual(variables.IOT_LIBS, undefined);
});
