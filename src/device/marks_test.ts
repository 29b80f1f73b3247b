import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import fc from "fast-check";
import { concat, encode } from "@/base/bytes.ts";
import { MarkReader, MAX_DATA_BYTES, type Piece } from "./marks.ts";

/** What a mark cannot hold as it is. */
// deno-lint-ignore no-control-regex -- just those are looked for
const UNFIT = /[\\\n\r\x1b\x07]/g;

/** A mark for `data`, as the helper on a board prints it. */
function mark(
  mime: string,
  data: string | Uint8Array,
  { verb = "display", options = "", size, end = "\x07" }: {
    verb?: string;
    options?: string;
    size?: number;
    end?: string;
  } = {},
): string {
  const bytes = typeof data === "string" ? encode(data) : data;
  const body = typeof data === "string"
    ? data.replace(UNFIT, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)
    : btoa(String.fromCharCode(...data));
  const sum = bytes.reduce((sum, byte) => sum + byte, 0);
  const encoding = typeof data === "string" ? "text" : "base64";
  return `\x1b]4949;${verb};${mime};${encoding};${
    size ?? bytes.length
  };${sum};${options};${body}${end}`;
}

/** What the reader makes of `chunks`; text that follows text is joined. */
function read(chunks: readonly Uint8Array[]): (string | Exclude<Piece, Uint8Array>)[] {
  const reader = new MarkReader();
  const pieces = [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
  const joined: (Uint8Array | Exclude<Piece, Uint8Array>)[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece instanceof Uint8Array && last instanceof Uint8Array) {
      joined[joined.length - 1] = concat([last, piece]);
    } else joined.push(piece);
  }
  return joined.map((piece) =>
    piece instanceof Uint8Array ? new TextDecoder("latin1").decode(piece) : piece
  );
}

const latin = (text: string) => new TextDecoder("latin1").decode(encode(text));
const html = (text: string, size: string) => ({
  kind: "display",
  display: { data: { "text/html": text, "text/plain": `<text/html, ${size}>` } },
});
const seen = (text: string) => text.replaceAll("\x1b", "␛").replaceAll("\x07", "␇");

const CASES: [about: string, output: string, expected: unknown[]][] = [
  ["plain text", "a\x1b[1mb\x1b]0;title\x07c\x1b", ["a\x1b[1mb\x1b]0;title\x07c\x1b"]],
  ["a mark with its line end", `a\n${mark("text/html", "<b>")}\nb\n`, [
    "a\n",
    html("<b>", "3 bytes"),
    "b\n",
  ]],
  ["ESC \\ for BEL", `${mark("text/html", "<b>", { end: "\x1b\\" })}x`, [
    html("<b>", "3 bytes"),
    "x",
  ]],
  ["text before and behind", `a${mark("text/html", "<b>")}b\n\n`, [
    "a",
    html("<b>", "3 bytes"),
    "b\n\n",
  ]],
  ["just one line end behind", `${mark("text/html", "<b>")}\n\n`, [html("<b>", "3 bytes"), "\n"]],
  ["two in a row", mark("text/html", "<b>") + mark("text/html", "é\n\\"), [
    html("<b>", "3 bytes"),
    html("é\n\\", "4 bytes"),
  ]],
  ["a picture", mark("image/png", Uint8Array.of(1, 2, 250)), [{
    kind: "display",
    display: { data: { "image/png": "AQL6", "text/plain": "<image/png, 3 bytes>" } },
  }]],
  ["JSON", mark("application/json", '{"a":[1,null]}'), [{
    kind: "display",
    display: {
      data: { "application/json": { a: [1, null] }, "text/plain": '{"a":[1,null]}' },
    },
  }]],
  ["readable text", mark("text/markdown", "# A"), [{
    kind: "display",
    display: { data: { "text/plain": "# A", "text/markdown": "# A" } },
  }]],
  [
    "an update with options",
    mark("text/plain", "x", { verb: "update", options: "id=a.b,width=3,later=1" }),
    [{
      kind: "display",
      display: {
        data: { "text/plain": "x" },
        metadata: { "text/plain": { width: 3 } },
        id: "a.b",
        update: true,
      },
    }],
  ],
  ["clear", "a\x1b]4949;clear\x07\n\x1b]4949;clear;wait\x07b", [
    "a",
    { kind: "clear", wait: false },
    { kind: "clear", wait: true },
    "b",
  ]],
  ["a question", "a\x1b]4949;input\x07né? \x1b]4949;ask\x07b", [
    "a",
    { kind: "ask", prompt: "né? ", echo: false },
    "b",
  ]],
  ["a prompt that nothing was asked behind", "\x1b]4949;input\x07name? \n", ["name? \n"]],
  ["an unfinished mark", "\x1b]4949;display;image", [seen("\x1b]4949;display;image")]],
  ["an unfinished opening", "a\x1b]49", ["a\x1b]49"]],
  ["a torn mark, and what follows", "\x1b]4949;display;im\nnext\n", [
    seen("\x1b]4949;display;im") + "\nnext\n",
  ]],
  [
    "a mark torn by another",
    `\x1b]4949;display;im${mark("text/html", "<b>")}`,
    [seen("\x1b]4949;display;im"), html("<b>", "3 bytes")],
  ],
];

