/** A computer that is reached by the system's ssh, as a place for a cell's shell. */

import { IotError, UsageError } from "@/base/errors.ts";
import { Starter } from "./engine.ts";
import type { Place } from "./services_place.ts";

/** ssh's own status for troubles of its own: ssh(1), "EXIT STATUS". */
const SSH_FAILED = 255;

/** The most bytes of a command: it is one argument to ssh and to the login shell (execve(2)). */
const MAX_COMMAND_BYTES = 128 * 1024 - 1;

/**
 * Nobody is there to be asked for a password, and the key of a computer met for the first time is
 * kept, as iot49's kernel does (`iot_kernel/magics/ssh.py`, `AutoAddPolicy`).
 */
const OPTIONS = [
  "BatchMode=yes",
  "StrictHostKeyChecking=accept-new",
  "ConnectTimeout=15",
  "LogLevel=ERROR", // else it says that it kept the key
];

/** What ssh's words mean, and what to do. The words are OpenSSH's. */
const HINTS: readonly (readonly [words: RegExp, hint: string])[] = [
  [/host key verification failed/i, "It is not the computer that it was: see ~/.ssh/known_hosts."],
  [
    /permission denied/i,
    "Nobody can be asked for a password here: give it your key by ssh-copy-id, in a terminal.",
  ],
  [/could not resolve/i, "Is the name right?"],
];

/** Where ssh goes. */
export interface SshOptions {
  /** `USER@HOST`, a name of ~/.ssh/config, or `ssh://USER@HOST:PORT`. */
  readonly destination: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** The environment that ssh is started with. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the computer is, for errors. */
  readonly what: string;
  /** What to do when it cannot be reached, besides what ssh's own words suggest. */
  readonly hint?: string;
}

/** A shell of another computer. */
export class SshPlace implements Place {
  readonly starter: Starter;
  readonly #options: SshOptions;

  constructor(options: SshOptions) {
    this.starter = new Starter("ssh", options.variables);
    this.#options = options;
  }

  argumentsFor(argv: readonly string[], variable?: string): string[] {
    const { destination, user, port } = this.#options;
    const command = [...(variable === undefined ? [] : ["env", variable]), ...argv]
      .map(quoted).join(" ");
    if (new TextEncoder().encode(command).length > MAX_COMMAND_BYTES) {
      throw new UsageError("The cell is too long for ssh, which takes 128 KB. Copy a file there.");
    }
    return [
      "-T",
      ...OPTIONS.flatMap((option) => ["-o", option]),
      ...(user === undefined ? [] : ["-l", user]),
      ...(port === undefined ? [] : ["-p", String(port)]),
      "--",
      destination,
      command,
    ];
  }

  async explain(code: number): Promise<void> {
    if (code !== SSH_FAILED) return;
    const probe = await this.starter.call(this.argumentsFor([":"]));
    if (probe.code === 0) return; // then it was the cell's own status
    const { destination, what, hint } = this.#options;
    const said = probe.stderr.trim();
    const hints = [hint, HINTS.find(([words]) => words.test(said))?.[1]].filter(Boolean).join(" ");
    throw new IotError(
      `Cannot reach ${what}: ssh ${destination} failed. ${hints && `${hints} `}ssh said: ${said}`,
      3,
    );
  }
}

/** As one word of a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
