/**
 * What a device's YAML says: the keys there are, their types, and everything that can be wrong with
 * them. Pure: files are read in `device_files.ts`.
 */

import type { Environment } from "./environment.ts";
import type { Position, Problem } from "./problem.ts";
import { normalizeUid } from "./uid.ts";
import { type Keys, YamlReader } from "./yaml_reader.ts";
import type { YamlEntry, YamlNode } from "./yaml_tree.ts";

/** How files get onto a board: said for a device, and again for one of its resources. */
export interface InstallOptions {
  /** The board's directory that resources go to: absolute, without `/` at its end but for `/`. */
  readonly installDir: string;
  /** Whether a folder's own name is dropped, and what is in it goes to `installDir` itself. */
  readonly unpack: boolean;
  /** Patterns of the only files to take; all of them where there is none. */
  readonly include: readonly string[];
  /** Patterns of files to leave out; a device's also protect what is on the board. */
  readonly exclude: readonly string[];
  /** Whether `.py` files are compiled to `.mpy`. */
  readonly mpy: boolean;
}

/** A file or folder that belongs on a board. Its options are the device's where it says nothing. */
export interface Resource extends InstallOptions {
  /** A path below one of the device's `libs`: `pystone.py`, `bno055`, `drivers/bme280`. */
  readonly name: string;
  readonly at: Position;
}

/** A device as its YAML describes it. */
export interface DeviceConfig extends InstallOptions {
  readonly name: string;
  /** In {@linkcode normalizeUid}'s spelling. */
  readonly uid?: string;
  /** An address where it can be reached, besides those where it is found. */
  readonly url?: string;
  /** Directories of the host that resources are looked up in, in order; `$IOT_LIBS` without. */
  readonly libs?: readonly string[];
  /** Undefined where the key is not there: then nobody said what belongs on the board. */
  readonly resources?: readonly Resource[];
  /** Where its name stands. */
  readonly at: Position;
}

/** Where `libs` of a board's own are, unless the configuration says otherwise (the specification). */
const DEFAULT_INSTALL: InstallOptions = {
  installDir: "/lib",
  unpack: false,
  include: [],
  exclude: [],
  mpy: false,
};

/** Letters of a device's name: what shells and addresses take without quotes. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

/**
 * Why `name` cannot be a device's; `undefined` when it can. It must not look like an option, a UID
 * or an address, for all of these can stand where a name can.
 */
export function refuseName(name: string): string | undefined {
  if (name === "") return "a device needs a name";
  if (!NAME.test(name) || name.length > 64) {
    return `"${name}" cannot be a device's name: use up to 64 letters, digits, "_", "-" and "."`;
  }
  // Short words of hex digits, like "feed", are names; nobody has a board with so short a UID.
  if (/[.-]|.{8}/.test(name) && normalizeUid(name) !== undefined) {
    return `"${name}" cannot be a device's name: it reads like a UID`;
  }
  return undefined;
}

/** What the devices of one file turned out to be. */
export interface DevicesRead {
  readonly devices: readonly DeviceConfig[];
  readonly problems: readonly Problem[];
}

/** Reads the top of a device file: a map from names to devices. Devices with problems are left out. */
export function readDevices(root: YamlNode, environment: Environment): DevicesRead {
  const reader = new YamlReader(environment);
  const devices: DeviceConfig[] = [];
  for (const entry of reader.map(root, "a file of devices, NAME: …,")) {
    const before = reader.problems.length;
    const device = readDevice(entry, reader);
    if (reader.problems.length === before) devices.push(Object.freeze(device));
  }
  return { devices, problems: reader.problems };
}

const INSTALL_KEYS: Keys<InstallOptions> = {
  "install-dir": (value, reader) => reader.optional("installDir", readBoardPath(value, reader)),
  unpack: (value, reader) => reader.optional("unpack", reader.boolean(value)),
  include: (value, reader) => reader.optional("include", reader.strings(value)),
  exclude: (value, reader) => reader.optional("exclude", reader.strings(value)),
  mpy: (value, reader) => reader.optional("mpy", reader.boolean(value)),
};

/** Resources are read when the device's own options are known: their order in the file is free. */
type DeviceKeys = Omit<DeviceConfig, "name" | "at" | "resources"> & { resources: YamlNode };

const DEVICE_KEYS: Keys<DeviceKeys> = {
  uid: (value, reader) => reader.optional("uid", readUid(value, reader)),
  url: (value, reader) => reader.optional("url", readUrl(value, reader)),
  libs: (value, reader) => reader.optional("libs", readLibs(value, reader)),
  resources: (value) => ({ resources: value }),
  ...INSTALL_KEYS,
};

function readDevice({ key: name, at, value }: YamlEntry, reader: YamlReader): DeviceConfig {
  const refusal = refuseName(name);
  if (refusal !== undefined) reader.problem(at, refusal);
  const { resources, ...given } = reader.keys(value, `the device "${name}"`, DEVICE_KEYS);
  const device = { ...DEFAULT_INSTALL, ...given, name, at };
  if (resources === undefined) return device;
  return { ...device, resources: readResources(resources, device, reader) };
}

