import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { isPart, partOf } from "./part_name.ts";

Deno.test("partOf() is beside the file and told from it", () => {
  assert.equal(partOf("/lib/a.py"), "/lib/a.py.iot-part");
  assert.ok(isPart(partOf("/a")) && !isPart("/a"));
});

Deno.test("partOf() keeps within the 255 bytes of a name, and within characters", () => {
  const part = partOf(`/lib/${"é".repeat(127)}`);
  const name = part.slice("/lib/".length);
  assert.ok(encode(name).length <= 255 && isPart(part));
  assert.match(name, /^é+\.iot-part$/);
});
