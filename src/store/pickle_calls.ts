/**
 * What pickles write as calls though it is only data: `bytearray(b'…')`, `array('h', [1, 2])`. These
 * few are known by name and read as the values they stand for; nothing is ever called. All else is
 * {@linkcode Foreign}, under the name of its type.
 */

import { bytesOfLatin1 } from "./pickle_bytes.ts";
import {
  type Bytes,
  type Foreign,
  holdsFloats,
  isTypecode,
  type Items,
  type Value,
} from "./value.ts";

/** A class or function that a pickle names. As a part of a value it does not cross. */
export interface Named extends Foreign {
  /** E.g. `builtins.bytearray`. */
  readonly global: string;
}

/** What the arguments of a call may be. */
export type Argument = Value | Foreign | Named;

/** Reads the arguments; undefined where they are not as Python writes them. */
type Call = (args: readonly Argument[]) => Value | undefined;

/** Python 2's names, which protocols 0 to 2 use. Source: CPython, Lib/_compat_pickle.py. */
const OLD_MODULES: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
]);

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  // How protocols 0 to 2 write bytes: text in Latin-1.
  ["_codecs.encode", ([text, encoding]) => bytesFromText("bytes", text, encoding)],
  ["builtins.bytes", (args) => args.length === 0 ? bytes("bytes", new Uint8Array()) : undefined],
  ["builtins.bytearray", ([content, encoding]) => {
    if (content === undefined) return bytes("bytearray", new Uint8Array());
    if (typeof content === "string") return bytesFromText("bytearray", content, encoding);
    return isBytes(content) ? bytes("bytearray", content.data) : undefined;
  }],
  [
    "builtins.complex",
    ([real, imaginary]) =>
      typeof real === "number" && typeof imaginary === "number"
        ? { kind: "complex", real, imaginary }
        : undefined,
  ],
  ["builtins.set", (args) => setOf("set", args)],
  ["builtins.frozenset", (args) => setOf("frozenset", args)],
  [
    "array.array",
    ([typecode, items]) =>
      typeof typecode === "string" && isList(items) ? arrayOf(typecode, items.items) : undefined,
  ],
  [
    "array._array_reconstructor",
    ([type, typecode, format, data]) =>
      isNamed(type) && type.global === "array.array" && typeof typecode === "string" &&
        typeof format === "bigint" && isBytes(data)
        ? arrayFromMachine(typecode, Number(format), data.data)
        : undefined,
  ],
]);

/** Functions that make an object of the class that is their first argument. */
const MAKERS = /^(?:copyreg\.(?:_reconstructor|__newobj(?:_ex)?__)|numpy\..*\._?reconstruct)$/;

/** What a pickle names, under the name that Python 3 has for it. */
export function named(module: string, name: string): Named {
  const global = `${OLD_MODULES.get(module) ?? module}.${name}`;
  const isScalar = /^numpy\..*\.scalar$/.test(global);
  return {
    kind: "foreign",
    type: isScalar ? "numpy.number" : global.replace(/^builtins\./, ""),
    global,
  };
}

/** What a call would make: a value, or what it is that does not cross. */
export function readCall(callee: Argument, args: readonly Argument[]): Value | Foreign {
  if (!isNamed(callee)) return foreign(callee);
  const value = CALLS.get(callee.global)?.(args);
  if (value !== undefined) return value;
  const [type] = args;
  return foreign(MAKERS.test(callee.global) && isNamed(type) ? type : callee);
}

/** An object of the class `what`, which does not cross. */
export function foreign(what: Argument): Foreign {
  return { kind: "foreign", type: isForeign(what) ? what.type : "object" };
}

function isBytes(value: Argument | undefined): value is Bytes {
  return typeof value === "object" && value?.kind === "bytes";
}

function isList(value: Argument | undefined): value is Items {
  return typeof value === "object" && value?.kind === "list";
}

function isForeign(value: Argument | undefined): value is Foreign {
  return typeof value === "object" && value?.kind === "foreign";
}

function isNamed(value: Argument | undefined): value is Named {
  return isForeign(value) && "global" in value;
}

function bytes(kind: "bytes" | "bytearray", data: Uint8Array): Bytes {
  return { kind, data };
}

function bytesFromText(
  kind: "bytes" | "bytearray",
  text: Argument | undefined,
  encoding: Argument | undefined,
): Value | undefined {
  if (typeof text !== "string" || typeof encoding !== "string") return undefined;
  if (!/^(?:latin|iso-?8859)-?1$/i.test(encoding)) return undefined;
  const data = bytesOfLatin1(text);
  return data && bytes(kind, data);
}

function setOf(kind: "set" | "frozenset", args: readonly Argument[]): Value | undefined {
  if (args.length === 0) return { kind, items: [] };
  return isList(args[0]) ? { kind, items: args[0].items } : undefined;
}

function arrayOf(typecode: string, items: readonly Value[]): Value | undefined {
  if (!isTypecode(typecode)) return { kind: "array", typecode, items: [] };
  return fit(typecode, items)
    ? { kind: "array", typecode, items: items as (number | bigint)[] }
    : undefined;
}

function fit(typecode: string, items: readonly Value[]): boolean {
  return holdsFloats(typecode)
    ? items.every((item) => typeof item === "number")
    : items.every((item) => typeof item === "bigint");
}

/** One way to keep a number in memory. */
interface MachineFormat {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => bigint | number;
}

/**
 * The machine formats 0 to 17: first each in little-endian, then in big-endian where that differs.
 * Source: CPython, Modules/arraymodule.c, enum machine_format_code.
 */
const SINGLE_BYTES: readonly MachineFormat[] = [
  { bytes: 1, read: (view, at) => BigInt(view.getUint8(at)) },
  { bytes: 1, read: (view, at) => BigInt(view.getInt8(at)) },
];
const MANY_BYTES: readonly MachineFormat[] = [
  { bytes: 2, read: (view, at, little) => BigInt(view.getUint16(at, little)) },
  { bytes: 2, read: (view, at, little) => BigInt(view.getInt16(at, little)) },
  { bytes: 4, read: (view, at, little) => BigInt(view.getUint32(at, little)) },
  { bytes: 4, read: (view, at, little) => BigInt(view.getInt32(at, little)) },
  { bytes: 8, read: (view, at, little) => view.getBigUint64(at, little) },
  { bytes: 8, read: (view, at, little) => view.getBigInt64(at, little) },
  { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
];

function arrayFromMachine(typecode: string, code: number, data: Uint8Array): Value | undefined {
  if (!isTypecode(typecode)) return { kind: "array", typecode, items: [] };
  const isSingle = code < SINGLE_BYTES.length;
  const format = isSingle ? SINGLE_BYTES[code] : MANY_BYTES[(code - 2) >> 1];
  if (format === undefined || data.length % format.bytes !== 0) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const items: (bigint | number)[] = [];
  for (let at = 0; at < data.length; at += format.bytes) {
    items.push(format.read(view, at, code % 2 === 0));
  }
  return fit(typecode, items) ? { kind: "array", typecode, items } : undefined;
}
