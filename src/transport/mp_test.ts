import assert from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { parseAddress } from "./address.ts";
import { against, type FarConn, openLink, PLAIN } from "./conn_testing.ts";
import { type MpOptions, openMp } from "./mp.ts";
import type { TransportError } from "./transport.ts";
import { transportSuite } from "./transport_suite.ts";

const PASSWORD = "a rather long password";
const secret = (name: string) => Promise.resolve(name === "mp_pwd" ? PASSWORD : undefined);

const open = (port: number, options: MpOptions = {}) =>
  openMp(parseAddress(`mp://127.0.0.1:${port}`), { secret, ...options });

/** A board up to where it takes commands. */
async function serve(far: FarConn) {
  await far.write("ns-V1\n");
  assert.equal(await far.until("\n"), `${PASSWORD}\n`);
  await far.write("OK\n");
  return PLAIN;
}

/** Denies, and says back what it was sent. */
async function deny(far: FarConn) {
  await far.write("ns-V1\n");
  await far.write(`wrong: ${await far.until("\n")}`);
}

transportSuite(
  "mp",
  (options) => openLink({ open: (port) => open(port, options), serve }),
  {
    refusals: {
      "no-password": () =>
        against(
          (far) => far.write("ns-V1\n"),
          (port) => open(port, { secret: () => Promise.resolve(undefined) }),
        ),
      "wrong-password": () => against(deny, (port) => open(port)),
      busy: () => against((far) => far.hangUp(), (port) => open(port)),
      timeout: () => against(() => {}, (port) => open(port, { loginMs: 50 })),
      foreign: () => against((far) => far.write("ns-V2\n"), (port) => open(port)),
    },
  },
);

const FAILURES: [about: string, serve: (far: FarConn) => Promise<void>, message: RegExp][] = [
  ["a wrong password", deny, /does not accept the password: mp_pwd in secrets\.py/],
  ["a password that ends the connection", async (far) => {
    await far.write("ns-V1\n");
    await far.until("\n");
    await far.hangUp();
  }, /does not accept the password/],
  ["another version", (far) => far.write("ns-V2\n"), /does not greet .*"ns-V1".*says "ns-V2"/],
  ["no end of a greeting", (far) => far.write("z".repeat(50_000)), /but says "…?z+"/],
];
for (const [about, server, message] of FAILURES) {
  Deno.test(`openMp() says what to do about ${about}, and gives no password away`, async () => {
    await against(server, async (port) => {
      await assert.rejects(open(port), (error: TransportError) => {
        assert.match(error.message, message);
        assert.ok(!Deno.inspect(error).includes(PASSWORD), "the password is in the error");
        return true;
      });
    });
  });
}

Deno.test("openMp() tells what a server said that turned it away", async () => {
  await against(async (far) => {
    await far.write("The board is in use by another client.\r\n");
    await far.hangUp();
  }, async (port) => {
    await assert.rejects(open(port), {
      code: "busy",
      message: /turned us away, saying "The board is in use by another client\./,
    });
  });
});

Deno.test("openMp() takes lines that end in CR LF", async () => {
  await against(async (far) => {
    await far.write("ns-V1\r\n");
    await far.until("\n");
    await far.write("OK\r\nmore");
  }, async (port) => {
    await using transport = await open(port);
    assert.deepEqual(await transport.read(), encode("more"));
  });
});

Deno.test("mp says goodbye when it is closed", async () => {
  await against(() => {}, async (port, far) => {
    const [, transport] = await Promise.all([far.then(serve), open(port)]);
    await transport.close();
    assert.equal(await (await far).until("\n"), "bye\n");
  });
});

Deno.test("openMp() refuses an address without a port", async () => {
  await assert.rejects(openMp(parseAddress("mp://host")), {
    name: "UsageError",
    message: /needs a host and a port/,
  });
});
