/** Reads where a board of a bench comes from: exactly one of the kinds of source there are. */

import type { Position } from "@/config/problem.ts";
import { normalizeUid } from "@/config/uid.ts";
import type { Keys, YamlReader } from "@/config/yaml_reader.ts";
import type { YamlNode } from "@/config/yaml_tree.ts";
import type { Source, Through } from "./bench.ts";

type Usb = Omit<Extract<Source, { kind: "usb" }>, "kind">;
type Transport = Extract<Source, { kind: "sim" }>["transport"];

/** The keys that say where a board comes from, and those that say more about it. */
export interface SourceKeys {
  readonly match: Usb;
  readonly uid: string;
  readonly url: string;
  readonly qemu: "microbit";
  readonly sim: string;
  readonly place: string;
  readonly transport: Transport;
  readonly through: Through;
  readonly faults: string[];
  readonly seed: number;
}

const KINDS = ["match", "uid", "url", "qemu", "sim", "place"] as const;

/** Each further key, and the kinds that it says something about. */
const MEANT_FOR = {
  transport: ["sim"],
  through: ["sim", "qemu"],
  faults: ["sim"],
  seed: ["sim"],
} as const;

const HEX4 = /^[0-9a-f]{4}$/;
/** As Linux names USB ports: bus, then the ports on the way. */
const LOCATION = /^\d+-\d+(?:\.\d+)*$/;

const MATCH_KEYS: Keys<Usb> = {
  vendor: (value, reader) => reader.optional("vendor", readId(value, reader)),
  product: (value, reader) => reader.optional("product", readId(value, reader)),
  serial: (value, reader) => reader.optional("serial", reader.string(value)),
  location: (value, reader) => reader.optional("location", readLocation(value, reader)),
};

/** How each of them is read. */
export const SOURCE_KEYS: Keys<SourceKeys> = {
  match: (value, reader) => ({ match: readMatch(value, reader) }),
  uid: (value, reader) => reader.optional("uid", readUid(value, reader)),
  url: (value, reader) => reader.optional("url", readUrl(value, reader)),
  qemu: (value, reader) => reader.optional("qemu", oneOf(value, reader, ["microbit"])),
  sim: (value, reader) => reader.optional("sim", reader.string(value)),
  place: (value, reader) => reader.optional("place", reader.string(value)),
  transport: (value, reader) =>
    reader.optional("transport", oneOf(value, reader, ["pty", "tcp", "ws", "mp"])),
  through: (value, reader) => reader.optional("through", oneOf(value, reader, ["ser2net"])),
  faults: (value, reader) => reader.optional("faults", reader.strings(value)),
  seed: (value, reader) =>
    reader.optional("seed", reader.integer(value, { min: 0, max: 0xffff_ffff })),
};

/** The source that a board's keys make; undefined, and a problem, when it is not exactly one. */
export function readSource(
  { name, at }: { readonly name: string; readonly at: Position },
  keys: Partial<SourceKeys>,
  reader: YamlReader,
): Source | undefined {
  const [kind, second] = KINDS.filter((kind) => keys[kind] !== undefined);
  if (kind === undefined) {
    reader.problem(at, `the board "${name}" does not say where it comes from`, {
      hint: `It needs one of ${KINDS.join(", ")}.`,
    });
    return undefined;
  }
  if (second !== undefined) {
    reader.problem(at, `the board "${name}" has both "${kind}" and "${second}"`, {
      hint: "A board comes from one place. Further addresses of it are listed as transports.",
    });
    return undefined;
  }
  for (const [key, kinds] of Object.entries(MEANT_FOR)) {
    if (keys[key as keyof SourceKeys] === undefined) continue;
    if ((kinds as readonly string[]).includes(kind)) continue;
    const where = kinds.join(" or ");
    reader.problem(at, `"${key}" of the board "${name}" means nothing with "${kind}"`, {
      hint: `It goes with ${where}.`,
    });
    return undefined;
  }
  const through = keys.through === undefined ? {} : { through: keys.through };
  switch (kind) {
    case "match":
      return { kind: "usb", ...keys.match! };
    case "uid":
      return { kind, uid: keys.uid! };
    case "url":
      return { kind, url: keys.url! };
    case "place":
      return { kind, place: keys.place! };
    case "qemu":
      return { kind, machine: keys.qemu!, ...through };
    case "sim": {
      const { transport = "pty", faults = [], seed } = keys;
      if (through.through !== undefined && transport !== "pty") {
        reader.problem(
          at,
          `the board "${name}" cannot be reached through ser2net by ${transport}`,
          {
            hint: "ser2net exports serial ports: leave transport out.",
          },
        );
        return undefined;
      }
      const seeded = seed === undefined ? {} : { seed };
      return { kind, profile: keys.sim!, transport, faults, ...through, ...seeded };
    }
  }
}

function readMatch(node: YamlNode, reader: YamlReader): Usb {
  const match = reader.keys(node, "match", MATCH_KEYS);
  if (Object.keys(match).length === 0) {
    reader.problem(node.at, "match must say what the USB device is", {
      hint: "As in match: { vendor: 2e8a, serial: E6614C311B7E6F35 }.",
    });
  }
  return match;
}

/** A USB id: as `lsusb` prints it, or as YAML read it when it is all digits. */
function readId(node: YamlNode, reader: YamlReader): string | undefined {
  const text = node.kind === "scalar" ? node.text.toLowerCase().replace(/^0x/, "") : "";
  if (HEX4.test(text)) return text;
  reader.problem(node.at, `"${text}" is no USB id`, {
    hint: "It has four hexadecimal digits, as in 2e8a; `iot discover --all -v` lists them.",
  });
}

function readLocation(node: YamlNode, reader: YamlReader): string | undefined {
  const text = node.kind === "scalar" ? node.text : "";
  if (LOCATION.test(text)) return text;
  reader.problem(node.at, `"${text}" is no USB location`, {
    hint: "It names the bus and the ports on the way, as in 1-1.2.",
  });
}

function readUid(node: YamlNode, reader: YamlReader): string | undefined {
  const text = node.kind === "scalar" ? node.text : "";
  const uid = normalizeUid(text);
  if (uid !== undefined) return uid;
  reader.problem(node.at, `"${text}" is no UID`, {
    hint: "A UID is hex bytes of two digits each, as in 24:0a:c4:12:87:7c; `iot uid` prints it.",
  });
}

function readUrl(node: YamlNode, reader: YamlReader): string | undefined {
  const text = reader.string(node);
  const url = text === undefined ? undefined : reader.expand(text, node.at);
  if (url === undefined) return undefined;
  // A path says where a board is plugged in today, and another one tomorrow.
  if (/^serial:/i.test(url) || !/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(url)) {
    reader.problem(node.at, `"${text}" does not name a board for good`, {
      hint: /^serial:/i.test(url)
        ? "A serial port's path changes. Name the board by its uid, or by match."
        : "Addresses look like rfc2217://rig2:4000.",
    });
    return undefined;
  }
  return url;
}

function oneOf<const T extends string>(
  node: YamlNode,
  reader: YamlReader,
  choices: readonly T[],
): T | undefined {
  const text = reader.string(node);
  if (text === undefined || choices.includes(text as T)) return text as T | undefined;
  reader.problem(node.at, `"${text}" is not known here`, {
    hint: `There ${choices.length === 1 ? "is" : "are"} ${choices.join(", ")}.`,
  });
}
