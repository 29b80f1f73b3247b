/** `config.yaml`: the `IOT*` settings for those who have no environment, as under a desktop. */

import { closest } from "@/base/text.ts";
import { type FileSettings, separatorOf, SETTING_NAMES, type SettingName } from "./environment.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { parseYaml, type YamlEntry } from "./yaml_tree.ts";

/**
 * A line that means the same in YAML and to us: a name, and a text of letters that YAML gives no
 * meaning to. Most files have only such lines, and then loading YAML (25 ms) is not needed.
 */
const PLAIN_LINE =
  /^([A-Z][A-Z0-9_]*): +([\w/$~.][\w/$~.{}+@=-]*(?:[ :][\w/$~.{}+@=-]+|:\/\/[\w/$~.{}+@=-]+)*)[ \t]*(?: #.*)?$/;

/** What a `config.yaml` sets. A list is joined as the environment variable would be. */
export async function readSettings(text: string | Error, file: string): Promise<FileSettings> {
  if (text instanceof Error) {
    const message = `cannot be read: ${text.message}`;
    return new ConfigError([{ file, line: 0, column: 0, message }], { cause: text });
  }
  return readPlain(text) ?? await readYaml(text, file);
}

/** The settings of a file that has only plain lines, each of another setting. */
export function readPlain(text: string): Partial<Record<SettingName, string>> | undefined {
  const values: Partial<Record<SettingName, string>> = {};
  for (const line of text.split(/\r?\n/)) {
    if (/^(?:#|$)/.test(line)) continue;
    const [, name, value] = PLAIN_LINE.exec(line) ?? [];
    if (!isSetting(name) || values[name] !== undefined) return undefined;
    values[name] = value;
  }
  return values;
}

/** The settings of any YAML file. */
export async function readYaml(text: string, file: string): Promise<FileSettings> {
  const { root, problems: found } = await parseYaml(text, file);
  const problems: Problem[] = [...found];
  const values: Partial<Record<SettingName, string>> = {};
  if (root.kind === "map") {
    for (const entry of root.entries) {
      const value = readSetting(entry, problems);
      if (value !== undefined && isSetting(entry.key)) values[entry.key] = value;
    }
  } else if (root.kind === "list" || root.value !== null) {
    const hint = "Settings are lines like IOT: ~/projects.";
    problems.push({ ...root.at, message: "there must be settings, NAME: VALUE", hint });
  }
  return problems.length > 0 ? new ConfigError(problems) : values;
}

function readSetting({ key, at, value }: YamlEntry, problems: Problem[]): string | undefined {
  if (!isSetting(key)) {
    const near = closest(key.toUpperCase(), SETTING_NAMES);
    const hint = near ? `Did you mean "${near}"?` : `There are ${SETTING_NAMES.join(", ")}.`;
    problems.push({ ...at, message: `unknown setting "${key}"`, hint });
    return undefined;
  }
  // The tilde is YAML's word for nothing, and ours for the home directory.
  if (value.kind === "scalar") return value.text;
  const separator = separatorOf(key);
  if (value.kind === "list" && separator !== undefined) {
    const texts = value.items.map((item) => item.kind === "scalar" ? item.text : undefined);
    if (texts.every((text) => text !== undefined)) return texts.join(separator);
  }
  const what = separator === undefined ? "a text" : "a text or a list of texts";
  problems.push({ ...value.at, message: `${key} must be ${what}` });
  return undefined;
}

function isSetting(name: string | undefined): name is SettingName {
  return SETTING_NAMES.some((known) => known === name);
}
