/** TLS for network connections, with certificates that a user vouches for. */

import { withDeadline } from "@/base/deadline.ts";
import { UsageError } from "@/base/errors.ts";
import type { Address } from "./address.ts";
import { TransportError } from "./transport.ts";

/** What {@linkcode secureConnection} is told. */
export interface SecureOptions {
  /** Whose host the certificate must be for; `?ca=FILE` names a further authority. */
  readonly address: Address;
  readonly signal: AbortSignal | undefined;
  readonly withinMs: number;
}

/**
 * Makes `conn` a connection by TLS. Takes it over: it is closed when this fails.
 *
 * @throws {TransportError} `untrusted`, `foreign` when the other side speaks no TLS, `timeout`.
 * @throws {UsageError} when the file of `?ca=` cannot be read.
 * @throws the signal's reason when it aborts.
 */
export async function secureConnection(
  conn: Deno.TcpConn,
  { address, signal, withinMs }: SecureOptions,
): Promise<Deno.TlsConn> {
  const { href, host, query } = address;
  let open: Deno.Conn = conn;
  try {
    const authority = query.get("ca");
    const caCerts = authority === undefined ? [] : [await readCertificate(authority, href)];
    const secured = await Deno.startTls(conn, { hostname: host, caCerts });
    open = secured;
    await withDeadline(withinMs, async (signal) => {
      // Closing is what ends a handshake.
      const close = () => secured.close();
      signal.addEventListener("abort", close, { once: true });
      try {
        await secured.handshake();
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", close);
      }
    }, { signal, error: () => mute(href, withinMs) });
    return secured;
  } catch (error) {
    closeQuietly(open);
    signal?.throwIfAborted();
    if (error instanceof UsageError || error instanceof TransportError) throw error;
    throw certificateError(href, error as Error);
  }
}

async function readCertificate(path: string, href: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : `${cause}`;
    throw new UsageError(`Cannot read the certificate "${path}" of ${href}: ${why}.`, { cause });
  }
}

function certificateError(href: string, cause: Error): TransportError {
  const untrusted = /certificate/i.test(cause.message);
  return untrusted
    ? new TransportError(
      "untrusted",
      href,
      `The certificate of ${href} is not to be trusted (${cause.message}). If it is of your own ` +
        "making, name the authority that signed it: ?ca=FILE, in PEM.",
      { cause },
    )
    : new TransportError(
      "foreign",
      href,
      `What answers at ${href} does not speak TLS (${cause.message}). Boards themselves do not: ` +
        "try ws://.",
      { cause },
    );
}

function mute(href: string, ms: number): TransportError {
  return new TransportError(
    "timeout",
    href,
    `${href} accepts connections, but has not begun TLS within ${ms / 1000} s. Boards themselves ` +
      "do not speak it: try ws://.",
  );
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // The deadline closed it.
  }
}
