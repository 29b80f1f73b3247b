/** Whether there is a base runtime for `deno compile`, against a server of ours. */

import assert from "node:assert/strict";
import { findBaseRuntime } from "./denort.ts";

const TRIPLE = "aarch64-unknown-linux-gnu";
const PATH = `release/v${Deno.version.deno}/denort-${TRIPLE}.zip`;

Deno.test("findBaseRuntime() takes $DENORT_BIN, then Deno's cache, and asks nobody", async () => {
  const denoDir = await Deno.makeTempDir({ prefix: "iot-denort-" });
  const server = "http://127.0.0.1:1"; // refuses
  try {
    const refused = await findBaseRuntime(TRIPLE, { denoDir, server });
    assert(!refused.available && refused.reason.startsWith(`${server}/${PATH}: `));

    await Deno.mkdir(`${denoDir}/dl/release/v${Deno.version.deno}`, { recursive: true });
    await Deno.writeTextFile(`${denoDir}/dl/${PATH}`, "");
    assert.deepEqual(await findBaseRuntime(TRIPLE, { denoDir, server }), {
      available: true,
      from: `${denoDir}/dl/${PATH}`,
    });
    assert.deepEqual(await findBaseRuntime(TRIPLE, { denoDir, server, denortBin: "/denort" }), {
      available: true,
      from: "/denort",
    });
  } finally {
    await Deno.remove(denoDir, { recursive: true });
  }
});

Deno.test("findBaseRuntime() asks the server without downloading", async () => {
  const asked: string[] = [];
  await using listener = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return new Response(null, { status: request.url.includes(TRIPLE) ? 200 : 404 });
    },
  );
  const options = { denoDir: "/nonexistent", server: `http://127.0.0.1:${listener.addr.port}` };
  assert.equal((await findBaseRuntime(TRIPLE, options)).available, true);
  const other = await findBaseRuntime("mips-unknown-linux-gnu", options);
  assert(!other.available && other.reason.endsWith("answers 404"));
  assert.equal(asked[0], `HEAD /${PATH}`);
});
