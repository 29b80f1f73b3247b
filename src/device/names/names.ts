/**
 * Asks a board about names: what there is, and what it is. No question runs code of the user's, and
 * none leaves a name behind.
 */

import { Interrupted } from "@/base/errors.ts";
import type { Outcome } from "@/base/outcome.ts";
import { ReplError } from "@/repl/repl_error.ts";
import { compact } from "../compact.ts";
import type { Device } from "../device.ts";
import attributes from "./attributes.py" with { type: "text" };
import describe from "./describe.py" with { type: "text" };
import find from "./find.py" with { type: "text" };
import folder from "./folder.py" with { type: "text" };
import item from "./item.py" with { type: "text" };
import keys from "./keys.py" with { type: "text" };
import kind from "./kind.py" with { type: "text" };
import main from "./main.py" with { type: "text" };
import modules from "./modules.py" with { type: "text" };
import plain from "./plain.py" with { type: "text" };

/** What a name stands for. */
export type NameKind = "class" | "function" | "instance" | "module" | "property";

/** Names and what they stand for. */
export type Names = ReadonlyMap<string, NameKind>;

/** An object on the board: an expression that runs nothing, and the attributes to follow from it. */
export interface ObjectPath {
  /** A name, or an expression of ours. */
  readonly root: string;
  /** Names, or `[0]` and `["key"]` for an item of a list, tuple or dict, as Python writes them. */
  readonly attributes: readonly string[];
}

/** What is known about an object. */
export interface Description {
  readonly kind: NameKind;
  /** E.g. `int`. */
  readonly type: string;
  /** Its `repr`, perhaps cut off; absent where showing it would run code of the user's. */
  readonly value?: string;
}

/** What is in a folder of the board. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What asking may be told. */
export interface AskOptions {
  /** Interrupts the board. */
  readonly signal: AbortSignal;
}

/** An answer that is longer is of no use to anybody: the board is stopped. */
const MAX_ANSWER_BYTES = 64 * 1024;

const KINDS: Readonly<Record<string, NameKind>> = {
  c: "class",
  f: "function",
  i: "instance",
  m: "module",
  p: "property",
};

/** The names in `__main__`, and those that are built in where they are asked for. */
export async function namesInMain(
  device: Device,
  { builtin, signal }: AskOptions & { readonly builtin: boolean },
): Promise<{ main: Names; builtin?: Names } | undefined> {
  const lines = await ask(device, [kind, main], `_iot_main(${builtin ? 1 : 0})`, {
    about: [],
    signal,
  });
  if (lines === undefined) return undefined;
  const end = builtin ? lines.indexOf("") : lines.length;
  return {
    main: readNames(lines.slice(0, end)),
    ...(builtin && { builtin: readNames(lines.slice(end + 1)) }),
  };
}

/** What an object has; undefined when that cannot be found out. */
export async function attributesOf(
  device: Device,
  path: ObjectPath,
  { signal }: AskOptions,
): Promise<Names | undefined> {
  const question = `_iot_attributes(${findCall(path)})`;
  const lines = await ask(
    device,
    [...new Set([kind, plain, ...finder(path), attributes])],
    question,
    {
      about: namesOf(path),
      signal,
    },
  );
  return lines && readNames(lines);
}

/**
 * What an object is; undefined when that cannot be found out.
 *
 * @param options `show` runs the object's own `__repr__`, if it has one
 */
export async function describeObject(
  device: Device,
  path: ObjectPath,
  { show, signal }: AskOptions & { readonly show: boolean },
): Promise<Description | undefined> {
  const question = `_iot_describe(${findCall(path)},${show ? 1 : 0})`;
  const lines = await ask(device, [kind, ...finder(path), describe], question, {
    about: namesOf(path),
    signal,
  });
  if (lines === undefined || lines.length < 2) return undefined;
  const [letter, type, ...value] = lines;
  return {
    kind: KINDS[letter] ?? "instance",
    type: /^<class '(.*)'>$/.exec(type)?.[1] ?? type,
    ...(value.length > 0 && { value: value.join("\n") }),
  };
}

/** The modules that can be imported; with `package`, a folder, what is in it. */
export async function modulesOn(
  device: Device,
  { inPackage = "", signal }: AskOptions & { readonly inPackage?: string },
): Promise<ReadonlySet<string> | undefined> {
  const question = `_iot_modules(${JSON.stringify(inPackage)})`;
  const lines = await ask(device, [modules], question, { about: [], signal });
  if (lines === undefined) return undefined;
  return readModules(lines, { packageName: inPackage.replaceAll("/", ".") });
}

/** What is in a folder; undefined when there is none of that name. */
export async function entriesOf(
  device: Device,
  path: string,
  { signal }: AskOptions,
): Promise<FolderEntry[] | undefined> {
  const lines = await ask(device, [folder], `_iot_folder(${pythonString(path)})`, {
    about: [],
    signal,
  });
  return lines?.map((line) => ({ name: line.slice(1), isFolder: line[0] === "d" }));
}

/** The keys of a dict, as far as they are strings of a line; undefined when it cannot be had. */
export async function keysOf(
  device: Device,
  path: ObjectPath,
  { signal }: AskOptions,
): Promise<string[] | undefined> {
  const question = `_iot_keys(${findCall(path)})`;
  const parts = [...new Set([kind, ...finder(path), keys])];
  return await ask(device, parts, question, { about: namesOf(path), signal });
}

