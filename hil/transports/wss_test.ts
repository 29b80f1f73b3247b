/** wss:// with a certificate of one's own making, as OpenSSL makes it, in front of a WebREPL. */

import assert from "node:assert/strict";
import { BUILT_IN_SCHEMES, openTransport } from "@/transport/schemes.ts";
import { parseAddress } from "@/transport/address.ts";
import { openWebRepl } from "@/transport/webrepl.ts";
import { Device } from "@/device/device.ts";
import { startBoards } from "../../mocks/sim.ts";

const PASSWORD = "hunter22";

/** Makes a certificate as the documentation says; returns its files' paths. */
async function certificate(folder: string, name: string) {
  const [key, cert] = [`${folder}/${name}.key`, `${folder}/${name}.pem`];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "3650", "-subj", `/CN=${name}`, "-keyout", key, "-out", cert],
      ...["-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ],
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return { key: await Deno.readTextFile(key), cert: await Deno.readTextFile(cert), path: cert };
}

/** Forwards one TLS client after another to `port` until it is closed. */
class TlsProxy implements AsyncDisposable {
  readonly #listener: Deno.TlsListener;
  readonly #serving: Promise<void>;
  readonly #conns: Deno.Conn[] = [];

  constructor(options: { key: string; cert: string; port: number }) {
    this.#listener = Deno.listenTls({ ...options, hostname: "127.0.0.1", port: 0 });
    this.#serving = this.#serve(options.port);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  async #serve(port: number): Promise<void> {
    for await (const conn of this.#listener) {
      const board = await Deno.connect({ port });
      this.#conns.push(conn, board);
      // A client that does not trust us ends both.
      const there = conn.readable.pipeTo(board.writable).catch(() => {});
      const back = board.readable.pipeTo(conn.writable).catch(() => {});
      await Promise.all([there, back]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch {
        // Closed with its stream.
      }
    }
    await this.#serving.catch(() => {});
  }
}

Deno.test("wss:// trusts a certificate that its address names, and no other", async (test) => {
  const folder = await Deno.makeTempDir();
  try {
    const [own, other] = [await certificate(folder, "own"), await certificate(folder, "other")];
    await using simulation = await startBoards({ names: ["air"], ws: 0, password: PASSWORD });
    const port = Number(new URL(simulation.boards[0].addresses[0]).port);
    await using proxy = new TlsProxy({ ...own, port });
    const open = (query: string) =>
      openTransport(`wss://127.0.0.1:${proxy.port}${query}`, BUILT_IN_SCHEMES, {
        secret: () => Promise.resolve(PASSWORD),
      });

    for (const query of ["", `?ca=${other.path}`]) {
      await test.step(`refuses it with "${query.slice(0, 4)}"`, async () => {
        await assert.rejects(open(query), { code: "untrusted", message: /\?ca=FILE/ });
      });
    }
    await test.step("says that the file is missing", async () => {
      await assert.rejects(open("?ca=/no/such.pem"), {
        name: "UsageError",
        message: /Cannot read the certificate "\/no\/such\.pem" .* there is no such file/,
      });
    });
    await test.step("works with the right one", async () => {
      await using device = await Device.attach(await open(`?ca=${own.path}`));
      assert.equal(await device.evaluate("print(6 * 7)"), "42\n");
    });
    await test.step("says that a board speaks no TLS, which waits for more", async () => {
      const address = parseAddress(`wss://127.0.0.1:${port}`);
      await assert.rejects(openWebRepl(address, { loginMs: 100 }), {
        code: "timeout",
        message: /has not begun TLS within 0\.1 s\. Boards themselves do not speak it: try ws:/,
      });
    });
    await test.step("says that a server speaks no TLS, which answers something else", async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const address = parseAddress(`wss://127.0.0.1:${listener.addr.port}`);
      const serving = listener.accept().then(async (conn) => {
        await conn.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.2\r\n"));
        return conn;
      });
      await assert.rejects(openWebRepl(address), {
        code: "foreign",
        message: /does not speak TLS/,
      });
      (await serving).close();
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
