/** A computer that is reached by the system's ssh, as a place for a cell's shell. */

import { IotError, UsageError } from "@/base/errors.ts";
import { Starter } from "./engine.ts";
import type { Place } from "./services_place.ts";

/** ssh's own status for troubles of its own: ssh(1), "EXIT STATUS". */
const SSH_FAILED = 255;

/** The most bytes of a command: it is one argument to ssh and to the login shell (execve(2)). */
const MAX_COMMAND_BYTES = 128 * 1024 - 1;

/** A connection that stays for later ones would hold the pipes: none is begun, one there is used. */
const ALWAYS = ["BatchMode=yes", "ControlMaster=no"];

/**
 * What ssh does where its configuration leaves it the default, which `ssh -G` tells. Nobody is there to
 * be asked about the key of a computer met for the first time: it is kept, as iot49's kernel does
 * (`iot_kernel/magics/ssh.py`, `AutoAddPolicy`), and ssh does not say so.
 */
const DEFAULTS: readonly (readonly [theirs: string, ours: string])[] = [
  ["stricthostkeychecking ask", "StrictHostKeyChecking=accept-new"],
  ["connecttimeout none", "ConnectTimeout=15"],
  ["loglevel INFO", "LogLevel=ERROR"],
];

/** What ssh's words mean, and what to do. The words are OpenSSH's. */
const HINTS: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /host key verification failed/i,
    "Its key is not the one in ~/.ssh/known_hosts. Ask whoever runs it why.",
  ],
  [
    /permission denied/i,
    "Nobody can be asked for a password here: give it your key by ssh-copy-id, in a terminal.",
  ],
  [/could not resolve/i, "Is the name right?"],
];

/**
 * Says that the connection stands, then becomes the program: what ssh itself had to say came before.
 * Where ssh has gone meanwhile nobody reads it, and the program does not begin.
 */
const ANNOUNCE = 'printf "%s\\n" "$0" >&2 || exit; exec "$@"';

/** Where ssh goes. */
export interface SshOptions {
  /** `USER@HOST`, a name of ~/.ssh/config, or `ssh://USER@HOST:PORT`. */
  readonly destination: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Further options of ssh's, e.g. `["-J", "gate"]`. */
  readonly more?: readonly string[];
  /** The environment that ssh is started with. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the computer is, for errors. */
  readonly what: string;
  /** What to do when it cannot be reached, besides what ssh's own words suggest. */
  readonly hint?: string;
}

/** A shell of another computer. */
export class SshPlace implements Place {
  readonly announces = true;
  readonly starter: Starter;
  readonly #options: SshOptions;
  #defaults: readonly string[] = DEFAULTS.map(([, ours]) => ours);

  private constructor(options: SshOptions) {
    this.starter = new Starter("ssh", options.variables);
    this.#options = options;
  }

  /** @throws {UsageError} when there is no ssh. */
  static async open(options: SshOptions, waiting: { signal: AbortSignal }): Promise<SshPlace> {
    const place = new SshPlace(options);
    try {
      const { code, stdout } = await place.starter.call(["-G", ...place.#goingThere], waiting);
      const lines = stdout.split("\n");
      // What is wrong with its configuration it says when it goes there.
      if (code === 0) {
        place.#defaults = DEFAULTS.filter(([theirs]) => lines.includes(theirs))
          .map(([, ours]) => ours);
      }
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new UsageError('Cannot start "ssh": there is no such program. Is it installed?', {
        cause,
      });
    }
    return place;
  }

  get #goingThere(): string[] {
    const { destination, user, port, more = [] } = this.#options;
    return [
      ...more,
      ...(user === undefined ? [] : ["-l", user]),
      ...(port === undefined ? [] : ["-p", String(port)]),
      "--",
      destination,
    ];
  }

  argumentsFor(argv: readonly string[], variable?: string): string[] {
    const before = variable === undefined ? [] : ["env", variable, "sh", "-c", ANNOUNCE, variable];
    const command = [...before, ...argv].map(quoted).join(" ");
    if (new TextEncoder().encode(command).length > MAX_COMMAND_BYTES) {
      throw new UsageError("The cell is too long for ssh, which takes 128 KB. Copy a file there.");
    }
    const options = [...ALWAYS, ...this.#defaults].flatMap((option) => ["-o", option]);
    return ["-T", ...options, ...this.#goingThere, command];
  }

  explain(code: number, said: string | undefined): Promise<void> {
    if (code !== SSH_FAILED || said === undefined) return Promise.resolve(); // the cell's own status
    const { destination, what, hint } = this.#options;
    const hints = [hint, HINTS.find(([words]) => words.test(said))?.[1]].filter(Boolean).join(" ");
    return Promise.reject(
      new IotError(
        `Cannot reach ${what}: ssh ${destination} failed. ${hints && `${hints} `}ssh said: ` +
          (said.trim() || "nothing"),
        1,
      ),
    );
  }
}

/** As one word of a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
