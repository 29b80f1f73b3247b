/** Debian's ssh server on loopback, for tests of `%%ssh` and `%%service host`. */

import { pause, within } from "@/base/deadline.ts";
import { need } from "../scripts/run.ts";

/** Nothing may take longer to start or end. */
const DEADLINE_MS = 60_000;

/** A server that lets in whoever runs it, by a key of its own. */
export class SshServer implements AsyncDisposable {
  /** The environment in which `%%service host` goes there, and ssh touches nothing of this user's. */
  readonly variables: Readonly<Record<string, string>>;
  /** As `%%ssh` takes it: `ssh://USER@127.0.0.1:PORT`. */
  readonly destination: string;
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(folder: string, { port, user }: { port: number; user: string }) {
    this.#folder = folder;
    this.destination = `ssh://${user}@127.0.0.1:${port}`;
    this.variables = {
      HOME: folder,
      PATH: `${folder}/bin:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
      IOT_HOST: this.destination,
    };
    this.#process = new Deno.Command("/usr/sbin/sshd", {
      args: ["-D", "-f", `${folder}/sshd_config`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** @throws {Error} where it does not start. */
  static async start(): Promise<SshServer> {
    const folder = await Deno.makeTempDir({ prefix: "iot-sshd-" });
    const options = { timeoutMs: DEADLINE_MS };
    for (const name of ["host", "user"]) {
      const args = ["-q", "-t", "ed25519", "-N", "", "-f", `${folder}/${name}`];
      await need("ssh-keygen", { args, ...options });
    }
    const user = (await need("id", { args: ["-un"], ...options })).trim();
    const port = freePort();
    await Deno.writeTextFile(
      `${folder}/sshd_config`,
      [
        `ListenAddress 127.0.0.1:${port}`,
        `HostKey ${folder}/host`,
        `AuthorizedKeysFile ${folder}/user.pub`,
        `PidFile ${folder}/pid`,
        // The folder of temporary files is everybody's.
        "StrictModes no",
        "PermitRootLogin yes",
        "UsePAM no",
        "",
      ].join("\n"),
    );
    await Deno.writeTextFile(
      `${folder}/config`,
      `IdentityFile ${folder}/user\nIdentitiesOnly yes\nUserKnownHostsFile ${folder}/known\n`,
    );
    await Deno.mkdir(`${folder}/bin`);
    // ssh takes its settings from the home directory in passwd(5), whatever $HOME is.
    const wrapper = `#!/bin/sh\nexec /usr/bin/ssh -F ${folder}/config "$@"\n`;
    await Deno.writeTextFile(`${folder}/bin/ssh`, wrapper, { mode: 0o755 });
    // Where Debian's sshd drops its privileges; its service makes it. sshd(8), "FILES".
    if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    const server = new SshServer(folder, { port, user });
    try {
      await server.#listens(port);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #listens(port: number): Promise<void> {
    const end = performance.now() + DEADLINE_MS;
    while (true) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch (error) {
        if (performance.now() > end || await within(0, this.#process.status)) {
          throw new Error("sshd does not start. Is openssh-server installed?", { cause: error });
        }
        await pause(20);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** sshd takes no 0 for a port of its choice. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