/** What is needed to find an object. */
function finder({ attributes }: ObjectPath): string[] {
  return [
    ...(attributes.some((name) => !isItem(name)) ? [find, plain] : []),
    ...(attributes.some(isItem) ? [item] : []),
  ];
}

function isItem(attribute: string): boolean {
  return attribute.startsWith("[");
}

/** The names that may turn out to be missing. */
function namesOf({ root, attributes }: ObjectPath): string[] {
  return [root, ...attributes, "modules", "__dict__"];
}

function findCall({ root, attributes }: ObjectPath): string {
  let call = root;
  let names: string[] = [];
  const follow = () => {
    if (names.length > 0) call = `_iot_find(${[call, ...names.map(pythonString)].join(",")})`;
    names = [];
  };
  for (const attribute of attributes) {
    if (!isItem(attribute)) {
      names.push(attribute);
      continue;
    }
    follow();
    call = `_iot_item(${call},${attribute.slice(1, -1)})`;
  }
  follow();
  return call;
}

/** What an exception names that is an answer: there is no such thing, or it cannot be had safely. */
const DENIALS = ["KeyError", "IndexError", "AttributeError", "NameError", "OSError", "MemoryError"];

/**
 * The lines that a question prints; undefined when it raises or says too much.
 *
 * @throws {ReplError} `exception` when it raises what is no answer.
 * @param options `about`: the names that an exception may say are missing
 */
async function ask(
  device: Device,
  parts: readonly string[],
  question: string,
  { about, signal }: AskOptions & { readonly about: readonly string[] },
): Promise<string[] | undefined> {
  const names = parts.map((part) => /^def (\w+)/m.exec(part)![1]);
  const program = `${parts.map(compact).join("")}try:\n ${question}\nfinally:\n del ${names}\n`;
  let answer = await output(device, program, signal);
  if (isMemoryError(answer.outcome)) answer = await askInParts();
  const { outcome, text } = answer;
  if (outcome.status === "ok") return text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const { ename, evalue } = outcome;
  const isDenial = DENIALS.includes(ename) &&
    (!/^(?:Name|Attribute)Error$/.test(ename) ||
      about.some((name) => evalue.includes(`'${name}'`)));
  if (isDenial || signal.aborted || outcome.origin === "iot") return undefined;
  throw new ReplError(
    "exception",
    device.url,
    `A question about names failed on the board at ${device.url}: ${ename}: ${evalue}`,
  );

  /** What a small board cannot compile at once it may be able to function by function. */
  async function askInParts(): Promise<Answer> {
    try {
      for (const part of parts) {
        const defined = await output(device, compact(part), signal);
        if (defined.outcome.status === "error") return defined;
      }
      return await output(device, question, signal);
    } finally {
      // Whatever was interrupted, the names go. One by one, as that needs the least memory.
      for (const name of names) {
        await output(device, `globals().pop('${name}',0)`, new AbortController().signal);
      }
    }
  }
}

function isMemoryError(outcome: Outcome): boolean {
  return outcome.status === "error" && outcome.ename === "MemoryError";
}

/** How a question ended, and what it printed. */
interface Answer {
  readonly outcome: Outcome;
  readonly text: string;
}

async function output(
  device: Device,
  program: string,
  signal: AbortSignal,
): Promise<Answer> {
  const enough = new AbortController();
  const decoder = new TextDecoder();
  let text = "";
  const outcome = await device.exec(program, {
    onOutput: (chunk) => {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_ANSWER_BYTES) enough.abort(new Interrupted());
    },
    signal: AbortSignal.any([signal, enough.signal]),
  });
  return { outcome, text };
}

function readNames(lines: readonly string[]): Names {
  const names = new Map<string, NameKind>();
  for (const line of lines) {
    // Names that are none stand in dictionaries as well: "<module>", "utf-8".
    if (!/^[a-z][\p{L}_][\p{L}\p{N}_]*$/u.test(line)) continue;
    const name = line.slice(1);
    const kind = KINDS[line[0]] ?? "instance";
    if (kind !== "instance" || !names.has(name)) names.set(name, kind);
  }
  return names;
}

/**
 * The modules in an answer of three parts: the words of `help('modules')`, the names of loaded
 * modules, and names of files.
 */
function readModules(
  lines: readonly string[],
  { packageName }: { readonly packageName: string },
): Set<string> {
  const end = lines.lastIndexOf("");
  const middle = lines.lastIndexOf("", end - 1);
  const help = lines.slice(0, Math.max(0, middle)).filter((line) => line.trim() !== "");
  const found = new Set<string>();
  const add = (name: string) => {
    if (/^[^\W\d]\w*(?:\.[^\W\d]\w*)*$/.test(name)) found.add(name);
  };
  // Its last line is a remark: "Plus any modules on the filesystem".
  const isList = !help.some((line) => line.includes(" -- "));
  const words = isList ? help.slice(0, -1).flatMap((line) => line.trim().split(/\s+/)) : [];
  for (const word of words) add(word.replace(/\/__init__$/, "").replaceAll("/", "."));
  for (const name of lines.slice(middle + 1, end)) {
    if (packageName === "" || name.startsWith(`${packageName}.`)) add(name);
  }
  for (const file of lines.slice(end + 1)) {
    const [, name] = /^(\w+)(?:\.m?py)?$/.exec(file) ?? [];
    if (name) add(packageName === "" ? name : `${packageName}.${name}`);
  }
  found.delete("__main__");
  return found;
}

/** A string as Python writes it; JSON's escapes are Python's. */
function pythonString(text: string): string {
  return JSON.stringify(text);
}
