/** Fetching files over HTTP: bounded in size and time, and whole or not at all. */

import { pause, withDeadline } from "@/base/deadline.ts";
import { concat } from "@/base/bytes.ts";
import { formatSize } from "@/base/text.ts";
import { PackageError } from "./package_error.ts";

/** What bounds a download. */
export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** How long a server may say nothing, in milliseconds. */
  readonly quietMs?: number;
  /** How long to wait before another attempt, in milliseconds, times the attempts so far. */
  readonly retryMs?: number;
}

const QUIET_MS = 20_000;
const RETRY_MS = 500;

/** A server that hiccups mostly does so once. */
const ATTEMPTS = 3;

/** What addresses move by. Fetch standard, "HTTP-redirect fetch", gives up after 20. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;

/** Answers that may be others a little later. RFC 9110, 15.5.9 and 15.6; RFC 6585, 4. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Worth another attempt. */
class Passing extends Error {
  constructor(readonly reason: string, options?: ErrorOptions) {
    super(reason, options);
  }
}

/**
 * The content at `url`.
 *
 * @throws {PackageError} `missing` for what is not there, `size` for what is too large, else `network`.
 * @throws the signal's reason when it aborts.
 */
export async function download(
  url: string,
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { signal, retryMs = RETRY_MS } = options;
  for (let attempt = 1;; attempt++) {
    try {
      return await downloadOnce(url, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Passing)) throw error;
      if (attempt === ATTEMPTS) {
        throw new PackageError(
          "network",
          `Cannot fetch ${publicUrl(url)}: ${error.reason}, ${ATTEMPTS} times. Nothing was ` +
            "installed. Check the network, and HTTPS_PROXY where there is a proxy, and try again.",
          { cause: error.cause },
        );
      }
      await pause(retryMs * attempt, signal);
    }
  }
}

async function downloadOnce(
  start: string,
  { signal, maxBytes, quietMs = QUIET_MS }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const controller = new AbortController();
  const scoped = AbortSignal.any([signal, controller.signal]);
  const bounded = <T>(work: () => Promise<T>) =>
    withDeadline(quietMs, async (deadline) => {
      deadline.addEventListener("abort", () => controller.abort(deadline.reason), { once: true });
      try {
        return await work();
      } catch (cause) {
        deadline.throwIfAborted();
        throw cause instanceof PackageError ? cause : new Passing(reasonOf(cause), { cause });
      }
    }, {
      signal,
      error: () => new Passing(`the server said nothing for ${quietMs / 1_000} s`),
    });
  const response = await bounded(() => follow(start, scoped));
  await using body = new Body(response);
  const { status } = response;
  if (PASSING.has(status)) throw new Passing(`the server answered ${status}`);
  if (status === 404 || status === 410) {
    throw new PackageError("missing", `There is nothing at ${publicUrl(start)} (${status}).`);
  }
  if (!response.ok) {
    throw new PackageError(
      "network",
      `Cannot fetch ${publicUrl(start)}: the server answered ${status}.`,
    );
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const part = await bounded(() => body.read());
    if (part === undefined) break;
    length += part.length;
    if (length > maxBytes) {
      throw new PackageError(
        "size",
        `Refused what is at ${publicUrl(start)}: it is larger than ${formatSize(maxBytes)}.`,
      );
    }
    parts.push(part);
  }
  return concat(parts);
}

/** A response's content; let go of wherever reading stops. */
class Body implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(response: Response) {
    this.#reader = response.body?.getReader();
  }

  async read(): Promise<Uint8Array | undefined> {
    return (await this.#reader?.read())?.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.cancel().catch(() => {}); // it broke off
  }
}

/** Goes where the server points, but never from HTTPS to what anybody on the way can change. */
async function follow(start: string, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const response = await fetch(url, { redirect: "manual", signal });
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, url);
    const isDowngrade = url.startsWith("https:") && next?.protocol !== "https:";
    if (next === null || !/^https?:$/.test(next.protocol) || isDowngrade) {
      throw new PackageError(
        "network",
        `Cannot fetch ${publicUrl(start)}: it leads to ${publicUrl(next?.href ?? location)}, ` +
          "which is not followed.",
      );
    }
    url = next.href;
  }
  throw new PackageError(
    "network",
    `Cannot fetch ${publicUrl(start)}: it leads on and on, ${MAX_REDIRECTS} times so far.`,
  );
}

/**
 * An address, or a text that quotes some, for messages and records: without a user's name and
 * password. These end with the last
 * `@` before the path (WHATWG URL standard, "authority state"): people forget to encode one in theirs.
 */
export function publicUrl(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#\\]*@/gi, "$1");
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/dns|lookup/i.test(text)) return "its server is not known, or there is no network";
  if (/refused/i.test(text)) return "the server refused the connection";
  if (/certificate|tls|ssl/i.test(text)) return `the server's certificate is not trusted (${text})`;
  return `the connection broke off (${text})`;
}
