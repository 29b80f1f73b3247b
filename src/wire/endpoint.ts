/** Where a socket listens or connects: TCP on one address, or a Unix socket (ZeroMQ's "ipc"). */

import { ZmtpError } from "./errors.ts";

/** An address that ZMTP is spoken on. */
export type Endpoint =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "ipc"; readonly path: string };

/** As ZeroMQ writes it: `tcp://127.0.0.1:5555`, `ipc:///run/user/1000/kernel-1`. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.transport === "ipc") return `ipc://${endpoint.path}`;
  const { hostname, port } = endpoint;
  return `tcp://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/**
 * Listens on `endpoint`. Port 0 takes a free one; the endpoint that came out is returned. A Unix
 * socket is for this user only (mode 0600), and one that a dead process left behind is replaced.
 *
 * @throws {ZmtpError} `address` when it is taken or cannot be listened on.
 */
export async function listen(
  endpoint: Endpoint,
): Promise<{ listener: Deno.Listener; endpoint: Endpoint }> {
  try {
    if (endpoint.transport === "ipc") {
      await removeStale(endpoint.path);
      return { listener: listenPrivately(endpoint.path), endpoint };
    }
    const { hostname, port } = endpoint;
    const listener = Deno.listen({ hostname: hostname === "*" ? "0.0.0.0" : hostname, port });
    return { listener, endpoint: { ...endpoint, port: listener.addr.port } };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ZmtpError("address", `Cannot listen on ${formatEndpoint(endpoint)}: ${reason}`, {
      cause,
    });
  }
}

/** Connects to `endpoint` once. @throws what `Deno.connect` throws when nobody listens. */
export async function connect(endpoint: Endpoint): Promise<Deno.Conn> {
  if (endpoint.transport === "ipc") {
    return await Deno.connect({ transport: "unix", path: endpoint.path });
  }
  const { hostname, port } = endpoint;
  return await Deno.connect({ hostname: hostname === "*" ? "127.0.0.1" : hostname, port });
}

/** Closes `conn`, which may have ended by itself; whoever still reads it gets an error. */
export function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // The system was faster; there is nothing left to release.
  }
}

/** The mask is set around a synchronous call, so that the file never exists with another mode. */
function listenPrivately(path: string): Deno.Listener {
  const mask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path }) as Deno.Listener;
  } finally {
    Deno.umask(mask);
  }
}

/** Removes the socket file of a process that is gone: a restarted kernel gets the same path. */
async function removeStale(path: string): Promise<void> {
  const file = await Deno.lstat(path).catch(() => undefined);
  if (file?.isSocket !== true) return;
  const alive = await Deno.connect({ transport: "unix", path }).catch(() => undefined);
  if (alive === undefined) await Deno.remove(path);
  else alive.close();
}
