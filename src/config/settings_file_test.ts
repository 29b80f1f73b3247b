import { Environment } from "./environment.ts";
import { type ConfigError, formatProblem } from "./problem.ts";
import { readPlain, readYaml } from "./settings_file.ts";
import { makeTree } from "./testing.ts";
import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import fc from "fast-check";

Deno.test("Environment.open() takes from config.yaml what the process environment lacks", async () => {
  await using tree = await makeTree({
    "iot/config.yaml": "# mine\nIOT: ~/projects   # all of them\nIOT_DEVICE: pico\n" +
      "IOT_PORTS: sim://a tcp://h:1\nIOT_LIBS: $IOT/libs:~/more\n",
  });
  const environment = await Environment.open({
    HOME: "/home/ada",
    XDG_CONFIG_HOME: tree.path,
    IOT_DEVICE: "esp",
  });
  assertEquals(environment.paths("IOT_LIBS"), ["/home/ada/projects/libs", "/home/ada/more"]);
  assertEquals(environment.defaultDevice(), "esp");
  assertEquals(environment.ports(), ["sim://a", "tcp://h:1"]);
  assertEquals(environment.settings(), {
    IOT: "/home/ada/projects",
    IOT49: "/home/ada/projects/iot49",
    IOT_DEVICES: "/home/ada/projects/iot49/devices",
    IOT_SECRETS: "/home/ada/projects/iot49/libs/secrets.py",
    IOT_LIBS: "/home/ada/projects/libs:/home/ada/more",
    IOT_PORTS: "sim://a tcp://h:1",
    IOT_DEVICE: "esp",
  });
});

Deno.test("Environment.open() takes lists, and any YAML", async () => {
  await using tree = await makeTree({
    "iot/config.yaml": `IOT_LIBS: [a, "/b c"]\nIOT_PORTS:\n  - sim://a\n  - sim://b\nIOT: '~'\n`,
  });
  const environment = await Environment.open({ HOME: "/h", XDG_CONFIG_HOME: tree.path });
  assertEquals(environment.paths("IOT_LIBS"), ["/h/a", "/b c"]);
  assertEquals(environment.ports(), ["sim://a", "sim://b"]);
});

Deno.test("Environment.open() minds a broken file only when it is needed", async () => {
  await using tree = await makeTree({ "iot/config.yaml": "IOT_LIB: x\nIOT: [y]\n" });
  const environment = await Environment.open({
    HOME: "/h",
    XDG_CONFIG_HOME: tree.path,
    IOT_DEVICE: "pico",
  });
  assertEquals(environment.raw("HOME"), "/h");
  assertEquals(environment.defaultDevice(), "pico");
  const file = `${tree.path}/iot/config.yaml`;
  assertEquals(environment.fileError?.problems.map(formatProblem), [
    `${file}:1:1: unknown setting "IOT_LIB". Did you mean "IOT_LIBS"?`,
    `${file}:2:6: IOT must be a text.`,
  ]);
  throws(() => environment.ports(), { name: "ConfigError" });
});

Deno.test("Environment.open() needs neither file nor home", async () => {
  await using tree = await makeTree({});
  assertEquals((await Environment.open({})).fileError, undefined);
  assertEquals((await Environment.open({ HOME: tree.path })).ports(), []);
});

Deno.test("Environment.path() means below $IOT where a path is relative", () => {
  const environment = new Environment({ HOME: "/h", IOT: "projects", X: "/x" });
  assertEquals(environment.path("a/b"), "/h/projects/a/b");
  assertEquals(environment.path("$X/b"), "/x/b");
  assertEquals(environment.path("~"), "/h");
});

Deno.test("readPlain() reads a line as YAML does, or leaves it to YAML", async () => {
  const name = fc.constantFrom("IOT", "IOT_LIBS", "IOT_PORTS", "NO");
  const value = fc.oneof(
    fc.constantFrom(
      "~",
      "~/x",
      "$A/${B}",
      "a:b",
      "sim://x",
      "a b",
      "a: b",
      "a #b",
      "a#b",
      "x  # c",
    ),
    fc.string({ unit: fc.constantFrom(..."aZ09_/$~.{}+@=-:# '\"&*!|>%`[],?\t") }),
  );
  const lines = fc.array(fc.tuple(name, value), { maxLength: 3 });
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(lines, async (lines) => {
      const text = lines.map(([name, value]) => `${name}: ${value}\n`).join("");
      const settings = readPlain(text);
      if (settings === undefined) return;
      plain++;
      assertEquals(await readYaml(text, "f"), settings);
    }),
    { numRuns: 2_000 },
  );
  assertEquals(plain > 100, true);
});

Deno.test("readYaml() refuses what are no settings", async () => {
  const error = await readYaml("- a\n", "f") as ConfigError;
  assertEquals(error.problems.map(formatProblem), [
    "f:1:1: there must be settings, NAME: VALUE. Settings are lines like IOT: ~/projects.",
  ]);
});
