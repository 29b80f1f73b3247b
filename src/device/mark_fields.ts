/** What stands in a mark: its fields and its data, checked. Pure. */

import { formatSize } from "@/base/text.ts";
import type { MimeBundle } from "@/base/mime.ts";
import type { Display } from "@/base/sink.ts";

/** What one mark says by itself. */
export type ReadMark =
  | { readonly kind: "display"; readonly display: Display }
  | { readonly kind: "clear"; readonly wait: boolean }
  | { readonly kind: "prompt" }
  | { readonly kind: "ask"; readonly echo: boolean }
  | Damaged;

/** What cannot be shown as it stands, and why, where that can be told. */
export interface Damaged {
  readonly kind: "damaged";
  readonly why?: string;
}

/** Marks without data, by their body. */
const PLAIN: Readonly<Record<string, ReadMark>> = {
  "clear": { kind: "clear", wait: false },
  "clear;wait": { kind: "clear", wait: true },
  "input": { kind: "prompt" },
  "ask": { kind: "ask", echo: false },
  "ask;echo": { kind: "ask", echo: true },
};

/** The fields before the data are no longer than this, in bytes. */
const MAX_FIELDS_BYTES = 400;
/** `display;MIME;ENCODING;SIZE;SUM;OPTIONS;`, whatever MIME and OPTIONS are. */
const FIELDS = /^(display|update);([^;]*);(text|base64);(\d{1,9});(\d{1,11});([^;]*);/;
const MIME = /^[a-z]+\/[\w.+-]+$/;
const OPTION = /^(\w+)=(.*)$/s;
const OPTION_VALUE = /^[\w.:-]+$/;
const MAX_PIXELS = 10_000;

const BACKSLASH = 0x5c;

/** What `body` says, which is a mark without its opening and end. */
export function readMark(body: Uint8Array, limits: { maxBytes: number }): ReadMark {
  const head = new TextDecoder("latin1").decode(body.subarray(0, MAX_FIELDS_BYTES));
  if (body.length < 16 && Object.hasOwn(PLAIN, head)) return PLAIN[head];
  const fields = FIELDS.exec(head);
  if (fields === null) return { kind: "damaged" };
  const [all, verb, mime, encoding, size, sum, optionText] = fields;
  if (!MIME.test(mime)) return damaged(`${quote(mime)} is no MIME type such as "text/html"`);
  const options = readOptions(optionText);
  if (typeof options === "string") return damaged(options);
  if (verb === "update" && options.id === undefined) return damaged("update=True wants an id");
  if (Number(size) > limits.maxBytes) {
    return damaged(`the data have ${size} bytes, and ${limits.maxBytes} at most can be shown`);
  }

  const raw = body.subarray(all.length);
  const data = encoding === "base64" ? fromBase64(raw) : unescape(raw);
  if (data === undefined || data.length !== Number(size) || sumOf(data) !== Number(sum)) {
    return damaged("the data were damaged on their way: their size or their sum is wrong");
  }
  const bundle = bundleOf(mime, data);
  if (typeof bundle === "string") return damaged(bundle);
  const { id, ...shape } = options;
  return {
    kind: "display",
    display: {
      data: bundle,
      ...(Object.keys(shape).length > 0 && { metadata: { [mime]: shape } }),
      ...(id !== undefined && { id }),
      ...(verb === "update" && { update: true }),
    },
  };
}

interface Options {
  id?: string;
  width?: number;
  height?: number;
}

function damaged(why: string): Damaged {
  return { kind: "damaged", why };
}

/** A field, which was read byte by byte, as a text in quotes. */
function quote(field: string): string {
  const text = new TextDecoder().decode(Uint8Array.from(field, (char) => char.charCodeAt(0)));
  return JSON.stringify(text);
}

/**
 * `id=chart,width=320`, or what is wrong with it; names that are not known are left for later
 * versions.
 */
function readOptions(text: string): Options | string {
  const options: Options = {};
  for (const option of text.split(",").filter((option) => option !== "")) {
    const [, name, value] = OPTION.exec(option) ?? [];
    if (name === undefined || !OPTION_VALUE.test(value)) {
      return `${quote(option)}: only letters, digits and _.:- can stand in an id`;
    }
    if (name === "id") options.id = value;
    if (name !== "width" && name !== "height") continue;
    const pixels = Number(value);
    if (!Number.isInteger(pixels) || pixels < 1 || pixels > MAX_PIXELS) {
      return `${name} is a number of pixels, 1 to ${MAX_PIXELS}, not ${quote(value)}`;
    }
    options[name] = pixels;
  }
  return options;
}

/** The sum of all bytes: what the smallest board computes at the speed of C. */
function sumOf(data: Uint8Array): number {
  let sum = 0;
  for (const byte of data) sum += byte;
  return sum;
}

function fromBase64(raw: Uint8Array): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(new TextDecoder("latin1").decode(raw)), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Undoes `\xNN`; undefined where a backslash begins something else. */
function unescape(raw: Uint8Array): Uint8Array | undefined {
  if (!raw.includes(BACKSLASH)) return raw;
  const out = new Uint8Array(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] !== BACKSLASH) {
      out[length++] = raw[at];
      continue;
    }
    const hex = /^x([0-9a-f]{2})$/i.exec(String.fromCharCode(...raw.subarray(at + 1, at + 4)));
    if (hex === null) return undefined;
    out[length++] = parseInt(hex[1], 16);
    at += 3;
  }
  return out.subarray(0, length);
}

const IS_JSON = /^application\/(?:.*\+)?json$/;
const IS_TEXT = /^text\/|\+xml$|^application\/(?:xml|javascript|x-latex)$/;
/** Text that can be read as it is. */
const IS_READABLE = /^text\/(?:plain|markdown|latex)$/;
const MAX_JSON_TEXT = 2_000;

/** The data as Jupyter wants it, with words for those who show only text; or what is wrong. */
function bundleOf(mime: string, data: Uint8Array): MimeBundle | string {
  const words = `<${mime}, ${formatSize(data.length)}>`;
  const isJson = IS_JSON.test(mime);
  if (!isJson && !IS_TEXT.test(mime)) return { [mime]: toBase64(data), "text/plain": words };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    if (isJson) {
      const value: unknown = JSON.parse(text);
      return { [mime]: value, "text/plain": text.length <= MAX_JSON_TEXT ? text : words };
    }
    return { "text/plain": IS_READABLE.test(mime) ? text : words, [mime]: text };
  } catch {
    return isJson ? "the data are no JSON: can json.dumps() say them?" : "the text is not UTF-8";
  }
}

function toBase64(data: Uint8Array): string {
  const parts: string[] = [];
  // A multiple of three, so that parts can be joined; small enough for an argument list.
  for (let at = 0; at < data.length; at += 24_576) {
    parts.push(btoa(String.fromCharCode(...data.subarray(at, at + 24_576))));
  }
  return parts.join("");
}
