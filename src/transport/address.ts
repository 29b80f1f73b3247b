/** Addresses of boards: `serial:///dev/ttyACM0?baud=115200`, `tcp://host:4000`, `sim://demo`. */

import { UsageError } from "@/base/errors.ts";

/** An address, read but not yet opened. */
export interface Address {
  /** The address as the user wrote it, with quotes and spaces around it removed. */
  readonly href: string;
  /** Lower case, without the colon: `serial`, `tcp`, `sim`. */
  readonly scheme: string;
  /** Host name or name of a simulated board; empty for `serial:`. */
  readonly host: string;
  /** Port number where one was given. */
  readonly port: number | undefined;
  /** Path with its leading slash, percent-decoded: `/dev/ttyACM0`. */
  readonly path: string;
  /** What stands behind `?`, decoded. */
  readonly query: ReadonlyMap<string, string>;
}

const SHAPE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/;

/** Whether `text` is meant as an address rather than a name or UID. */
export function isAddress(text: string): boolean {
  return text.includes("://");
}

/**
 * Reads an address.
 *
 * @throws {UsageError} when `text` is not of the form `SCHEME://…`, or its port is no port number.
 */
export function parseAddress(text: string): Address {
  const href = text.trim();
  const match = SHAPE.exec(href);
  if (match === null) {
    throw new UsageError(
      `Cannot read "${text}" as an address. Addresses look like serial:///dev/ttyACM0 or tcp://host:4000.`,
    );
  }
  const [, scheme, authority, path, query] = match;
  const { host, port } = splitAuthority(authority, href);
  return {
    href,
    scheme: scheme.toLowerCase(),
    host,
    port,
    path: decode(path, href),
    query: new Map(new URLSearchParams(query ?? "")),
  };
}

function splitAuthority(authority: string, href: string): { host: string; port?: number } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority);
  if (match === null) throw new UsageError(`Cannot read the host in "${href}".`);
  const host = match[1].replace(/^\[|\]$/g, "");
  if (match[2] === undefined) return { host };
  const port = Number(match[2]);
  if (!/^\d{1,5}$/.test(match[2]) || port < 1 || port > 65_535) {
    throw new UsageError(`"${match[2]}" in "${href}" is not a port. Ports are 1 to 65535.`);
  }
  return { host, port };
}

function decode(path: string, href: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new UsageError(
      `Cannot read the path in "${href}": a "%" must be followed by two hex digits.`,
    );
  }
}
