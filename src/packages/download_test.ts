import { deepStrictEqual as assertEquals, match, rejects } from "node:assert/strict";
import { download, publicUrl } from "./download.ts";
import { PackageError, type PackageFailure } from "./package_error.ts";

const LIMITS = { maxBytes: 1_000, quietMs: 30_000, retryMs: 1 };

/** Serves what `answer` makes, for as long as `work` takes. */
async function serving(
  answer: (path: string, count: number) => Response | Promise<Response>,
  work: (url: string) => Promise<void>,
): Promise<void> {
  let count = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(new URL(request.url).pathname, ++count),
  );
  try {
    await work(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

async function failure(
  url: string,
  options: Partial<typeof LIMITS> & { signal?: AbortSignal } = {},
): Promise<{ code: PackageFailure; message: string }> {
  const signal = AbortSignal.timeout(60_000);
  try {
    await download(url, { signal, ...LIMITS, ...options });
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error("It was fetched.");
}

Deno.test("download() tries again where a server hiccups, and gives up after three times", async () => {
  const signal = AbortSignal.timeout(60_000);
  await serving(
    (_, count) => count < 3 ? new Response("later", { status: 503 }) : new Response("now"),
    async (url) => {
      const bytes = await download(`${url}/x`, { signal, ...LIMITS });
      assertEquals(new TextDecoder().decode(bytes), "now");
    },
  );
  await serving(() => new Response("never", { status: 500 }), async (url) => {
    const { code, message } = await failure(`${url}/x`);
    assertEquals(code, "network");
    match(message, /the server answered 500, 3 times\. .*HTTPS_PROXY/);
  });
});

Deno.test("download() says what is not there, and does not ask again", async () => {
  let asked = 0;
  await serving(() => (asked++, new Response("no", { status: 404 })), async (url) => {
    const { code, message } = await failure(`${url}/x.json`);
    assertEquals([code, asked], ["missing", 1]);
    match(message, /There is nothing at http:\/\/127\.0\.0\.1:\d+\/x\.json \(404\)/);
  });
});

Deno.test("download() follows redirects, but not for ever, and not to other schemes", async () => {
  const to = (location: string) => new Response(null, { status: 302, headers: { location } });
  await serving(
    (path) =>
      path === "/loop"
        ? to("/loop")
        : path === "/odd"
        ? to("file:///etc/passwd")
        : path === "/a"
        ? to("/b")
        : new Response("b"),
    async (url) => {
      const signal = AbortSignal.timeout(60_000);
      assertEquals((await download(`${url}/a`, { signal, ...LIMITS })).length, 1);
      match((await failure(`${url}/loop`)).message, /leads on and on/);
      match((await failure(`${url}/odd`)).message, /leads to file:\/\/\/etc\/passwd, which is not/);
    },
  );
});

Deno.test("download() refuses what is larger than it may be, however it is sent", async () => {
  await serving(() => new Response("x".repeat(1_001)), async (url) => {
    assertEquals((await failure(url)).code, "size");
  });
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(100));
        },
      }),
    );
  await serving(endless, async (url) => assertEquals((await failure(url)).code, "size"));
});

Deno.test("download() notices a body that is cut short", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4_096));
      const head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
      await connection.write(new TextEncoder().encode(head));
      connection.close();
    }
  };
  const served = serve();
  try {
    const { code, message } = await failure(`http://127.0.0.1:${listener.addr.port}/x`);
    assertEquals(code, "network");
    match(message, /the connection broke off/);
  } finally {
    listener.close();
    await served;
  }
});

Deno.test("download() does not wait for a server that says nothing", async () => {
  const silent = Promise.withResolvers<void>();
  await serving(() => silent.promise.then(() => new Response("late")), async (url) => {
    const { message } = await failure(url, { quietMs: 20 });
    match(message, /the server said nothing for 0\.02 s, 3 times/);
    silent.resolve();
  });
});

Deno.test("download() stops when it is interrupted", async () => {
  const controller = new AbortController();
  const silent = Promise.withResolvers<void>();
  await serving((_, count) => {
    if (count === 1) controller.abort(new Error("stopped"));
    return silent.promise.then(() => new Response("late"));
  }, async (url) => {
    await rejects(download(url, { ...LIMITS, signal: controller.signal }), /stopped/);
    silent.resolve();
  });
});

Deno.test("publicUrl() leaves out names and passwords", () => {
  assertEquals(publicUrl("https://me:secret@host/x@1"), "https://host/x@1");
  assertEquals(publicUrl("https://host/x@1"), "https://host/x@1");
  assertEquals(publicUrl("https://me:s@cr@t@host?a@b"), "https://host?a@b");
  assertEquals(
    publicUrl("x @ git+https://me:secret@host/x, http://you@host"),
    "x @ git+https://host/x, http://host",
  );
});
