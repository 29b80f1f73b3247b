import { Environment } from "./environment.ts";
import { UsageError } from "@/base/errors.ts";
import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";

Deno.test("Environment.expand() fills in the defaults of IOT*", () => {
  const environment = new Environment({ HOME: "/home/ada" });
  assertEquals(environment.expand("$IOT_LIBS"), "/home/ada/iot49/libs");
  assertEquals(environment.expand("${IOT49}/devices"), "/home/ada/iot49/devices");
});

Deno.test("Environment.expand() follows what is set", () => {
  const environment = new Environment({ HOME: "/home/ada", IOT: "~/projects", X: "$literal" });
  assertEquals(environment.expand("$IOT_SECRETS"), "/home/ada/projects/iot49/libs/secrets.py");
  assertEquals(environment.expand("$X/~"), "$literal/~");
});

Deno.test("Environment.expand() names an undefined variable", () => {
  throws(() => new Environment({}).expand("$NOWHERE/x"), {
    name: "UsageError",
    message: /NOWHERE is not set/,
  });
});

Deno.test("Environment.expand() notices a circle", () => {
  throws(() => new Environment({ IOT: "$IOT49" }).expand("$IOT"), UsageError);
});

Deno.test("Environment.python() is a path or a name", () => {
  assertEquals(new Environment({}).python(), "python3");
  assertEquals(new Environment({ HOME: "/h", IOT_PYTHON: "~/bin/py" }).python(), "/h/bin/py");
});

Deno.test("Environment.ports() splits at white space", () => {
  assertEquals(new Environment({ IOT_PORTS: " sim://a\n tcp://h:1 " }).ports(), [
    "sim://a",
    "tcp://h:1",
  ]);
  assertEquals(new Environment({ HOME: "/home/ada", IOT_PORTS: "serial://$IOT/board" }).ports(), [
    "serial:///home/ada/board",
  ]);
  assertEquals(new Environment({}).ports(), []);
});
