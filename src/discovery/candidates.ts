/** Where boards may be: addresses from all sources, one for each line. */

import type { Environment } from "@/config/environment.ts";
import { isAddress } from "@/transport/address.ts";
import { lineOf, type Schemes } from "@/transport/schemes.ts";
import type { Announcement } from "./announcement.ts";
import type { NamedBoard } from "./board_names.ts";
import { isBoardPort, uniqueUsbKey, type UsbPort } from "./usb.ts";

/** Where a board may be. */
export interface Candidate {
  readonly url: string;
  /** The same for all spellings of one line. */
  readonly line: string;
  /** The USB device there. */
  readonly usb?: UsbPort;
  /** What {@linkcode uniqueUsbKey} makes of it. */
  readonly key?: string;
  /** What a board says that announces itself there, where nobody else named the address. */
  readonly announcement?: Announcement;
  /** Whether it is no board's port, and must not be spoken to. */
  readonly foreign?: true;
}

/** Where to look. */
export interface CandidateSources {
  readonly schemes: Schemes;
  readonly environment: Environment;
  readonly boards: readonly NamedBoard[];
  /** Addresses that this session was told of. */
  readonly registered: Iterable<string>;
  readonly listUsbPorts: () => Promise<readonly UsbPort[]>;
}

/** The line of an address; the address itself where it cannot be read, so that a probe says why. */
export async function candidateLine(url: string, schemes: Schemes): Promise<string> {
  return await lineOf(url, schemes).catch(() => url);
}

/** All addresses, the connected one first, as it was connected to. */
export async function listCandidates(
  sources: CandidateSources,
  connected: string | undefined,
): Promise<Candidate[]> {
  const { schemes, environment, boards, registered } = sources;
  const ports = await sources.listUsbPorts();
  const usb = new Map(ports.map((port) => [`serial://${port.path}`, port]));
  const configured = boards.flatMap(({ url }) => url ?? []);
  const running = [...schemes.values()].flatMap((scheme) => scheme.list?.() ?? []);
  const chosen = environment.defaultDevice();
  const named = [
    connected,
    ...environment.ports(),
    ...(chosen !== undefined && isAddress(chosen) ? [chosen] : []),
    ...configured,
    ...registered,
  ].filter((url) => url !== undefined);
  const lines = new Map<string, Candidate>();
  const add = async (url: string, isNamed: boolean) => {
    const line = await candidateLine(url, schemes);
    const port = usb.get(url);
    const before = lines.get(line);
    if (port === undefined) {
      if (before === undefined) lines.set(line, { url, line });
      return;
    }
    const key = uniqueUsbKey(port, ports);
    lines.set(line, {
      url: before?.url ?? url,
      line,
      usb: port,
      ...(key !== undefined && { key }),
      // Who names a port in so many words wants it asked.
      ...(!isNamed && before === undefined && !isBoardPort(port) && { foreign: true as const }),
    });
  };
  for (const url of named) await add(url, true);
  for (const url of usb.keys()) await add(url, false);
  for (const url of running) await add(url, false);
  return [...lines.values()];
}
