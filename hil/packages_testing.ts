/** Servers of packages on this computer, and small packages on them, for tests of pip and mip. */

import { packageFile } from "@/packages/package.ts";

/** What a server answers at a path: content, a status, or whatever a function makes of it. */
export type Page =
  | string
  | Uint8Array<ArrayBuffer>
  | number
  | ((request: Request) => Response | Promise<Response>);

/** An HTTP server on the loopback interface, with pages that tests change. */
export class PageServer implements AsyncDisposable {
  readonly url: string;
  /** By path, e.g. `/package/py/aioble/latest.json`. */
  readonly pages = new Map<string, Page>();
  /** The paths asked for so far. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #answer(request: Request): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname);
    this.asked.push(path);
    const page = this.pages.get(path);
    if (typeof page === "function") return await page(request);
    if (typeof page === "number") return new Response("no", { status: page });
    if (page === undefined) return new Response("not found", { status: 404 });
    const type = path.endsWith("/") ? "text/html" : "application/octet-stream";
    return new Response(page, { headers: { "content-type": type } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** What a package on a mip index is made of. */
export interface MipPackage {
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
  readonly deps?: readonly (readonly [string, string])[];
  /** As `.mpy` files of this version; else as Python. */
  readonly form?: number;
}

/** An index as micropython-lib's tools/build.py makes it. */
export class MipIndex extends PageServer {
  /** Adds a package, which becomes the latest. */
  async add(name: string, one: MipPackage): Promise<void> {
    const hashes: [string, string][] = [];
    for (const [path, text] of Object.entries(one.files)) {
      const { sha256, bytes } = await packageFile(path, new TextEncoder().encode(text));
      const short = sha256.slice(0, 8);
      hashes.push([path, short]);
      this.pages.set(`/file/${short.slice(0, 2)}/${short}`, bytes);
    }
    const { version, deps = [], form = "py" } = one;
    const json = JSON.stringify({ v: 1, hashes, version, deps });
    for (const as of ["latest", version]) {
      this.pages.set(`/package/${form}/${name}/${as}.json`, json);
    }
  }
}

/** The Python of the tests, which has pip. */
export const PYTHON = new URL("../.venv/bin/python", import.meta.url).pathname;

/** Packs files as Python's own modules do: reads [[path, text], …] and writes an archive. */
const PACK = `
import base64, io, json, sys, tarfile, zipfile
kind, entries = json.load(sys.stdin)
out = io.BytesIO()
if kind == "zip":
    with zipfile.ZipFile(out, "w") as z:
        for path, text in entries:
            z.writestr(path, text)
else:
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        for path, text in entries:
            data = text.encode()
            info = tarfile.TarInfo(path)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
sys.stdout.write(base64.b64encode(out.getvalue()).decode())
`;

async function pack(
  kind: "zip" | "tar",
  entries: readonly (readonly [string, string])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const child = new Deno.Command(PYTHON, {
    args: ["-c", PACK],
    stdin: "piped",
    stdout: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify([kind, entries])));
  await writer.close();
  const { code, stdout } = await child.output();
  if (code !== 0) throw new Error("Python could not pack the test's files");
  return Uint8Array.fromBase64(new TextDecoder().decode(stdout));
}

/** An index as PEP 503 has it. */
export class PipIndex extends PageServer {
  readonly #links = new Map<string, string[]>();

  get simple(): string {
    return `${this.url}/simple`;
  }

  /** Adds a wheel; `files` are besides its metadata. */
  async addWheel(
    name: string,
    version: string,
    files: Readonly<Record<string, string>>,
  ): Promise<void> {
    const info = `${name.replaceAll("-", "_")}-${version}.dist-info`;
    const entries: [string, string][] = [
      ...Object.entries(files),
      [`${info}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`],
      [
        `${info}/WHEEL`,
        "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
      ],
    ];
    const record = [...entries.map(([path]) => `${path},,`), `${info}/RECORD,,`].join("\n");
    entries.push([`${info}/RECORD`, `${record}\n`]);
    const file = `${name.replaceAll("-", "_")}-${version}-py3-none-any.whl`;
    this.#offer(name, file, await pack("zip", entries));
  }

  /** Adds a source distribution of these files. */
  async addSdist(
    name: string,
    version: string,
    files: Readonly<Record<string, string>>,
  ): Promise<void> {
    const top = `${name}-${version}`;
    const entries = Object.entries(files).map(([path, text]) => [`${top}/${path}`, text] as const);
    this.#offer(name, `${top}.tar.gz`, await pack("tar", entries));
  }

  #offer(name: string, file: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.pages.set(`/files/${file}`, bytes);
    const links = [...this.#links.get(name) ?? [], `<a href="/files/${file}">${file}</a>`];
    this.#links.set(name, links);
    const page = `<!DOCTYPE html><html><body>${links.join("\n")}</body></html>`;
    this.pages.set(`/simple/${name}/`, page);
  }
}
