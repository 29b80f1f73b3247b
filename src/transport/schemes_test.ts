import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { BUILT_IN_SCHEMES, openTransport, type Scheme } from "./schemes.ts";
import type { Transport } from "./transport.ts";

const opened: string[] = [];
const FAKE: Scheme = {
  name: "fake",
  summary: "a board that is not there",
  example: "fake://name",
  options: ["colour"],
  open(address) {
    opened.push(address.href);
    return Promise.resolve({ address: address.href } as Transport);
  },
};
const SCHEMES = new Map([...BUILT_IN_SCHEMES, [FAKE.name, FAKE]]);

for (const [name, scheme] of BUILT_IN_SCHEMES) {
  Deno.test(`${name}:// has a summary and an example that can be read`, () => {
    assert.equal(scheme.name, name);
    assert.match(name, /^[a-z][a-z0-9]*$/);
    assert.ok(scheme.summary.length > 0);
    assert.equal(parseAddress(scheme.example).scheme, name);
  });
}

Deno.test("openTransport() opens with the scheme of the address", async () => {
  const transport = await openTransport("FAKE://x?colour=red", SCHEMES);
  assert.equal(transport.address, "FAKE://x?colour=red");
  assert.deepEqual(opened.splice(0), ["FAKE://x?colour=red"]);
});

Deno.test("openTransport() lists the schemes there are", async () => {
  await assert.rejects(openTransport("gopher://x", SCHEMES), {
    name: "UsageError",
    message: /"gopher:\/\/" is not a way .* serial:\/\/\/dev\/ttyACM0, .* fake:\/\/name/,
  });
});

Deno.test("openTransport() guesses what a misspelt scheme was meant to be", async () => {
  await assert.rejects(openTransport("serail:///dev/x", SCHEMES), {
    message: /Did you mean "serial:\/\/"\?/,
  });
});

Deno.test("openTransport() refuses an option that the scheme does not know", async () => {
  await assert.rejects(openTransport("fake://x?size=1", SCHEMES), {
    name: "UsageError",
    message: '"size" is not an option of fake:// addresses: fake:// takes "colour".',
  });
  await assert.rejects(openTransport("tcp://x:1?size=1", SCHEMES), { message: /takes none/ });
  assert.deepEqual(opened, []);
});

Deno.test("openTransport() opens nothing when its signal has aborted", async () => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(openTransport("fake://x", SCHEMES, { signal }), reason);
  assert.deepEqual(opened, []);
});
