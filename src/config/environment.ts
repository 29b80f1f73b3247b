/** The `IOT*` settings and the process environment, as commands see them. */

import { UsageError } from "@/base/errors.ts";

/** Defaults of the settings that are paths. Source: the specification's table of variables. */
const DEFAULTS: Readonly<Record<string, string>> = {
  IOT: "~",
  IOT49: "$IOT/iot49",
  IOT_DEVICES: "$IOT49/devices",
  IOT_SECRETS: "$IOT49/libs/secrets.py",
  IOT_LIBS: "$IOT49/libs",
};

/** Variables that refer to each other deeper than this refer to each other in a circle. */
const MAX_EXPANSION_DEPTH = 20;

const REFERENCE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/** Read access to the environment, with the defaults of `IOT*` filled in and paths expanded. */
export class Environment {
  readonly #variables: Readonly<Record<string, string>>;

  /** @param variables the process environment, usually `Deno.env.toObject()` */
  constructor(variables: Readonly<Record<string, string>>) {
    this.#variables = variables;
  }

  /** A variable as it is set, unexpanded; `undefined` where it is unset or empty. */
  raw(name: string): string | undefined {
    return this.#variables[name] || undefined;
  }

  /**
   * Expands `~`, `$VAR` and `${VAR}` in `text`; `IOT*` have their defaults where unset.
   *
   * @throws {UsageError} when a variable is not defined, or refers to itself.
   */
  expand(text: string): string {
    return this.#expand(text, 0);
  }

  #expand(text: string, depth: number): string {
    if (depth > MAX_EXPANSION_DEPTH) {
      throw new UsageError(
        `Cannot expand "${text}": its variables refer to each other in a circle.`,
      );
    }
    const home = text.replace(/^~(?=\/|$)/, () => this.#lookUp("HOME", text, depth));
    return home.replace(
      REFERENCE,
      (_, braced, plain) => this.#lookUp(braced ?? plain, text, depth),
    );
  }

  #lookUp(name: string, text: string, depth: number): string {
    const value = this.raw(name) ?? DEFAULTS[name];
    if (value === undefined) {
      throw new UsageError(`Cannot expand "${text}": the variable ${name} is not set.`);
    }
    // Only our own settings are written with references; others are taken as they are.
    return name in DEFAULTS ? this.#expand(value, depth + 1) : value;
  }

  /**
   * Addresses that discovery probes besides USB ports (`IOT_PORTS`, separated by spaces), expanded.
   *
   * @throws {UsageError} when a variable in them is not defined.
   */
  ports(): string[] {
    return this.expand(this.raw("IOT_PORTS") ?? "").split(/\s+/).filter((port) => port !== "");
  }

  /** The device to use when nothing else says which (`IOT_DEVICE`). */
  defaultDevice(): string | undefined {
    return this.raw("IOT_DEVICE");
  }
}
