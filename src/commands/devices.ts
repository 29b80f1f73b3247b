/** Commands that find boards, connect to them, and give them names. */

import { UsageError } from "@/base/errors.ts";
import { alignColumns } from "@/base/text.ts";
import type { Boards } from "@/discovery/boards.ts";
import { type Found, NO_BOARD_HINT } from "@/discovery/found.ts";
import { describeParty } from "@/discovery/party.ts";
import { describeUsb } from "@/discovery/usb.ts";
import { isAddress } from "@/transport/address.ts";
import { type Context, defineCommand } from "./command.ts";

interface DiscoverArguments {
  readonly all: boolean;
  readonly verbose: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

/** `%discover`: a row for each way to a board. */
export const discover = defineCommand<DiscoverArguments>({
  name: "discover",
  summary: "Discover available devices",
  group: "devices",
  surfaces: ["notebook", "shell"],
  arguments(parser) {
    parser.add_argument("-a", "--all", {
      action: "store_true",
      help: "list all devices connected to USB ports",
    });
    parser.add_argument("-v", "--verbose", { action: "store_true", help: "show uid" });
    parser.add_argument("-f", "--force", {
      action: "store_true",
      help: "ask also boards that are known; stops their programs",
    });
    parser.add_argument("--json", { action: "store_true", help: "print JSON, for programs" });
  },
  async run({ devices, sink, signal }, { all, verbose, force, json }) {
    const survey = await devices.discover({ signal, probeAll: force });
    const { found, unusable, ignored, announced, problems } = survey;
    if (json) {
      const others = [
        ...unusable.map(({ error, ...rest }) => ({ ...rest, error: error.message })),
        ...ignored,
      ];
      const rows = [...found, ...announced, ...(all ? others : [])];
      return await sink.write("stdout", JSON.stringify(rows, null, 2) + "\n");
    }
    const rows = found.map((board) => verbose ? verboseRow(board) : [board.name, board.url]);
    for (const { name, url, uid } of announced) {
      rows.push(verbose ? [name, url, uid, "announced"] : [name, url]);
    }
    if (all) {
      for (const { url, usb } of [...unusable, ...ignored]) {
        rows.push(["-", url, usb ? describeUsb(usb) : ""]);
      }
    }
    for (const line of alignColumns(rows)) await sink.write("stdout", line + "\n");
    for (const problem of problems) await sink.write("stderr", problem + "\n");
    for (const { error } of unusable) await sink.write("stderr", error.message + "\n");
    if (announced.length > 0) {
      const urls = announced.map(({ url }) => url).join(", ");
      await sink.write(
        "stderr",
        `Announced on the network, and not asked, as that would take a password: ${urls}. ` +
          `%connect ${announced[0].url} trusts it; so does a url in a device file.\n`,
      );
    } else if (found.length === 0) {
      await sink.write("stdout", `No boards found. ${NO_BOARD_HINT}\n`);
    }
  },
});

function verboseRow({ name, url, uid, holder }: Found): string[] {
  return [name, url, uid, ...(holder === undefined ? [] : [`in use by ${describeParty(holder)}`])];
}

/** `%connect`: makes one board the one that cells run on. */
export const connect = defineCommand<{ quiet: boolean; device: string; schemes: string[] }>({
  name: "connect",
  summary: "Connect to device",
  group: "devices",
  surfaces: ["notebook"],
  arguments(parser) {
    parser.add_argument("-q", "--quiet", { action: "store_true", help: "do not print a message" });
    parser.add_argument("device", { help: "name, UID or URL of the device" });
    parser.add_argument("schemes", {
      nargs: "*",
      metavar: "SCHEME",
      help: "the ways to reach it, best first, e.g. ws; default: any, serial first",
    });
  },
  async run({ devices, sink, signal }, { quiet, device: target, schemes }) {
    if (schemes.length > 0 && isAddress(target)) {
      throw new UsageError(`"${target}" says already how to reach the board.`);
    }
    const named = schemes.length === 0
      ? {}
      : { schemes: schemes.map((name) => name.toLowerCase()) };
    const device = await devices.connect(target, { signal, ...named });
    const name = await devices.nameOf(device, { signal });
    if (quiet) return;
    await sink.write("stdout", `Connected to ${name} @ ${device.url}\n`);
    const { uid } = await device.identity({ signal });
    if (uid !== "" && name === uid && hintsOnce(devices)) {
      await sink.write("stdout", "It has no name yet: %register NAME gives it one.\n");
    }
  },
});

const HINTED = new WeakSet<Boards>();

/** Whether this session has not been told yet. */
function hintsOnce(devices: Boards): boolean {
  if (HINTED.has(devices)) return false;
  HINTED.add(devices);
  return true;
}

/** `%disconnect`: lets go of the board, which others may use then. */
export const disconnect = defineCommand({
  name: "disconnect",
  summary: "Disconnect from the device, and let others use it.",
  group: "devices",
  surfaces: ["notebook"],
  async run({ devices }) {
    await devices.disconnect();
  },
});

/** `%register`: a name for the board, or an address for this session. */
export const register = defineCommand<{ target: string }>({
  name: "register",
  summary: "Register device",
  group: "devices",
  surfaces: ["notebook", "shell"],
  takesDevice: true,
  arguments(parser) {
    parser.add_argument("target", {
      metavar: "NAME|URL",
      help: "a name for the connected device, written into the first of IOT_DEVICES; or an " +
        "address to look at in this session",
    });
  },
  async run(context, { target }) {
    await (isAddress(target) ? registerAddress(context, target) : registerName(context, target));
  },
});

async function registerAddress(context: Context, url: string): Promise<void> {
  const { devices, signal, sink, surface } = context;
  if (surface === "shell") {
    throw new UsageError(
      `An address is registered for a notebook's session only. Put "${url}" into IOT_PORTS, or ` +
        "into a device file as the board's url.",
    );
  }
  await using board = await devices.borrow(url, { signal });
  await devices.register(url);
  await sink.write("stdout", `Registered ${board.name} @ ${url} for this session\n`);
}

async function registerName(context: Context, name: string): Promise<void> {
  const { devices, environment, signal, sink } = context;
  const { registerDevice } = await import("@/config/register.ts");
  const device = await devices.current(context);
  const { uid } = await device.identity({ signal });
  const { change, file, before } = await registerDevice({ name, uid }, environment);
  const text = {
    added: `Registered ${name} in ${file}`,
    completed: `Registered ${name} in ${file}, which lacked its UID`,
    renamed: `Renamed ${before} to ${name} in ${file}`,
    known: `${name} is registered already, in ${file}`,
  }[change];
  await sink.write("stdout", `${text}\n`);
}

/** `%unregister`: forgets what `%register URL` said, and the board that the notebook remembers. */
export const unregister = defineCommand({
  name: "unregister",
  summary: "Forget registered addresses and this notebook's device; edits no file.",
  group: "devices",
  surfaces: ["notebook"],
  async run({ devices }) {
    await devices.unregister();
  },
});
