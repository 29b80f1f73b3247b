/**
 * Changes to a device file that keep what its author wrote: comments, order, spaces, quotes.
 *
 * The text is changed where it must be and nowhere else, and read again: a file of an unusual shape
 * is written by the YAML library instead, which keeps comments but not every space.
 */

import { parseYaml, type YamlMap, type YamlNode } from "./yaml_tree.ts";

/** A change to the text of a device file. */
export type DeviceEdit =
  /** Adds a device, or the UID to one that has none. */
  | { readonly kind: "set-uid"; readonly name: string; readonly uid: string }
  /** Gives a device another name. */
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/**
 * The text with a change made. Pure.
 *
 * @param text a device file without problems, or an empty text
 * @throws {Error} when the text is no device file.
 */
export async function editDevices(text: string, edit: DeviceEdit): Promise<string> {
  const yaml = await import("yaml");
  const document = yaml.parseDocument(text, { prettyErrors: false });
  const root = document.contents;
  const name = edit.kind === "rename" ? edit.from : edit.name;
  const pair = yaml.isMap(root)
    ? root.items.find(({ key }) => yaml.isScalar(key) && keyText(key) === name)
    : undefined;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";

  const splice = edit.kind === "rename"
    ? rename(edit)
    : pair === undefined
    ? append(edit)
    : addUid(edit);
  const spliced = splice && text.slice(0, splice.start) + splice.text + text.slice(splice.end);
  if (spliced !== undefined && await isWhatWasMeant(text, spliced, edit)) return spliced;

  if (edit.kind === "set-uid") document.setIn([name, "uid"], document.createNode(edit.uid));
  else if (yaml.isScalar(pair?.key)) pair.key.value = edit.to;
  else throw new Error(`there is no device "${name}"`);
  return document.toString({ lineWidth: 0 });

  interface Splice {
    readonly start: number;
    readonly end: number;
    readonly text: string;
  }

  function rename({ to }: { to: string }): Splice | undefined {
    if (!yaml.isScalar(pair?.key) || !pair.key.range) return undefined;
    const [start, end] = pair.key.range;
    return { start, end, text: to };
  }

  function append({ name, uid }: { name: string; uid: string }): Splice | undefined {
    if (root !== null && !(yaml.isMap(root) && !root.flow)) return undefined;
    const gap = text === "" ? "" : /\n$/.test(text) ? newline : newline + newline;
    const entry = `${name}:${newline}    uid: ${quoted(uid)}${newline}`;
    return { start: text.length, end: text.length, text: gap + entry };
  }

  /** As the first of the device's keys, where people look for it. */
  function addUid({ uid }: { uid: string }): Splice | undefined {
    const value = pair?.value;
    if (yaml.isMap(value) && value.range && value.items.length > 0) {
      const start = value.range[0];
      if (value.flow) return { start: start + 1, end: start + 1, text: `uid: ${quoted(uid)}, ` };
      const indent = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
      if (!/^ +$/.test(indent)) return undefined;
      return { start, end: start, text: `uid: ${quoted(uid)}${newline}${indent}` };
    }
    const isNothing = yaml.isScalar(value) && value.value === null && !value.source;
    if (!isNothing || !yaml.isScalar(pair?.key) || !pair.key.range) return undefined;
    const lineEnd = /\r?\n|$/.exec(text.slice(pair.key.range[1]))!.index + pair.key.range[1];
    return { start: lineEnd, end: lineEnd, text: `${newline}    uid: ${quoted(uid)}` };
  }

  function keyText(key: { source?: string | undefined; value: unknown }): string {
    return key.source || String(key.value);
  }
}

/** Digits and colons alone are a number to older YAML. */
function quoted(uid: string): string {
  return /^[\d:]+$/.test(uid) ? `"${uid}"` : uid;
}

/** Whether `after` says what `before` says but for the edit. */
async function isWhatWasMeant(before: string, after: string, edit: DeviceEdit): Promise<boolean> {
  const [old, edited] = await Promise.all([parseYaml(before, ""), parseYaml(after, "")]);
  if (edited.problems.length > 0) return false;
  const wanted = new Map(old.root.kind === "map" ? entriesOf(old.root) : []);
  if (edit.kind === "rename") {
    wanted.set(edit.to, wanted.get(edit.from));
    wanted.delete(edit.from);
  } else wanted.set(edit.name, { ...wanted.get(edit.name) as object | null, uid: edit.uid });
  const sorted = (value: unknown) => JSON.stringify(value, sortKeys);
  return sorted(Object.fromEntries(wanted)) === sorted(meaning(edited.root));
}

/** What a node says, whichever way it is written. */
function meaning(node: YamlNode): unknown {
  if (node.kind === "map") return Object.fromEntries(entriesOf(node));
  if (node.kind === "list") return node.items.map(meaning);
  return node.value === null ? null : node.text;
}

function entriesOf({ entries }: YamlMap): [string, unknown][] {
  return entries.map(({ key, value }) => [key, meaning(value)]);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}
