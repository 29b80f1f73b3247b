/** Packages as pip's users name them: on a command line, and in a requirements file. */

import { UsageError } from "@/base/errors.ts";
import { normalizeName } from "./pip.ts";

/** One package that is wanted from PyPI. */
export interface Requirement {
  /** As pip reads it. */
  readonly text: string;
  /** Normalised; undefined for a URL or a path. */
  readonly name?: string;
  /** The one version that will do. */
  readonly version?: string;
  /** Whether it asks for no particular version at all. */
  readonly isOpen: boolean;
}

/**
 * Reads `adafruit-io`, `name==1.0`, `name>=1; python_version > "3"`, a URL or a path.
 *
 * @throws {UsageError} for what pip would take for an option, or for several.
 */
export function readRequirement(text: string): Requirement {
  if (text === "" || text.startsWith("-") || /[\r\n]/.test(text)) {
    throw new UsageError(`${JSON.stringify(text)} is no package: write its name on PyPi.`);
  }
  const [, name, rest] = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/s
    .exec(text) ?? [];
  const isName = name !== undefined && !/^[/:\\+]|^@/.test(rest) &&
    !/\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)$/.test(name);
  if (!isName) return { text, isOpen: false };
  const [, version] = /^===?\s*([^\s,;*]+)\s*(?:[;\s].*)?$/s.exec(rest) ?? [];
  const isOpen = rest === "" || rest.startsWith(";");
  return { text, name: normalizeName(name), ...(version !== undefined && { version }), isOpen };
}

/**
 * The packages that a requirements file names. pip's documentation, "Requirements File Format".
 *
 * @throws {UsageError} for options in it, which are the command's own here.
 */
export function readRequirements(text: string, where: string): Requirement[] {
  const requirements: Requirement[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const number = index + 1;
    let line = lines[index];
    while (line.endsWith("\\") && index + 1 < lines.length) {
      line = `${line.slice(0, -1)} ${lines[++index].trim()}`;
    }
    const plain = line.replace(/(?:^|\s)#.*$/, "").trim();
    if (plain === "") continue;
    if (plain.startsWith("-")) {
      throw new UsageError(
        `Cannot use ${where}:${number}: "${plain}" is an option. Name packages only; options such ` +
          "as --index-url belong to the command.",
      );
    }
    requirements.push(readRequirement(plain));
  }
  return requirements;
}
