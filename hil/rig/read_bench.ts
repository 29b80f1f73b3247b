/** Reads `bench.yaml`: every key there is, and everything that can be wrong with it. */

import { UsageError } from "@/base/errors.ts";
import { readText } from "@/config/device_files.ts";
import type { Environment } from "@/config/environment.ts";
import { ConfigError, type Position, type Problem } from "@/config/problem.ts";
import { type Keys, YamlReader } from "@/config/yaml_reader.ts";
import { parseYaml, type YamlEntry, type YamlNode } from "@/config/yaml_tree.ts";
import type { Bench, BoardSpec, BoardTimeouts, PowerControl, Wiring } from "./bench.ts";
import { readSource, SOURCE_KEYS, type SourceKeys } from "./read_source.ts";

/** Names stand in file names, lock names and XML. */
const BOARD_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,63}$/u;

/** Longer than this nobody waits for anything. */
const MAX_TIMEOUT_S = 3600;

/**
 * Reads a bench file.
 *
 * @throws {UsageError} when there is no such file.
 * @throws {ConfigError} with everything that is wrong in it.
 */
export async function readBench(path: string, environment: Environment): Promise<Bench> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw unreadable(path, cause);
    throw new UsageError(
      `There is no bench file "${path}". \`iot hil-test --init\` writes one from the boards that ` +
        "are connected; --bench FILE names another.",
      { cause },
    );
  }
  return await parseBench(text, { path, environment });
}

/**
 * Reads the text of a bench file, whose path is `path`.
 *
 * @throws {ConfigError} with everything that is wrong in it.
 */
export async function parseBench(
  text: string,
  { path, environment }: { readonly path: string; readonly environment: Environment },
): Promise<Bench> {
  const { root, problems } = await parseYaml(text, path);
  // What a broken file seems to say would only hide why it is broken.
  if (problems.length > 0) throw new ConfigError(problems);
  const reader = new YamlReader(environment);
  const { boards } = reader.keys<{ boards: BoardSpec[] }>(root, "the bench", {
    boards: (value) => ({ boards: readBoards(value, reader) }),
  });
  if (boards === undefined && reader.problems.length === 0) {
    reader.problem({ file: path, line: 0, column: 0 }, "the bench has no boards", {
      hint: "It begins with the line boards: and lists them below, as NAME: { uid: … }.",
    });
  }
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return { path, boards: boards ?? [] };
}

function readBoards(node: YamlNode, reader: YamlReader): BoardSpec[] {
  const boards: BoardSpec[] = [];
  const owners = new Map<string, BoardSpec>();
  const entries = reader.map(node, "boards");
  if (entries.length === 0) {
    reader.problem(node.at, "the bench has no boards", { hint: "Write NAME: { uid: … } below." });
  }
  for (const entry of entries) {
    const board = readBoard(entry, reader);
    if (board === undefined) continue;
    boards.push(board);
    const identity = identityOf(board);
    const other = identity === undefined ? undefined : owners.get(identity);
    if (identity === undefined) continue;
    if (other === undefined) owners.set(identity, board);
    else {
      reader.problem(board.at, `the board "${board.name}" is "${other.name}" once more`, {
        hint: `Line ${other.at.line} names the same board. A board is in a bench once.`,
      });
    }
  }
  return boards;
}

/** What two boards cannot share; undefined for those that the runner starts itself. */
function identityOf({ source }: BoardSpec): string | undefined {
  switch (source.kind) {
    case "uid":
      return `uid ${source.uid}`;
    case "url":
      return `url ${source.url}`;
    case "place":
      return `place ${source.place}`;
    case "usb":
      return `usb ${[source.vendor, source.product, source.serial, source.location].join(" ")}`;
    default:
      return undefined;
  }
}

/** A board's keys, but for those that say where it comes from. */
export interface BoardKeys extends SourceKeys {
  readonly has: string[];
  readonly wiring: Wiring;
  readonly power: PowerControl;
  readonly transports: string[];
  readonly quirks: Record<string, string>;
  readonly timeouts: BoardTimeouts;
}

/** What may be said of a board, and how it is read. */
export const BOARD_KEYS: Keys<BoardKeys> = {
  ...SOURCE_KEYS,
  has: (value, reader) => reader.optional("has", reader.strings(value)),
  wiring: (value, reader) => ({ wiring: readWiring(value, reader) }),
  power: (value, reader) => reader.optional("power", readPower(value, reader)),
  transports: (value, reader) => reader.optional("transports", readUrls(value, reader)),
  quirks: (value, reader) => ({ quirks: readQuirks(value, reader) }),
  timeouts: (value, reader) => ({ timeouts: reader.keys(value, "timeouts", TIMEOUT_KEYS) }),
};

function readBoard({ key: name, at, value }: YamlEntry, reader: YamlReader): BoardSpec | undefined {
  if (!BOARD_NAME.test(name)) {
    reader.problem(at, `"${name}" cannot be a board's name`, {
      hint: 'Use up to 64 letters, digits, "_", "-" and ".".',
    });
  }
  const before = reader.problems.length;
  const keys = reader.keys(value, `the board "${name}"`, BOARD_KEYS);
  // What is wrong with one key would be said again as the lack of it.
  if (reader.problems.length > before) return undefined;
  const source = readSource({ name, at }, keys, reader);
  if (source === undefined) return undefined;
  const { has = [], wiring = {}, power, transports = [], quirks = {}, timeouts = {} } = keys;
  return {
    ...{ name, source, has, wiring, transports, quirks, timeouts, at },
    ...(power !== undefined && { power }),
  };
}

