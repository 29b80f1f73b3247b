/** Reading and writing connection files. */

import assert from "node:assert/strict";

import { UsageError } from "@/base/errors.ts";

import {
  channelEndpoint,
  newConnection,
  parseConnection,
  readConnection,
  writeConnection,
} from "./connection_file.ts";

/** As jupyter_client 8 writes it. */
const FILE = {
  shell_port: 50001,
  iopub_port: 50002,
  stdin_port: 50003,
  control_port: 50004,
  hb_port: 50005,
  ip: "127.0.0.1",
  key: "secret",
  transport: "tcp",
  signature_scheme: "hmac-sha256",
  kernel_name: "iot",
};

Deno.test("parseConnection() reads what jupyter_client writes", () => {
  assert.deepEqual(parseConnection(JSON.stringify(FILE), "f"), {
    transport: "tcp",
    ip: "127.0.0.1",
    ports: { shell: 50001, iopub: 50002, stdin: 50003, control: 50004, hb: 50005 },
    key: "secret",
    signatureScheme: "hmac-sha256",
    rest: { kernel_name: "iot" },
  });
});

Deno.test("channelEndpoint() is a TCP port, or a path that ends with the number", () => {
  const connection = parseConnection(JSON.stringify(FILE), "f");
  assert.deepEqual(channelEndpoint(connection, "hb"), {
    transport: "tcp",
    hostname: "127.0.0.1",
    port: 50005,
  });
  const ipc = parseConnection(JSON.stringify({ ...FILE, transport: "ipc", ip: "/run/k" }), "f");
  assert.deepEqual(channelEndpoint(ipc, "shell"), { transport: "ipc", path: "/run/k-50001" });
});

const BAD: [string, unknown, RegExp][] = [
  ["no dictionary", null, /dictionary/],
  ["another transport", { ...FILE, transport: "udp" }, /"udp"/],
  ["no ip", { ...FILE, ip: undefined }, /"ip"/],
  ["a key that is no string", { ...FILE, key: 5 }, /"key"/],
  ["a port that is missing", { ...FILE, hb_port: undefined }, /"hb_port" is missing/],
  ["a port that is none", { ...FILE, shell_port: 70_000 }, /"shell_port" is 70000/],
  ["a port that is text", { ...FILE, shell_port: "1" }, /"shell_port" is "1"/],
];
for (const [name, fields, message] of BAD) {
  Deno.test(`parseConnection() refuses ${name}, and names the file and the field`, () => {
    assert.throws(
      () => parseConnection(JSON.stringify(fields), "the-file"),
      (error) =>
        error instanceof UsageError && message.test(error.message) &&
        error.message.includes('"the-file"'),
    );
  });
}

Deno.test("parseConnection() refuses what is not JSON", () => {
  assert.throws(() => parseConnection("{", "f"), UsageError);
});

Deno.test("a connection file is written whole, for this user only, and read back", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/connection.json`;
    const connection = { ...newConnection(), rest: { kernel_name: "iot" } };
    await writeConnection(path, connection);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.deepEqual(await readConnection(path), connection);
    const files = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
    assert.deepEqual(files, ["connection.json"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a connection file that cannot be read or written is a UsageError", async () => {
  await assert.rejects(readConnection("/nowhere/at/all"), UsageError);
  await assert.rejects(writeConnection("/nowhere/at/all", newConnection()), UsageError);
});

Deno.test("newConnection() makes a key of its own each time", () => {
  assert.notEqual(newConnection().key, newConnection().key);
});
