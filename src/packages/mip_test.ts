import { deepStrictEqual as assertEquals, match, rejects } from "node:assert/strict";
import { IotError } from "@/base/errors.ts";
import { makeTree } from "@/config/testing.ts";
import { fetchMip, type MipOptions, readRequest } from "./mip.ts";
import { packageFile } from "./package.ts";

/** A server of JSON and text by path, and what was asked of it. */
class Pages implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(pages: Readonly<Record<string, unknown>>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const { pathname, search } = new URL(request.url);
      this.asked.push(pathname + search);
      const page = pages[pathname + search];
      if (page === undefined) return new Response("no", { status: 404 });
      return new Response(typeof page === "string" ? page : JSON.stringify(page));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Fetches `names`, with repositories on this server. */
  fetch(names: readonly string[], options: Partial<MipOptions> = {}) {
    return fetchMip(names.map((name) => readRequest(name, (path) => path)), {
      signal: AbortSignal.timeout(60_000),
      index: this.url,
      forms: ["py"],
      retryMs: 1,
      hosts: {
        "github:": `${this.url}/gh/{org}/{repo}/{ref}/{path}`,
        "codeberg:": `${this.url}/cb/{org}/{repo}/{path}?ref={ref}`,
      },
      ...options,
    });
  }

  async refusal(names: readonly string[], options?: Partial<MipOptions>): Promise<string> {
    try {
      await this.fetch(names, options);
    } catch (error) {
      if (error instanceof IotError) return error.message;
      throw error;
    }
    throw new Error("It was fetched.");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const one = (name: string, deps: unknown[] = []) => ({
  v: 1,
  version: "1",
  urls: [[`${name}.py`, `${name}.py`]],
  deps,
});

Deno.test("fetchMip() fetches what is needed once, also where it goes in a circle", async () => {
  await using pages = new Pages({
    "/package/py/a/latest.json": one("a", [["b", "latest"]]),
    "/package/py/b/latest.json": one("b", [["a", ""], ["b", "1"]]),
    "/a.py": "a",
    "/b.py": "b",
  });
  const packages = await pages.fetch(["a", "b"]);
  assertEquals(packages.map(({ name, needs }) => [name, needs]), [["a", ["b"]], ["b", ["a", "b"]]]);
  assertEquals(pages.asked.length, 4);
});

Deno.test("fetchMip() refuses two versions of one package", async () => {
  await using pages = new Pages({
    "/package/py/a/latest.json": one("a", [["c", "1"]]),
    "/package/py/b/latest.json": one("b", [["c", "2"]]),
    "/package/py/c/1.json": one("c"),
    "/a.py": "a",
    "/b.py": "b",
    "/c.py": "c",
  });
  match(
    await pages.refusal(["a", "b"]),
    /Cannot install both c 2, which b wants, and c 1, which a wants/,
  );
});

Deno.test("fetchMip() takes files and manifests of repositories, by branch", async () => {
  const manifest = {
    version: "0.3",
    urls: [["x/__init__.py", "src/x.py"], ["y.py", "github:o/other/y.py"]],
    deps: [["codeberg:o/dep", "v1"]],
  };
  await using pages = new Pages({
    "/gh/o/r/main/package.json": manifest,
    "/gh/o/r/main/src/x.py": "x",
    "/gh/o/other/main/y.py": "y",
    "/cb/o/dep/package.json?ref=v1": { urls: [["dep.py", "dep.py"]] },
    "/cb/o/dep/dep.py?ref=v1": "dep",
    "/gh/o/r/HEAD/lib/z.py": "z",
    "/gh/o/r/HEAD/sub/package.json": { urls: [["s.py", "s.py"]] },
    "/gh/o/r/HEAD/sub/s.py": "s",
  });
  const names = ["github:o/r@main", "github:o/r/lib/z.py", "github:o/r/sub/"];
  const packages = await pages.fetch(names);
  assertEquals(
    packages.map(({ name, version, pin, files }) => [
      name,
      version,
      pin,
      files.map(({ path, bytes }) => `${path}=${new TextDecoder().decode(bytes)}`).join(" "),
    ]),
    [
      ["github:o/r", "0.3", "main", "x/__init__.py=x y.py=y"],
      ["codeberg:o/dep", "v1", "v1", "dep.py=dep"],
      ["github:o/r/lib/z.py", "", "", "z.py=z"],
      ["github:o/r/sub/", "", "", "s.py=s"],
    ],
  );
});

Deno.test("fetchMip() takes the first form that the index has, and pins of the lock", async () => {
  const { sha256 } = await packageFile("a.mpy", new TextEncoder().encode("mpy"));
  const hash = sha256.slice(0, 8);
  await using pages = new Pages({
    "/package/6/a/latest.json": { version: "2", hashes: [["a.mpy", hash]] },
    "/package/py/b/1.5.json": { version: "1.5", urls: [] },
    [`/file/${hash.slice(0, 2)}/${hash}`]: "mpy",
  });
  const packages = await pages.fetch(["a", "b"], {
    forms: [6, "py"],
    pins: new Map([["b", "1.5"]]),
  });
  assertEquals(packages.map(({ name, form, pin }) => [name, form, pin]), [
    ["a", 6, "2"],
    ["b", "py", "1.5"],
  ]);
});

Deno.test("fetchMip() lets nothing from elsewhere choose files of this computer", async () => {
  await using tree = await makeTree({ "package.json": JSON.stringify(one("local")) });
  await using pages = new Pages({
    "/package/py/dep/latest.json": one("dep", [[`${tree.path}/package.json`, ""]]),
    "/dep.py": "d",
    "/package/py/abs/latest.json": { urls: [["x.py", "/etc/passwd"]] },
    "/package/py/file/latest.json": { urls: [["x.py", "file:///etc/passwd"]] },
  });
  match(await pages.refusal(["dep"]), /it is from elsewhere, and needs ".*" of this computer/);
  for (const name of ["abs", "file"]) {
    match(await pages.refusal([name]), /neither an address that mip knows nor relative/);
  }
});

/** Each row: a manifest, and why it is refused. */
const BAD: readonly [manifest: unknown, reason: RegExp][] = [
  ["{", /it is not JSON/],
  [[], /it is not an object/],
  [{ v: 2 }, /its format is 2, and 1 is known/],
  [{ version: 1 }, /its version is not a text/],
  [{ hashes: [["a.py", "../../x"]] }, /"\.\.\/\.\.\/x" is no hash/],
  [{ hashes: [["a.py", "ab"]] }, /"ab" is no hash/],
  [{ hashes: { a: 1 } }, /hashes are not pairs of texts/],
  [{ urls: [["a.py"]] }, /"a\.py" has no address/],
  [{ urls: [["../a.py", "x"]] }, /Refused to install a: it wants a file at "\.\.\/a\.py"/],
  [{ urls: [["a.py", "a"], ["./a.py", "a"]] }, /it names "a\.py" twice/],
  [{ deps: [[1, 2]] }, /deps are not pairs of texts/],
];

Deno.test("fetchMip() says what is wrong with a package.json", async () => {
  for (const [manifest, reason] of BAD) {
    await using pages = new Pages({ "/package/py/a/latest.json": manifest, "/a": "a" });
    match(await pages.refusal(["a"]), reason);
  }
});

Deno.test("readRequest() tells names, addresses and paths apart", () => {
  const read = (text: string) => {
    const { name, version } = readRequest(text, (path) => `/home/${path}`);
    return [name, version];
  };
  assertEquals(read("umqtt.simple@1.4"), ["umqtt.simple", "1.4"]);
  assertEquals(read("github:o/r/p@feature/x"), ["github:o/r/p", "feature/x"]);
  assertEquals(read("https://me@host/x.py"), ["https://me@host/x.py", ""]);
  assertEquals(read("./p"), ["/home/./p", ""]);
  assertEquals(read("p/package.json"), ["/home/p/package.json", ""]);
  for (const text of ["", "@1", "a@", "a b", "ftp://x/y", "a/b", "-x"]) {
    let message = "";
    try {
      readRequest(text, (path) => path);
    } catch (error) {
      message = (error as Error).message;
    }
    match(message, /is no package: write a name of the index/, text);
  }
});

Deno.test("fetchMip() sends an address's password, and records and tells it nowhere", async () => {
  const allowed = `Basic ${btoa("me:secret")}`;
  const local = { hostname: "127.0.0.1", port: 0, onListen() {} };
  await using server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(local, (request): Response => {
    if (request.headers.get("authorization") !== allowed) return new Response("", { status: 401 });
    const { pathname } = new URL(request.url);
    if (pathname === "/a/package.json") {
      return Response.json({ urls: [["a.py", "a.py"]], deps: [[`${url}/b.py`]] });
    }
    return pathname === "/bad.json" ? new Response("no") : new Response("x = 1");
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const url = `http://me:secret@${host}`;
  const options: MipOptions = {
    signal: AbortSignal.timeout(60_000),
    index: "http://127.0.0.1:9",
    forms: ["py"],
    retryMs: 1,
  };
  const packages = await fetchMip([{ name: `${url}/a`, version: "" }], options);
  assertEquals(
    packages.map(({ name, needs, source }) => [name, needs, source]),
    [
      [`http://${host}/a`, [`http://${host}/b.py`], `http://${host}/a/package.json`],
      [`http://${host}/b.py`, [], `http://${host}/b.py`],
    ],
  );
  for (const name of [`${url}/bad.json`, `http://you:secret@${host}/a`]) {
    await rejects(fetchMip([{ name, version: "" }], options), (error: Error) => {
      match(error.message, new RegExp(host));
      assertEquals(error.message.includes("secret"), false, error.message);
      return true;
    });
  }
});
