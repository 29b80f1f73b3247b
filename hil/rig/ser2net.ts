/** Debian's ser2net, the usual server for serial ports on a network, exporting one port. */

import { IotError, UsageError } from "@/base/errors.ts";

const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;

/** Runs its arguments until its standard input ends, which it does however this process ends. */
const RUN_UNTIL_EOF = '"$@" </dev/null & cat >/dev/null; kill -9 $!; wait $!';

/** Ways in which ser2net offers a port: the accepter's name in its configuration. */
export type Accepter = "tcp" | "telnet" | "telnet(rfc2217)";

/** A server that runs. */
export class Ser2net implements AsyncDisposable {
  /** The TCP port on 127.0.0.1. */
  readonly port: number;
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: Deno.ChildProcess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Exports the serial port at `path`.
   *
   * @throws {UsageError} naming the Debian package, where ser2net is missing.
   */
  static async start(path: string, accepter: Accepter): Promise<Ser2net> {
    const port = freePort();
    const folder = await Deno.makeTempDir();
    // Without waiting for more to come on either side: a board's short answers would take 40 ms each.
    const accept = `${accepter === "tcp" ? "" : `${accepter},`}tcp(nodelay=true),127.0.0.1,${port}`;
    const configuration = [
      "%YAML 1.1",
      "---",
      "default: { name: mdns, value: false }",
      "connection: &board",
      `  accepter: ${accept}`,
      `  connector: serialdev,${path},115200n81,local`,
      "  options: { chardelay: false }",
      "",
    ].join("\n");
    await Deno.writeTextFile(`${folder}/ser2net.yaml`, configuration);
    const process = new Deno.Command("sh", {
      args: ["-c", RUN_UNTIL_EOF, "sh", program(), "-n", "-c", `${folder}/ser2net.yaml`],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const server = new Ser2net(port, process, folder);
    try {
      await waitForListener(port);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close();
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Debian puts it where not every user's PATH leads. */
function program(): string {
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"]) {
    try {
      if (Deno.statSync(`${folder}/ser2net`).isFile) return `${folder}/ser2net`;
    } catch {
      // Not here.
    }
  }
  throw new UsageError("ser2net is not installed. Run `sudo apt-get install ser2net`.");
}

/** ser2net does not tell which port it took, so one is chosen for it. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until the port is bound, without connecting: that would open the serial port. */
async function waitForListener(port: number): Promise<void> {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const end = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < end) {
    const sockets = (await Deno.readTextFile("/proc/net/tcp")).split("\n");
    // "sl local_address rem_address st": 0A is LISTEN. proc(5).
    if (sockets.some((line) => line.includes(` ${wanted} `) && / 0A /.test(line))) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new IotError(`ser2net does not listen on port ${port}.`, 1);
}