/** Marks that are damaged: all of them are text, and most are explained. */
const DAMAGED: Record<string, [output: string, why?: RegExp]> = {
  "a wrong size": [mark("text/html", "<b>", { size: 4 }), /their size or their sum/],
  "a wrong sum": [mark("text/html", "<b>").replace(";<b>", ";<c>"), /their size or their sum/],
  "broken base64": [
    mark("image/png", Uint8Array.of(1, 2, 3)).replace("AQID", "A?ID"),
    /their size or their sum/,
  ],
  "broken UTF-8": ["\x1b]4949;display;text/html;text;1;255;;\\xff\x07", /not UTF-8/],
  "a broken escape": ["\x1b]4949;display;text/html;text;1;255;;\\n\x07", /their size or their sum/],
  "broken JSON": [mark("application/json", "{a}"), /no JSON/],
  "too much": [
    mark("text/html", "<b>", { size: MAX_DATA_BYTES + 1 }),
    /4194305 bytes, and 4194304 at most/,
  ],
  "an update of nothing": [mark("text/html", "<b>", { verb: "update" }), /wants an id/],
  "no MIME type": [mark("html", "<b>"), /"html" is no MIME type/],
  "a picture wider than any": [
    mark("text/html", "<b>", { options: "width=99999" }),
    /width is a number of pixels, 1 to 10000, not "99999"/,
  ],
  "a width that is none": [mark("text/html", "<b>", { options: "width=w" }), /pixels.* not "w"/],
  "an id of two words": [mark("text/html", "<b>", { options: "id=a b" }), /"id=a b": only letters/],
  "an unknown verb": ["\x1b]4949;dance\x07"],
};

for (const [about, output, expected] of CASES) {
  Deno.test(`MarkReader reads ${about}, in one chunk and byte by byte`, () => {
    const bytes = encode(output);
    const asLatin = expected.map((piece) => typeof piece === "string" ? latinOf(piece) : piece);
    assertEquals(read([bytes]), asLatin);
    assertEquals(read(Array.from(bytes, (byte) => Uint8Array.of(byte))), asLatin);
  });
}

/** Expected text that is not Latin yet. */
function latinOf(text: string): string {
  return /[^\0-\xff]/.test(text) ? latin(text) : text;
}

for (const [about, [output, why]] of Object.entries(DAMAGED)) {
  Deno.test(`MarkReader shows a mark with ${about} as text`, () => {
    const pieces = read([encode(`${output}\nx`)]);
    const complaint = why && pieces.shift();
    assertEquals(pieces, [latin(`${seen(output)}\nx`)]);
    if (why) match(JSON.parse(JSON.stringify(complaint)).why, why);
  });
}

Deno.test("MarkReader hands text on at once, and does not copy it", () => {
  const reader = new MarkReader();
  const chunk = encode("as it is");
  assertEquals(reader.push(chunk)[0] instanceof Uint8Array, true);
  assertEquals((reader.push(chunk)[0] as Uint8Array).buffer, chunk.buffer);
});

const anything = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(
    "\x1b",
    "\x1b]",
    "\x1b]4949;",
    "\x1b]4949;display;",
    "\x07",
    "\x1b\\",
    "\n",
    "é",
    mark("text/html", "é<b>\n"),
    mark("image/png", Uint8Array.of(1, 2, 250)),
    "\x1b]4949;input\x07",
    "\x1b]4949;ask;echo\x07",
    "\x1b]4949;clear\x07",
  ).map(encode),
);

Deno.test("MarkReader reads the same however its input is cut", () => {
  fc.assert(fc.property(fc.array(anything), fc.array(fc.nat(400)), (parts, cuts) => {
    const whole = concat(parts);
    const ends = [...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
    const chunks = ends.map((end, i) => whole.subarray(ends[i - 1] ?? 0, end));
    assertEquals(read(chunks), read([whole]));
  }));
});

Deno.test("MarkReader passes on what has no marks, byte for byte", () => {
  const plain = fc.array(fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom("\x1b[0m", "\x1b]494", "\x1b]0;x\x07", "\x1b\x1b]").map(encode),
  )).map(concat).filter((bytes) => !latin1(bytes).includes("\x1b]4949;"));
  fc.assert(fc.property(plain, fc.nat(100), (bytes, cut) => {
    const pieces = read([bytes.subarray(0, cut), bytes.subarray(cut)]);
    assertEquals(pieces.join(""), latin1(bytes));
  }));
});

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
