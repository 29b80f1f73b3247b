/** The `IOT*` settings and the process environment, as commands see them. */

import { UsageError } from "@/base/errors.ts";
import type { ConfigError } from "./problem.ts";
import { place } from "./places.ts";

/** One `IOT*` setting. */
interface Setting {
  /** Where nothing sets it. Source: the specification's table of variables. */
  readonly fallback?: string;
  /** What separates its parts, for a list. */
  readonly separator?: string;
  /** Whether it is taken as it is, without `~` and `$VAR` expanded. */
  readonly literal?: true;
}

/** All settings, by name. */
const SETTINGS = {
  IOT: { fallback: "~" },
  IOT49: { fallback: "$IOT/iot49" },
  IOT_DEVICES: { fallback: "$IOT49/devices", separator: ":" },
  IOT_SECRETS: { fallback: "$IOT49/libs/secrets.py" },
  IOT_LIBS: { fallback: "$IOT49/libs", separator: ":" },
  IOT_PORTS: { separator: " " },
  IOT_DEVICE: { literal: true },
  IOT_PYTHON: {},
  IOT_MPY_CROSS: {},
  IOT_ENGINE: {},
  IOT_HOST: {},
  IOT_LOG: {},
  IOT_LOGLEVEL: { literal: true },
  IOT_TRACE: {},
  IOT_SEED: { literal: true },
} satisfies Readonly<Record<string, Setting>>;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** All settings' names. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** What separates the parts of a setting; undefined for one that is no list. */
export function separatorOf(name: SettingName): string | undefined {
  return (SETTINGS[name] as Setting).separator;
}

/** What `config.yaml` sets, or why it cannot be used. */
export type FileSettings = Readonly<Partial<Record<SettingName, string>>> | ConfigError;

/**
 * Where balenaOS serves ssh to containers. Source: iot49's kernel, `iot_kernel/magics/ssh.py`,
 * `service_magic`.
 */
const BALENA_HOST = "ssh://root@172.17.0.1:22222";

/** Variables that refer to each other deeper than this refer to each other in a circle. */
const MAX_EXPANSION_DEPTH = 20;

const REFERENCE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/**
 * Has a kernel use this board before the one that its notebook remembers: how `iot execute -d` tells
 * the kernel that it starts. It is taken out of the process's environment as it is read, for it is
 * not meant for programs that cells start.
 */
export const CHOSEN_DEVICE = "IOT_CHOSEN_DEVICE";

/** Read access to the environment, with the defaults of `IOT*` filled in and paths expanded. */
export class Environment {
  readonly #variables: Readonly<Record<string, string>>;
  readonly #file: FileSettings;

  /**
   * @param variables the process environment, usually `Deno.env.toObject()`
   * @param file what `config.yaml` sets; the process environment wins over it
   */
  constructor(variables: Readonly<Record<string, string>>, file: FileSettings = {}) {
    this.#variables = variables;
    this.#file = file;
  }

  /**
   * The environment of this process, and what the user's `config.yaml` adds to it. A file that
   * cannot be used stops only those who ask for what it might set.
   */
  static async open(variables: Readonly<Record<string, string>>): Promise<Environment> {
    const path = configFile((name) => variables[name] || undefined);
    const text = path && await Deno.readTextFile(path).catch(whatIsWrong);
    if (!text) return new Environment(variables);
    const { readSettings } = await import("./settings_file.ts");
    return new Environment(variables, await readSettings(text, path));
  }