function readResources(node: YamlNode, device: InstallOptions, reader: YamlReader): Resource[] {
  const { installDir, unpack, include, exclude, mpy } = device;
  const inherited = { installDir, unpack, include, exclude, mpy };
  const resources: Resource[] = [];
  const seen = new Map<string, Position>();
  for (const item of reader.list(node, "resources")) {
    const resource = readResource(item, inherited, reader);
    if (resource === undefined) continue;
    const target = `${resource.name} in ${resource.installDir}`;
    const first = seen.get(target);
    if (first !== undefined) {
      reader.problem(resource.at, `the resource "${resource.name}" is there twice`, {
        hint: `The first one is in line ${first.line}.`,
      });
    }
    seen.set(target, resource.at);
    resources.push(Object.freeze(resource));
  }
  return resources;
}

/** `NAME`, `NAME: DIRECTORY`, or `NAME:` with options below. */
function readResource(
  item: YamlNode,
  inherited: InstallOptions,
  reader: YamlReader,
): Resource | undefined {
  if (item.kind === "scalar") {
    const name = readResourceName(reader.string(item), item.at, reader);
    return name === undefined ? undefined : { ...inherited, name, at: item.at };
  }
  const entries = reader.map(item, "a resource");
  if (entries.length === 0) return undefined;
  if (entries.length > 1) {
    // The commonest slip of all: options that are not indented below their resource.
    reader.problem(entries[1].at, `"${entries[1].key}" cannot stand beside "${entries[0].key}"`, {
      hint: Object.hasOwn(INSTALL_KEYS, entries[1].key)
        ? `Options of a resource are indented further than its name.`
        : "Each resource is a list item of its own: - NAME.",
    });
    return undefined;
  }
  const [{ key, at, value }] = entries;
  const name = readResourceName(key, at, reader);
  const options: Partial<InstallOptions> = value.kind === "scalar" && value.value !== null
    ? reader.optional("installDir", readBoardPath(value, reader))
    : reader.keys(value, `the resource "${key}"`, INSTALL_KEYS);
  if (name === undefined) return undefined;
  const exclude = [...inherited.exclude, ...(options.exclude ?? [])];
  return { ...inherited, ...options, exclude, name, at };
}

function readResourceName(
  text: string | undefined,
  at: Position,
  reader: YamlReader,
): string | undefined {
  const name = text === undefined ? undefined : reader.expand(text, at);
  if (name === undefined) return undefined;
  const path = name.replace(/\/+$/, "");
  if (path === "" || /^[/~]/.test(path) || path.split("/").some((part) => /^\.{0,2}$/.test(part))) {
    reader.problem(at, `"${text}" cannot be a resource: it is no path below a folder`, {
      hint: "Name a file or folder of IOT_LIBS, or list its folder in the device's libs.",
    });
    return undefined;
  }
  return path;
}

/** A directory on the board. A relative one is meant from the root, where boards start. */
function readBoardPath(value: YamlNode, reader: YamlReader): string | undefined {
  const text = reader.string(value);
  const path = text === undefined ? undefined : reader.expand(text, value.at);
  if (path === undefined) return undefined;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path === "" || /^~|\0|\\/.test(path) || parts.includes("..")) {
    reader.problem(value.at, `"${text}" is no directory of a board`, {
      hint: "Write it from the board's root, as in /lib.",
    });
    return undefined;
  }
  return `/${parts.join("/")}`;
}

function readUid(value: YamlNode, reader: YamlReader): string | undefined {
  const text = value.kind === "scalar" ? value.text : "";
  const uid = normalizeUid(text);
  if (uid !== undefined) return uid;
  const what = value.kind === "scalar" && text !== "" ? `"${text}" is no UID` : "uid must be a UID";
  reader.problem(value.at, what, {
    hint: "A UID is hex bytes of two digits each, as in 24:0a:c4:12:87:7c; %uid prints a board's.",
  });
}

function readUrl(value: YamlNode, reader: YamlReader): string | undefined {
  const text = reader.string(value);
  const url = text === undefined ? undefined : reader.expand(text, value.at);
  if (url === undefined || /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(url)) return url;
  reader.problem(value.at, `"${text}" is no address`, {
    hint: "Addresses look like ws://192.168.1.20:8266 or serial:///dev/ttyACM0.",
  });
}

function readLibs(value: YamlNode, reader: YamlReader): string[] | undefined {
  const items = value.kind === "scalar" ? [value] : reader.list(value, "libs");
  const paths = items.map((item) => {
    const text = reader.string(item);
    return text === undefined ? undefined : reader.hostPath(text, item.at);
  });
  return paths.every((path) => path !== undefined) ? paths : undefined;
}
