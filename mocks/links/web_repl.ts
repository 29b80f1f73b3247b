/**
 * A board's WebREPL, as MicroPython's `webrepl.py` and `extmod/modwebrepl.c` serve it: a password,
 * then the REPL in text frames and files in binary ones, for one client at a time.
 */

import { BufferedConn, closeConn, HOST } from "./conn.ts";
import type { Plug, Port, Server } from "./plug.ts";
import { checkPassword, DEFAULT_PASSWORD } from "./web_repl_password.ts";
import { WebReplSession } from "./web_repl_session.ts";
import { shakeHands } from "./web_socket.ts";

/** What a WebREPL is opened with. */
export interface WebReplOptions {
  readonly server: Server;
  /** 0 for any that is free. */
  readonly port: number;
  readonly password?: string;
}

/** The server. */
export class WebReplPort implements Port {
  readonly #plug: Plug;
  readonly #options: WebReplOptions;
  readonly #port: number;
  readonly #endRestarts: () => void;
  /** Connections that the server does not know any more, but did not close. */
  readonly #forgotten = new Set<Deno.Conn>();
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #asking: BufferedConn | undefined;
  #client: { session: WebReplSession; served: Promise<void> } | undefined;

  private constructor(plug: Plug, options: WebReplOptions) {
    this.#plug = plug;
    this.#options = options;
    this.#port = this.#listen(options.port);
    // A restart closes its sockets, and boot.py starts the server again.
    this.#endRestarts = options.server.onRestart(() => {
      this.#dropForgotten();
      void this.#client?.session.restart();
    });
  }

  /**
   * Serves a board's REPL; `plug` leads to it.
   *
   * @throws {RangeError} when such a board has no WebREPL, or the password is too long.
   * @throws {Deno.errors.AddrInUse} when another program has the port.
   */
  static open(plug: Plug, options: WebReplOptions): WebReplPort {
    const { profile } = options.server;
    if (profile.webRepl === "absent") {
      throw new RangeError(`A board like "${profile.name}" has no WebREPL.`);
    }
    checkPassword(options.password ?? DEFAULT_PASSWORD);
    return new WebReplPort(plug, options);
  }

  get address(): string {
    return `ws://${HOST}:${this.#port}`;
  }

  async unplug(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    this.#dropClients();
    await this.#client?.served;
    await this.#accepting;
  }

  plugIn(): Promise<void> {
    if (this.#listener === undefined) this.#listen(this.#port);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endRestarts();
    await this.unplug();
  }

  #listen(port: number): number {
    this.#listener = Deno.listen({ hostname: HOST, port });
    this.#accepting = this.#accept(this.#listener);
    return this.#listener.addr.port;
  }

  #dropClients(): void {
    this.#asking?.close();
    this.#client?.session.end();
    this.#dropForgotten();
  }

  #dropForgotten(): void {
    for (const conn of this.#forgotten) closeConn(conn);
    this.#forgotten.clear();
  }

  /** One handshake after the other: a client that does not finish its request keeps all waiting. */
  async #accept(listener: Deno.TcpListener): Promise<void> {
    for await (const conn of listener) {
      const asking = this.#asking = new BufferedConn(conn);
      // While a board starts nobody accepts; the network stack keeps the client waiting.
      await this.#options.server.started();
      const outcome = await shakeHands(asking);
      this.#asking = undefined;
      if (outcome === "forgotten") {
        this.#forgotten.add(conn);
      } else if (outcome === "page") {
        asking.close();
      } else if (this.#client !== undefined) {
        this.#say(`\r\nConcurrent WebREPL connection from ${asking.peer} rejected\r\n`);
        asking.close();
      } else {
        this.#say(`\r\nWebREPL connection from: ${asking.peer}\r\n`);
        const session = new WebReplSession(asking, this.#plug, {
          server: this.#options.server,
          password: this.#options.password ?? DEFAULT_PASSWORD,
        });
        const served = session.serve().then((why) => {
          this.#client = undefined;
          this.#say(why);
        });
        this.#client = { session, served };
      }
    }
  }

  #say(text: string): void {
    if (text !== "") this.#options.server.say(text);
  }
}
