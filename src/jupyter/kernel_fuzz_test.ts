/** The kernel against messages that make no sense: frames at random, and signed nonsense. */

import assert from "node:assert/strict";
import fc from "fast-check";

import { encode } from "@/base/bytes.ts";
import { channelEndpoint } from "@/wire/connection_file.ts";
import { DealerSocket } from "@/wire/dealer.ts";
import { deserialize, HeaderMaker, serialize, Signer } from "@/wire/jupyter_message.ts";

import { HANDLERS, QUEUED_TYPE } from "./handlers.ts";
import { startKernel } from "./testing.ts";

const CHANNELS = ["shell", "control", "stdin"] as const;

function check<Values>(property: fc.IAsyncProperty<Values>): Promise<void> {
  const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
  console.log(`FC_SEED=${seed}`);
  return fc.assert(property, { seed, numRuns: 300 });
}

Deno.test("frames at random leave the kernel alive", async () => {
  await using kernel = await startKernel();
  await using sockets = new AsyncDisposableStack();
  const dealers: DealerSocket[] = [];
  for (const channel of CHANNELS) {
    dealers.push(
      sockets.use(await DealerSocket.connect(channelEndpoint(kernel.connection, channel))),
    );
  }
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc.constantFrom("<IDS|MSG>", "", "{}", "[]", '{"msg_type":"execute_request"}').map(encode),
  );
  await check(
    fc.asyncProperty(
      fc.constantFrom(...dealers),
      fc.array(frame, { minLength: 1, maxLength: 9 }),
      (dealer, frames) => Promise.resolve(dealer.send(frames)),
    ),
  );
  assert.equal((await kernel.client.execute("print a")).status, "ok");
});

Deno.test("every signed request of a known type is answered once, whatever its content", async () => {
  await using kernel = await startKernel();
  await using shell = await DealerSocket.connect(channelEndpoint(kernel.connection, "shell"));
  const signer = new Signer(kernel.connection.key);
  const headers = new HeaderMaker();
  const types = [...Object.keys(HANDLERS.shell), QUEUED_TYPE, "unheard_of_request"]
    .filter((type) => type !== "shutdown_request");
  const fields = [
    ...["code", "silent", "stop_on_error", "store_history", "allow_stdin", "user_expressions"],
    ...["cursor_pos", "detail_level", "comm_id", "hist_access_type", "n", "pattern", "session"],
  ];
  const content = fc.dictionary(
    fc.constantFrom(...fields),
    fc.oneof(fc.jsonValue(), fc.constantFrom("tail", "range", "search", "print 😀", 1, -1, 1e300)),
  );
  const expected: string[] = [];
  await check(
    fc.asyncProperty(fc.constantFrom(...types), content, (type, content) => {
      const message = { header: headers.make(type), parentHeader: {}, metadata: {}, content };
      if (/_request$/.test(type) && !/^unheard/.test(type)) expected.push(message.header.msg_id);
      shell.send(serialize({ ...message, buffers: [] }, { signer }));
      return Promise.resolve();
    }),
  );
  const answered: unknown[] = [];
  while (answered.length < expected.length) {
    const frames = await shell.receive({ timeoutMs: 20_000 });
    answered.push(deserialize(frames, new Signer(kernel.connection.key)).parentHeader.msg_id);
  }
  assert.deepEqual(answered.sort(), expected.sort());
});
