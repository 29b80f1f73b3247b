/**
 * Connection files: how a Jupyter client and a kernel find each other.
 *
 * "Connection files" in https://jupyter-client.readthedocs.io/en/stable/kernels.html
 */

import { UsageError } from "@/base/errors.ts";

import type { Endpoint } from "./endpoint.ts";

/** A kernel's sockets, by the name that their port has in the file. */
export const CHANNELS = ["shell", "iopub", "stdin", "control", "hb"] as const;

/** One of a kernel's sockets. */
export type Channel = typeof CHANNELS[number];

/** What a connection file says. */
export interface ConnectionInfo {
  readonly transport: "tcp" | "ipc";
  /** The address to bind, or for `ipc` the beginning of the sockets' paths. */
  readonly ip: string;
  /** Port numbers; 0 in a kernel that is to choose one. */
  readonly ports: Readonly<Record<Channel, number>>;
  readonly key: string;
  readonly signatureScheme: string;
  /** What the file says beyond that, e.g. `kernel_name`; written back as it came. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** A new connection over loopback: a random key, and ports for the kernel to choose. */
export function newConnection(): ConnectionInfo {
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    ports: { shell: 0, iopub: 0, stdin: 0, control: 0, hb: 0 },
    key: crypto.randomUUID(),
    signatureScheme: "hmac-sha256",
    rest: {},
  };
}

/** Where a channel listens. Over `ipc` the path is `{ip}-{port}`, as libzmq's users expect. */
export function channelEndpoint(connection: ConnectionInfo, channel: Channel): Endpoint {
  const port = connection.ports[channel];
  return connection.transport === "tcp"
    ? { transport: "tcp", hostname: connection.ip, port }
    : { transport: "ipc", path: `${connection.ip}-${port}` };
}

/**
 * Reads the text of a connection file. `source` names it in errors.
 *
 * @throws {UsageError} when it is not JSON, or a field is missing or of the wrong kind.
 */
export function parseConnection(text: string, source: string): ConnectionInfo {
  const refuse = (what: string, cause?: unknown) =>
    new UsageError(`Cannot use the connection file "${source}": ${what}.`, { cause });
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text);
  } catch (cause) {
    throw refuse("it is not JSON", cause);
  }
  if (typeof fields !== "object" || fields === null) throw refuse("it is not a JSON dictionary");
  const { transport = "tcp", ip, key = "", signature_scheme = "hmac-sha256", ...rest } = fields;
  if (transport !== "tcp" && transport !== "ipc") {
    throw refuse(`its transport is ${JSON.stringify(transport)}, not "tcp" or "ipc"`);
  }
  if (typeof ip !== "string" || ip === "") throw refuse(`its "ip" is missing`);
  if (typeof key !== "string") throw refuse(`its "key" is not a string`);
  if (typeof signature_scheme !== "string") throw refuse(`its "signature_scheme" is not a string`);
  const ports = {} as Record<Channel, number>;
  for (const channel of CHANNELS) {
    const port = rest[`${channel}_port`];
    if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535) {
      throw refuse(`its "${channel}_port" is ${JSON.stringify(port) ?? "missing"}, not a port`);
    }
    ports[channel] = port as number;
    delete rest[`${channel}_port`];
  }
  return { transport, ip, ports, key, signatureScheme: signature_scheme, rest };
}

/**
 * Reads a connection file.
 *
 * @throws {UsageError} when it cannot be read or used.
 */
export async function readConnection(path: string): Promise<ConnectionInfo> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot read the connection file "${path}": ${reason}`, { cause });
  }
  return parseConnection(text, path);
}

/**
 * Writes a connection file for this user only (mode 0600). It appears whole or not at all, so a
 * client that waits for it never reads half of it.
 *
 * @throws {UsageError} when it cannot be written.
 */
export async function writeConnection(path: string, connection: ConnectionInfo): Promise<void> {
  const { transport, ip, ports, key, signatureScheme, rest } = connection;
  const fields: Record<string, unknown> = {};
  for (const channel of CHANNELS) fields[`${channel}_port`] = ports[channel];
  Object.assign(fields, { ip, key, transport, signature_scheme: signatureScheme }, rest);
  const part = `${path}.${crypto.randomUUID()}.part`;
  try {
    const text = `${JSON.stringify(fields, null, 2)}\n`;
    await Deno.writeTextFile(part, text, { createNew: true, mode: 0o600 });
    await Deno.rename(part, path);
  } catch (cause) {
    await Deno.remove(part).catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`Cannot write the connection file "${path}": ${reason}`, { cause });
  }
}
