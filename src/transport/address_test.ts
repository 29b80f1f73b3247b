import assert from "node:assert/strict";
import { isAddress, parseAddress } from "./address.ts";

const READABLE: Record<string, Partial<ReturnType<typeof parseAddress>>> = {
  "serial:///dev/ttyACM0": { scheme: "serial", host: "", port: undefined, path: "/dev/ttyACM0" },
  "serial:///dev/ttyS0?baud=9600": { path: "/dev/ttyS0", query: new Map([["baud", "9600"]]) },
  "serial:///dev/serial/by-id/usb%20x": { path: "/dev/serial/by-id/usb x" },
  "TCP://Host:4000": { scheme: "tcp", host: "Host", port: 4000, path: "" },
  "tcp://[fe80::1]:23": { host: "fe80::1", port: 23 },
  "ws://10.39.40.135:8266": { scheme: "ws", host: "10.39.40.135", port: 8266 },
  "sim://demo?profile=pico&fs=/tmp/a%20b": {
    host: "demo",
    query: new Map([["profile", "pico"], ["fs", "/tmp/a b"]]),
  },
  "  tcp://host:1  ": { href: "tcp://host:1", port: 1 },
};

for (const [text, expected] of Object.entries(READABLE)) {
  Deno.test(`parseAddress() reads ${text}`, () => {
    const address = parseAddress(text);
    for (const [field, value] of Object.entries(expected)) {
      assert.deepEqual(address[field as keyof typeof address], value, field);
    }
  });
}

for (
  const text of [
    "",
    "/dev/ttyACM0",
    "serial:/dev/ttyACM0",
    "://host",
    "tcp://host:0",
    "tcp://host:65536",
    "tcp://host:abc",
    "tcp://host:",
    "serial:///dev/%zz",
  ]
) {
  Deno.test(`parseAddress() refuses "${text}" as wrong usage`, () => {
    assert.throws(() => parseAddress(text), { name: "UsageError", exitCode: 2 });
  });
}

Deno.test("isAddress() tells addresses from names and UIDs", () => {
  assert.ok(isAddress("sim://demo"));
  assert.ok(!isAddress("24:0a:c4:12:87:7c"));
  assert.ok(!isAddress("huzzah32"));
});