  /**
   * A variable as it is set, unexpanded; `undefined` where it is unset or empty.
   *
   * @throws {ConfigError} when `config.yaml` might set it but cannot be used.
   */
  raw(name: string): string | undefined {
    return (this.#variables[name] || undefined) ??
      (isSetting(name) ? this.#fromFile()[name] : undefined);
  }

  #fromFile(): Exclude<FileSettings, ConfigError> {
    if (this.#file instanceof Error) throw this.#file;
    return this.#file;
  }

  /** What is wrong with `config.yaml`, if anything. */
  get fileError(): ConfigError | undefined {
    return this.#file instanceof Error ? this.#file : undefined;
  }

  /**
   * Expands `~`, `$VAR` and `${VAR}` in `text`; `IOT*` have their defaults where unset.
   *
   * @throws {UsageError} when a variable is not defined, or refers to itself.
   */
  expand(text: string): string {
    return this.#expand(text, { depth: 0 });
  }

  /**
   * A path of the host as the user wrote it, expanded and absolute: relative means below `$IOT`.
   *
   * @throws {UsageError} as {@linkcode expand} does.
   */
  path(text: string): string {
    const path = this.expand(text);
    return isAbsolute(path) ? path : `${this.#base()}/${path}`;
  }

  /**
   * The paths that a setting names: one, or all of a list's.
   *
   * @throws {UsageError} as {@linkcode expand} does.
   */
  paths(name: "IOT" | "IOT49" | "IOT_DEVICES" | "IOT_SECRETS" | "IOT_LIBS"): string[] {
    // Expanded first: a variable may stand for several.
    return this.expand(`$${name}`).split(":").filter((path) => path !== "")
      .map((path) => isAbsolute(path) ? path : `${this.#base()}/${path}`);
  }

  /** `$IOT`; where that is relative itself, the home directory is all that it can be below. */
  #base(): string {
    const base = this.expand("$IOT");
    return isAbsolute(base) ? base : `${this.expand("~")}/${base}`;
  }

  /** The process environment, unexpanded and without defaults. */
  get variables(): Readonly<Record<string, string>> {
    return this.#variables;
  }

  /**
   * The value of a setting, expanded; `undefined` where it has none.
   *
   * @throws {UsageError} as {@linkcode expand} does.
   * @throws {ConfigError} as {@linkcode raw} does.
   */
  setting(name: SettingName): string | undefined {
    const { fallback, literal }: Setting = SETTINGS[name];
    const raw = this.raw(name) ?? fallback;
    return raw === undefined || literal ? raw : this.expand(`$${name}`);
  }

  /**
   * The values of all settings that have one, expanded.
   *
   * @throws as {@linkcode setting} does.
   */
  settings(): Partial<Record<SettingName, string>> {
    const values: Partial<Record<SettingName, string>> = {};
    for (const name of SETTING_NAMES) {
      const value = this.setting(name);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }

  #expand(text: string, { depth, isList = false }: { depth: number; isList?: boolean }): string {
    if (depth > MAX_EXPANSION_DEPTH) {
      throw new UsageError(
        `Cannot expand "${text}": its variables refer to each other in a circle.`,
      );
    }
    const tilde = isList ? /(?<=^|:)~(?=[/:]|$)/g : /^~(?=\/|$)/;
    const home = text.replace(tilde, () => this.#home(text));
    return home.replace(
      REFERENCE,
      (_, braced, plain) => this.#lookUp(braced ?? plain, text, depth),
    );
  }

  #home(text: string): string {
    const home = this.raw("HOME") ?? this.raw("USERPROFILE");
    if (home !== undefined) return home;
    throw new UsageError(`Cannot expand "${text}": the variable HOME is not set.`);
  }

  #lookUp(name: string, text: string, depth: number): string {
    const setting: Setting | undefined = isSetting(name) ? SETTINGS[name] : undefined;
    const value = this.raw(name) ?? setting?.fallback;
    if (value === undefined) {
      throw new UsageError(`Cannot expand "${text}": the variable ${name} is not set.`);
    }
    // Only our own settings are written with references; others are taken as they are.
    if (setting === undefined || setting.literal) return value;
    return this.#expand(value, { depth: depth + 1, isList: setting.separator === ":" });
  }

  /**
   * Addresses that discovery probes besides USB ports (`IOT_PORTS`, separated by spaces), expanded.
   *
   * @throws {UsageError} when a variable in them is not defined.
   */
  ports(): string[] {
    return this.expand(this.raw("IOT_PORTS") ?? "").split(/\s+/).filter((port) => port !== "");
  }

  /**
   * This computer's Python, a path or a program's name (`IOT_PYTHON`).
   *
   * @throws {UsageError} when a variable in it is not defined.
   */
  python(): string {
    return this.expand(this.raw("IOT_PYTHON") ?? "python3");
  }

  /**
   * The compiler of `.mpy` files, a path or a program's name (`IOT_MPY_CROSS`).
   *
   * @throws {UsageError} when a variable in it is not defined.
   */
  mpyCross(): string {
    return this.expand(this.raw("IOT_MPY_CROSS") ?? "mpy-cross");
  }

  /**
   * The file that a log or a trace goes to, where one does. A relative path is below the working
   * directory.
   *
   * @throws {UsageError} when a variable in it is not defined.
   */
  recordFile(name: "IOT_LOG" | "IOT_TRACE"): string | undefined {
    const path = this.raw(name);
    return path === undefined ? undefined : this.expand(path);
  }

  /**
   * What runs containers, a path or a program's name (`IOT_ENGINE`); undefined where that is not said.
   *
   * @throws {UsageError} when a variable in it is not defined.
   */
  engine(): string | undefined {
    const program = this.raw("IOT_ENGINE");
    return program === undefined ? undefined : this.expand(program);
  }

  /**
   * Where ssh reaches the computer that runs the containers (`IOT_HOST`), `[USER@]HOST` or
   * `ssh://[USER@]HOST[:PORT]`.
   *
   * @throws {UsageError} when a variable in it is not defined.
   */
  containerHost(): string {
    return this.expand(this.raw("IOT_HOST") ?? BALENA_HOST);
  }

  /** The device to use when nothing else says which (`IOT_DEVICE`). */
  defaultDevice(): string | undefined {
    return this.raw("IOT_DEVICE");
  }
}

/** Where the user's `config.yaml` is, or would be; undefined where there is no home. */
export function configFile(variables: (name: string) => string | undefined): string | undefined {
  try {
    return `${place("config", variables)}/config.yaml`;
  } catch {
    return undefined; // a process without a home has no settings
  }
}

/** No file, no settings; one that cannot be read is a problem of its own. */
function whatIsWrong(error: unknown): Error | undefined {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
  return error instanceof Error ? error : new Error(String(error));
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function isAbsolute(path: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path);
}