function readWiring(node: YamlNode, reader: YamlReader): Wiring {
  const pins = (value: YamlNode, what: string, names: readonly string[]) => {
    const keys = Object.fromEntries(
      names.map((name) => [name, (pin: YamlNode) => reader.optional(name, readPin(pin, reader))]),
    );
    const found = reader.keys<Record<string, number | string>>(value, what, keys);
    const missing = names.filter((name) => found[name] === undefined);
    if (value.kind === "map" && missing.length > 0) {
      reader.problem(value.at, `${what} needs ${missing.join(" and ")}`, {
        hint: `Name a pin as machine.Pin takes it: ${missing[0]}: 4.`,
      });
    }
    return found;
  };
  return reader.keys<Wiring>(node, "wiring", {
    loopback: (value) => ({
      loopback: pins(value, "loopback", ["out", "in"]) as NonNullable<Wiring["loopback"]>,
    }),
    i2c: (value) => {
      type Bus = NonNullable<Wiring["i2c"]>;
      const bus = reader.keys<Bus>(value, "i2c", {
        id: (id) => reader.optional("id", reader.integer(id, { min: 0, max: 15 })),
        scl: (pin) => reader.optional("scl", readPin(pin, reader)),
        sda: (pin) => reader.optional("sda", readPin(pin, reader)),
        addresses: (list) => ({
          addresses: reader.list(list, "addresses")
            .map((item) => reader.integer(item, { min: 0x08, max: 0x77 }) ?? 0),
        }),
      });
      const missing = (["scl", "sda", "addresses"] as const).filter((key) =>
        bus[key] === undefined
      );
      if (missing.length > 0) {
        reader.problem(value.at, `i2c needs ${missing.join(" and ")}`, {
          hint: "As in i2c: { scl: 22, sda: 21, addresses: [0x3c] }.",
        });
      }
      return { i2c: bus as Bus };
    },
  });
}

/** A number, or a name such as `GP4`. */
function readPin(node: YamlNode, reader: YamlReader): number | string | undefined {
  if (node.kind === "scalar" && typeof node.value === "number") {
    return reader.integer(node, { min: 0, max: 255 });
  }
  const name = reader.string(node);
  if (name === undefined || /^[A-Za-z_][\w.]*$/.test(name)) return name;
  reader.problem(node.at, `"${name}" is no pin`, { hint: "Pins are numbers, or names like GP4." });
}

function readPower(node: YamlNode, reader: YamlReader): PowerControl | undefined {
  interface PowerKeys {
    readonly uhubctl: { location: string; port: number };
    readonly on: string;
    readonly off: string;
  }
  const { uhubctl, on, off } = reader.keys<PowerKeys>(node, "power", {
    uhubctl: (value) => {
      const hub = reader.keys<PowerKeys["uhubctl"]>(value, "uhubctl", {
        location: (text) => reader.optional("location", reader.string(text)),
        port: (number) => reader.optional("port", reader.integer(number, { min: 1, max: 31 })),
      });
      return { uhubctl: hub as PowerKeys["uhubctl"] };
    },
    on: (value) => reader.optional("on", reader.string(value)),
    off: (value) => reader.optional("off", reader.string(value)),
  });
  if (uhubctl !== undefined && on === undefined && off === undefined) {
    const { location, port } = uhubctl;
    if (location !== undefined && port !== undefined) return { kind: "uhubctl", location, port };
  } else if (uhubctl === undefined && on !== undefined && off !== undefined) {
    return { kind: "commands", on, off };
  }
  reader.problem(node.at, "power must say how it is switched on and off", {
    hint: "As in power: { uhubctl: { location: 1-1, port: 2 } } or power: { on: CMD, off: CMD }.",
  });
}

function readUrls(node: YamlNode, reader: YamlReader): string[] | undefined {
  const urls = reader.strings(node);
  for (const url of urls ?? []) {
    if (/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(url)) continue;
    reader.problem(node.at, `"${url}" is no address`, {
      hint: "Addresses look like ws://192.168.1.20:8266.",
    });
  }
  return urls;
}

function readQuirks(node: YamlNode, reader: YamlReader): Record<string, string> {
  const quirks: Record<string, string> = {};
  for (const { key, value } of reader.map(node, "quirks")) {
    const reason = reader.string(value);
    if (reason !== undefined) quirks[key] = reason;
  }
  return quirks;
}

const seconds = (name: keyof BoardTimeouts) => (value: YamlNode, reader: YamlReader) => {
  const given = reader.integer(value, { min: 1, max: MAX_TIMEOUT_S });
  return reader.optional(name, given === undefined ? undefined : given * 1000);
};

/** In seconds in the file, as people write them there. */
const TIMEOUT_KEYS: Keys<BoardTimeouts> = {
  check: seconds("checkMs"),
  boot: seconds("bootMs"),
  wait: seconds("waitMs"),
};

function unreadable(path: string, cause: unknown): ConfigError {
  const at: Position = { file: path, line: 0, column: 0 };
  const message = cause instanceof Deno.errors.PermissionDenied
    ? "permission denied"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  const problem: Problem = { ...at, message };
  return new ConfigError([problem], { cause });
}
