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
