/** A line to a board that can be listened in to, and cut. */

/** Takes what a board says, chunk by chunk; `pass` hands it on. */
export type OnSaid = (
  chunk: Uint8Array,
  pass: (chunk: Uint8Array) => Promise<void>,
) => void | Promise<void>;

/** A `tcp://` address that leads to another one, for one client, until disposed. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
}

/** Forwards to the board at `url`, `tcp://HOST:PORT`, and has `onSaid` see what it says. */
export function startProxy(url: string, onSaid: OnSaid): Proxy {
  const { hostname, port } = new URL(url.replace("tcp:", "http:"));
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const client = await listener.accept();
    const board = await Deno.connect({ hostname, port: Number(port) });
    const up = client.readable.pipeTo(board.writable).catch(() => {});
    const writer = client.writable.getWriter();
    const pass = (chunk: Uint8Array) => writer.write(chunk);
    try {
      for await (const chunk of board.readable) await onSaid(chunk, pass);
      await writer.close();
    } catch {
      // one of them hung up
    }
    await up;
  })().catch(() => {}); // nobody came
  return {
    url: `tcp://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

/** What goes wrong at a {@linkcode startGate}. */
export interface GateFaults {
  /** The first client is not told that the board has hung up. */
  readonly hidesEnd?: boolean;
  /** So many clients behind the first are hung up on. */
  readonly refuses?: number;
}

/** Forwards any number of clients, one after the other, to what listens at `url`, `SCHEME://HOST:PORT`. */
export function startGate(url: string, { hidesEnd = false, refuses = 0 }: GateFaults): Proxy {
  const { protocol, host } = new URL(url);
  const { hostname, port } = new URL(`http://${host}`);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clients: Promise<void>[] = [];
  const forward = async (client: Deno.Conn, hides: boolean) => {
    using _client = client;
    using board = await Deno.connect({ hostname, port: Number(port) });
    const leave = { preventClose: true, preventAbort: true, preventCancel: true };
    const down = board.readable.pipeTo(client.writable, leave).catch(() => {});
    const up = client.readable.pipeTo(board.writable, leave).catch(() => {});
    await (hides ? up : Promise.race([down, up]));
  };
  const serving = (async () => {
    let count = 0;
    for await (const client of listener) {
      const isRefused = count > 0 && count <= refuses;
      if (isRefused) client.close();
      else clients.push(forward(client, hidesEnd && count === 0).catch(() => {}));
      count++;
    }
    await Promise.all(clients);
  })();
  return {
    url: `${protocol}//127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}
